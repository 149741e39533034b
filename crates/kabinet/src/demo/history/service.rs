//! What the product does for a seller: watches over the keys of their cabinets, takes in reviews, answers them.

use kabinet_model::record::SellerCabinetRecord;

use super::calendar::{DAY_MS, HOUR_MS, MINUTE_MS, day_number, weekday};
use super::dice::Dice;
use super::events::Happening;
use super::life::{Life, Step};
use super::seller::{record_id, time, user_id};

const OK: &str = "connected_ok";
const REFUSED: &str = "error_401";

/// Days after the end of service at which the product forgets the keys.
const KEYS_ARE_KEPT_MS: i64 = 14 * DAY_MS;
/// Keys are looked at every third day.
const CHECKED_EVERY_DAYS: i64 = 3;
const MOST_CABINETS: usize = 5;
const REVIEWS_BY_WEEKDAY: [f64; 7] = [1.15, 1.1, 1.0, 1.0, 0.95, 0.85, 0.95];

/// What makes one seller differ from another.
pub struct Nature {
    /// Ever connects a cabinet.
    pub connects: bool,
    /// Reviews a day, over all cabinets.
    pub scale: f64,
    /// Share of the reviews that are answered.
    pub diligence: f64,
    /// Share of the answers that look at photos.
    pub vision: f64,
    /// Chance of a visit on a day.
    pub visits_a_day: f64,
    /// Repairs a broken key sooner or later.
    pub cares: bool,
}

impl Nature {
    pub fn of(dice: &mut Dice) -> Nature {
        Nature {
            connects: dice.chance(0.82),
            scale: dice.size(1.6, 0.9).clamp(0.15, 30.0),
            diligence: 1.0 - 0.35 * dice.unit(),
            vision: if dice.chance(0.45) { 0.0 } else { 0.03 + 0.7 * dice.unit() * dice.unit() },
            visits_a_day: 0.08 + 0.4 * dice.unit(),
            cares: dice.chance(0.85),
        }
    }
}

impl Life {
    /// Everything the product will do for this seller on the day that begins.
    pub fn plan_the_days_service(&mut self) {
        let day = day_number(self.now);
        if !self.cabinets.is_empty() && (day + self.number as i64) % CHECKED_EVERY_DAYS == 0 {
            let at = self.dice.between(0, 6 * HOUR_MS);
            self.plan(at, Step::CheckKeys);
        }
        let connected = self.connected();
        let today = self.nature.scale * REVIEWS_BY_WEEKDAY[weekday(self.now)];
        for _ in 0..if connected.is_empty() { 0 } else { self.dice.count(today) } {
            let cabinet = *self.dice.pick(&connected);
            let at = self.some_time_today();
            self.plan(at, Step::GetReview { cabinet });
        }
        if !self.is_paused && self.dice.chance(0.002) {
            let at = self.some_time_today();
            self.plan(at, Step::PauseAnswers);
        }
        let wants_more = self.nature.scale > 2.0 * connected.len() as f64;
        if !connected.is_empty() && wants_more && self.cabinets.len() < MOST_CABINETS && self.dice.chance(0.04) {
            let at = self.some_time_today();
            self.plan(at, Step::ConnectCabinet);
        }
    }

    /// Places of the cabinets that were not removed.
    fn connected(&self) -> Vec<usize> {
        (0..self.cabinets.len()).filter(|place| self.cabinets[*place].removed_at.is_none()).collect()
    }

    fn is_broken(&self, cabinet: usize) -> bool {
        self.cabinets[cabinet].api_status.as_deref() == Some(REFUSED)
    }

    pub fn connect_cabinet(&mut self) {
        if !self.is_served() || self.cabinets.len() >= MOST_CABINETS {
            return;
        }
        const WHAT: [&str; 10] = [
            "Одежда",
            "Дом и уют",
            "Косметика",
            "Детям",
            "Обувь",
            "Аксессуары",
            "Электроника",
            "Хобби",
            "Спорт",
            "Кухня",
        ];
        let place = self.cabinets.len();
        let what = *self.dice.pick(&WHAT);
        let id = record_id("cabinet", self.number, place);
        self.cabinets.push(SellerCabinetRecord {
            id: id.clone(),
            user_id: user_id(self.number),
            name: Some(if place == 0 { what.to_owned() } else { format!("{what} {}", place + 1) }),
            marketplace: Some("wildberries".into()),
            api_status: Some(OK.into()),
            api_checked_at: Some(time(self.now)),
            connected_at: Some(time(self.now)),
            removed_at: None,
        });
        self.happen(Happening::CabinetConnected { cabinet: id.to_string() });
        self.check(place, OK);
        self.plan_break(place);
    }

