//! One seller's life, lived in order of time until the story ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use kabinet_model::record::{SellerCabinetRecord, SessionRecord};
use serde_json::{Map, Value};

use super::Story;
use super::billing::Billing;
use super::calendar::{DAY_MS, HOUR_MS, HOUR_WEIGHTS, MINUTE_MS, SECOND_MS, day_start};
use super::dice::Dice;
use super::events::{Happening, SellerEvent};
use super::people::{self, Person};
use super::purse::Purse;
use super::seller::{SellerHistory, record_id, time, user_id, user_record};
use super::service::Nature;

/// What a seller, or the product for them, will do at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    BeginDay,
    LogIn,
    ConnectCabinet,
    CheckKeys,
    BreakKey { cabinet: usize },
    RepairKey { cabinet: usize },
    GetReview { cabinet: usize },
    Answer { cabinet: usize },
    PauseAnswers,
    ResumeAnswers,
    EndTrial,
    Subscribe,
    Charge,
    ChargeAgain,
    CancelSubscription,
    EndPeriod,
    AddAnalyst,
    CancelAnalyst,
    BuyTokens,
    RemoveCabinets,
}

/// A seller in the middle of their life.
pub struct Life {
    pub number: usize,
    pub dice: Dice,
    pub now: i64,
    pub nature: Nature,
    pub billing: Billing,
    pub purse: Purse,
    pub cabinets: Vec<SellerCabinetRecord>,
    pub answers: i64,
    /// The seller told the product to leave the answers alone for a while.
    pub is_paused: bool,
    sessions: Vec<SessionRecord>,
    events: Vec<SellerEvent>,
    ahead: BinaryHeap<Reverse<(i64, u32, Step)>>,
    planned: u32,
}

/// Lives seller `number`, who signs up on the day that begins at `day`.
pub fn live(story: Story, number: usize, day: i64) -> SellerHistory {
    let mut dice = Dice::of_seller(story.seed, number);
    let person = people::person(&mut dice, number);
    let latest = story.started_ms - dice.between(10, 360) * MINUTE_MS;
    let registered_at = (day + time_of_day(&mut dice)).min(latest);
    let nature = Nature::of(&mut dice);
    let mut life = Life {
        number,
        dice,
        now: registered_at,
        nature,
        billing: Billing::default(),
        purse: Purse::default(),
        cabinets: Vec::new(),
        answers: 0,
        is_paused: false,
        sessions: Vec::new(),
        events: Vec::new(),
        ahead: BinaryHeap::new(),
        planned: 0,
    };
    let source = life.sign_up();
    while let Some(Reverse((at, _, step))) = life.ahead.pop() {
        if at >= story.until_ms {
            break;
        }
        life.now = at;
        life.take(step);
    }
    life.tell(person, registered_at, source, story.until_ms)
}

/// A time of day at which people do things, in milliseconds since midnight.
fn time_of_day(dice: &mut Dice) -> i64 {
    dice.pick_weighted(&HOUR_WEIGHTS) * HOUR_MS + dice.between(0, HOUR_MS - 1)
}

impl Life {
    /// Has `step` happen after `wait` milliseconds.
    pub fn plan(&mut self, wait: i64, step: Step) {
        self.planned += 1;
        self.ahead.push(Reverse((self.now + wait.max(SECOND_MS), self.planned, step)));
    }

    pub fn happen(&mut self, what: Happening) {
        self.events.push(SellerEvent { at_ms: self.now, what });
    }

    /// Whether the trial or a paid plan runs.
    pub fn is_served(&self) -> bool {
        self.billing.in_trial || self.billing.is_running()
    }