    fn plan_break(&mut self, cabinet: usize) {
        let wait = (self.dice.wait(110.0) * DAY_MS as f64) as i64;
        self.plan(wait, Step::BreakKey { cabinet });
    }

    fn check(&mut self, cabinet: usize, status: &'static str) {
        let record = &mut self.cabinets[cabinet];
        record.api_status = Some(status.into());
        record.api_checked_at = Some(time(self.now));
        let cabinet = record.id.to_string();
        self.happen(Happening::WbApiChecked { cabinet, status });
    }

    pub fn check_keys(&mut self) {
        for cabinet in self.connected() {
            let status = if self.is_broken(cabinet) { REFUSED } else { OK };
            self.check(cabinet, status);
        }
    }

    /// Wildberries refuses the key from now on; a refused request tells at once.
    pub fn break_key(&mut self, cabinet: usize) {
        if self.cabinets[cabinet].removed_at.is_some() || !self.is_served() {
            return;
        }
        self.check(cabinet, REFUSED);
        if self.nature.cares {
            let wait = (self.dice.wait(2.5) * DAY_MS as f64) as i64;
            self.plan(wait, Step::RepairKey { cabinet });
        }
    }

    pub fn repair_key(&mut self, cabinet: usize) {
        if self.cabinets[cabinet].removed_at.is_some() {
            return;
        }
        self.check(cabinet, OK);
        self.plan_break(cabinet);
    }

    /// A broken key lets no reviews in.
    pub fn get_review(&mut self, cabinet: usize) {
        if !self.is_served() || self.is_broken(cabinet) || self.cabinets[cabinet].removed_at.is_some() {
            return;
        }
        let rating = self.dice.pick_weighted(&[(5, 62.0), (4, 14.0), (3, 8.0), (2, 5.0), (1, 11.0)]);
        let has_photo = self.dice.chance(0.3);
        let id = self.cabinets[cabinet].id.to_string();
        self.happen(Happening::ReviewReceived { cabinet: id, rating, has_photo });
        if !self.is_paused && self.dice.chance(self.nature.diligence) {
            let wait = self.dice.between(MINUTE_MS, 25 * MINUTE_MS);
            self.plan(wait, Step::Answer { cabinet });
        }
    }

    pub fn answer(&mut self, cabinet: usize) {
        if !self.is_served() || self.is_paused || self.is_broken(cabinet) {
            return;
        }
        let used_vision = self.dice.chance(self.nature.vision);
        let tokens = self.dice.between(140, 520) + if used_vision { self.dice.between(500, 1_100) } else { 0 };
        if !self.purse.spend(tokens) {
            self.run_dry();
            return;
        }
        self.answers += 1;
        let id = self.cabinets[cabinet].id.to_string();
        self.happen(Happening::ResponseGenerated { cabinet: id, tokens, used_vision });
    }

    pub fn pause_answers(&mut self) {
        if self.is_paused {
            return;
        }
        self.is_paused = true;
        self.happen(Happening::AnswersPaused);
        let wait = (self.dice.wait(6.0) * DAY_MS as f64) as i64;
        self.plan(wait + DAY_MS, Step::ResumeAnswers);
    }

    pub fn resume_answers(&mut self) {
        self.is_paused = false;
        self.happen(Happening::AnswersResumed);
    }

    /// Called when neither a trial nor a plan runs any more.
    pub fn end_service(&mut self) {
        self.plan(KEYS_ARE_KEPT_MS, Step::RemoveCabinets);
    }

    pub fn remove_cabinets(&mut self) {
        if self.is_served() {
            return;
        }
        for cabinet in self.connected() {
            self.cabinets[cabinet].removed_at = Some(time(self.now));
            let cabinet = self.cabinets[cabinet].id.to_string();
            self.happen(Happening::CabinetRemoved { cabinet });
        }
    }

    /// A seller who comes back connects a cabinet again.
    pub fn begin_service(&mut self) {
        if self.connected().is_empty() {
            let wait = self.dice.between(5 * MINUTE_MS, 20 * HOUR_MS);
            self.plan(wait, Step::ConnectCabinet);
        }
    }
}