    fn sign_up(&mut self) -> &'static str {
        let source = self.dice.pick_weighted(&[("telegram", 5.0), ("site", 3.0), ("referral", 1.5), ("partner", 0.5)]);
        self.happen(Happening::SignedUp { source });
        self.log_in();
        self.begin_trial();
        if self.nature.connects {
            let wait = (self.dice.wait(5.0) * HOUR_MS as f64) as i64;
            self.plan(wait, Step::ConnectCabinet);
        }
        self.plan(day_start(self.now) + DAY_MS - self.now, Step::BeginDay);
        source
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::BeginDay => self.begin_day(),
            Step::LogIn => self.log_in(),
            Step::ConnectCabinet => self.connect_cabinet(),
            Step::CheckKeys => self.check_keys(),
            Step::BreakKey { cabinet } => self.break_key(cabinet),
            Step::RepairKey { cabinet } => self.repair_key(cabinet),
            Step::GetReview { cabinet } => self.get_review(cabinet),
            Step::Answer { cabinet } => self.answer(cabinet),
            Step::PauseAnswers => self.pause_answers(),
            Step::ResumeAnswers => self.resume_answers(),
            Step::EndTrial => self.end_trial(),
            Step::Subscribe => self.subscribe(),
            Step::Charge => self.charge(1),
            Step::ChargeAgain => self.charge(2),
            Step::CancelSubscription => self.cancel_subscription(),
            Step::EndPeriod => self.end_period(),
            Step::AddAnalyst => self.add_analyst(),
            Step::CancelAnalyst => self.cancel_analyst(),
            Step::BuyTokens => self.buy_tokens(),
            Step::RemoveCabinets => self.remove_cabinets(),
        }
    }

    fn begin_day(&mut self) {
        let visits = if self.is_served() { self.nature.visits_a_day } else { 0.015 };
        if self.dice.chance(visits) {
            let at = time_of_day(&mut self.dice);
            self.plan(at, Step::LogIn);
        }
        if self.is_served() {
            self.plan_the_days_service();
        }
        self.plan(DAY_MS, Step::BeginDay);
    }

    /// A time of the day that just began.
    pub fn some_time_today(&mut self) -> i64 {
        time_of_day(&mut self.dice)
    }

    fn log_in(&mut self) {
        const DEVICES: [(&str, &str, &str); 6] = [
            (
                "telegram",
                "Telegram на iPhone",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            ),
            (
                "telegram",
                "Telegram на Android",
                "Mozilla/5.0 (Linux; Android 15; SM-A556E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
            ),
            (
                "web",
                "Chrome, Windows",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            ),
            (
                "web",
                "Яндекс Браузер, Windows",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36",
            ),
            (
                "web",
                "Safari, macOS",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            ),
            ("web", "Firefox, Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ];
        let last = self.sessions.len().checked_sub(1);
        // People come back on the device they used, until they get another one or sign out.
        let place = match last {
            Some(last) if !self.dice.chance(0.06) => last,
            _ => {
                let (platform, device, user_agent) = *self.dice.pick(&DEVICES);
                if let Some(before) = last
                    && self.dice.chance(0.5)
                {
                    self.sessions[before].ended_at = Some(time(self.now));
                }
                // Addresses that are reserved for documentation.
                let network = *self.dice.pick(&["192.0.2", "198.51.100", "203.0.113"]);
                let ip = format!("{network}.{}", self.dice.between(1, 254));
                self.sessions.push(SessionRecord {
                    id: record_id("session", self.number, self.sessions.len()),
                    user_id: user_id(self.number),
                    started_at: Some(time(self.now)),
                    last_seen_at: None,
                    ip: Some(ip),
                    user_agent: Some(user_agent.to_owned()),
                    device: Some(device.to_owned()),
                    platform: Some(platform.to_owned()),
                    ended_at: None,
                });
                self.sessions.len() - 1
            }
        };
        self.sessions[place].last_seen_at = Some(time(self.now));
        let platform = if self.sessions[place].platform.as_deref() == Some("telegram") { "telegram" } else { "web" };
        self.happen(Happening::LoggedIn { platform });
    }

    fn tell(self, person: Person, registered_at: i64, source: &'static str, until: i64) -> SellerHistory {
        let traits = Map::from_iter([
            ("token_balance".to_owned(), Value::from(self.purse.balance())),
            ("ai_requests".to_owned(), Value::from(self.answers)),
            ("city".to_owned(), Value::from(person.city)),
            ("source".to_owned(), Value::from(source)),
        ]);
        let (subscriptions, payments) = self.billing.told_at(until);
        SellerHistory {
            user: user_record(self.number, person, registered_at, traits),
            subscriptions,
            payments,
            cabinets: self.cabinets,
            sessions: self.sessions,
            events: self.events,
        }
    }
}
