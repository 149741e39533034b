//! What a seller pays for: a plan each month, the AI analyst beside it, and tokens when they run out.

use kabinet_model::record::{PaymentRecord, SubscriptionRecord};

use super::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use super::events::Happening;
use super::life::{Life, Step};
use super::seller::{record_id, roubles, time, user_id};

pub const TRIAL_MS: i64 = 7 * DAY_MS;
/// Kopecks.
const RUB: i64 = 100;
const TRIAL_TOKENS: i64 = 15_000;
const MONTH_MS: i64 = 30 * DAY_MS;
const ANALYST_PLAN: &str = "ai_analyst";
const ANALYST_PRICE: i64 = 990 * RUB;
const PACK_TOKENS: i64 = 50_000;
const PACK_PRICE: i64 = 690 * RUB;

/// A monthly plan.
struct Tariff {
    plan: &'static str,
    /// In kopecks.
    price: i64,
    tokens: i64,
    /// Up to this many reviews a day it suffices.
    suits: f64,
    /// Chance that a month is the last one.
    churn: f64,
}

const TARIFFS: [Tariff; 3] = [
    Tariff { plan: "start", price: 1_490 * RUB, tokens: 60_000, suits: 3.5, churn: 0.13 },
    Tariff { plan: "pro", price: 2_990 * RUB, tokens: 180_000, suits: 10.0, churn: 0.08 },
    Tariff { plan: "business", price: 5_990 * RUB, tokens: 600_000, suits: f64::INFINITY, churn: 0.05 },
];

/// A seller's subscriptions and payments so far.
#[derive(Default)]
pub struct Billing {
    pub in_trial: bool,
    pub subscriptions: Vec<SubscriptionRecord>,
    pub payments: Vec<PaymentRecord>,
    /// The tariff that is subscribed to, and the place of its subscription.
    running: Option<(&'static Tariff, usize)>,
    /// The place of the analyst's subscription that goes on with the plan's.
    analyst: Option<usize>,
    is_buying_tokens: bool,
}

impl Billing {
    /// What is paid for runs to its end and only then counts as ended.
    pub fn told_at(mut self, now: i64) -> (Vec<SubscriptionRecord>, Vec<PaymentRecord>) {
        for subscription in &mut self.subscriptions {
            let is_over = subscription.ended_at.is_some_and(|end| end.as_millis() <= now);
            if is_over && subscription.status == "active" {
                subscription.status = "canceled".into();
            }
        }
        (self.subscriptions, self.payments)
    }

    /// Whether a plan runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

impl Life {
    pub fn begin_trial(&mut self) {
        self.billing.in_trial = true;
        self.purse.credit_for_period(TRIAL_TOKENS);
        self.happen(Happening::TokensCredited { tokens: TRIAL_TOKENS, source: "trial" });
        self.plan(TRIAL_MS, Step::EndTrial);
        // Some pay before the trial is over.
        let pays = if self.nature.connects { 0.50 } else { 0.03 };
        if self.dice.chance(pays) {
            let wait = if self.dice.chance(0.3) {
                self.dice.between(2 * DAY_MS, TRIAL_MS - HOUR_MS)
            } else {
                TRIAL_MS + self.dice.between(MINUTE_MS, 3 * DAY_MS)
            };
            self.plan(wait, Step::Subscribe);
        } else if self.dice.chance(0.06) {
            let wait = TRIAL_MS + self.dice.between(10 * DAY_MS, 60 * DAY_MS);
            self.plan(wait, Step::Subscribe);
        }
    }

    pub fn end_trial(&mut self) {
        if !self.billing.in_trial {
            return;
        }
        self.billing.in_trial = false;
        self.lapse();
        self.end_service();
    }

    fn lapse(&mut self) {
        let tokens = self.purse.lapse();
        if tokens > 0 {
            self.happen(Happening::TokensLapsed { tokens });
        }
    }

    pub fn subscribe(&mut self) {
        if self.billing.is_running() {
            return;
        }
        self.billing.in_trial = false;
        let tariff = TARIFFS.iter().find(|tariff| self.nature.scale <= tariff.suits).unwrap_or(&TARIFFS[2]);
        let place = self.open_subscription(tariff.plan, tariff.price);
        self.billing.running = Some((tariff, place));
        self.happen(Happening::SubscriptionStarted { plan: tariff.plan });
        self.begin_service();
        if self.dice.chance(0.22) {
            let wait = self.dice.between(DAY_MS, 24 * DAY_MS);
            self.plan(wait, Step::AddAnalyst);
        }
        self.settle(tariff, place);
    }

    fn open_subscription(&mut self, plan: &'static str, price: i64) -> usize {
        let place = self.billing.subscriptions.len();
        self.billing.subscriptions.push(SubscriptionRecord {
            id: record_id("subscription", self.number, place),
            user_id: user_id(self.number),
            plan: plan.to_owned(),
            status: "active".into(),
            started_at: Some(time(self.now)),
            current_period_start: Some(time(self.now)),
            current_period_end: None,
            canceled_at: None,
            ended_at: None,
            amount: Some(price),
            currency: Some(roubles()),
            interval: Some("month".into()),
        });
        place
    }

    /// Tries to take the next month's price, for the `attempt`th time.
    pub fn charge(&mut self, attempt: u32) {
        let Some((tariff, place)) = self.billing.running else { return };
        let declined = if attempt == 1 { self.dice.chance(0.05) } else { self.dice.chance(0.35) };
        if !declined {
            self.settle(tariff, place);
            return;
        }
        self.pay(tariff.price, "failed", Some(place), None, &format!("Тариф «{}», 1 месяц", tariff.plan));
        self.happen(Happening::PaymentFailed { plan: tariff.plan });
        if attempt == 1 {
            self.billing.subscriptions[place].status = "past_due".into();
            let wait = self.dice.between(18 * HOUR_MS, 40 * HOUR_MS);
            self.plan(wait, Step::ChargeAgain);
        } else {
            self.end_subscription("expired");
        }
    }

    /// A month is paid: what it brings, and how it will end.
    fn settle(&mut self, tariff: &'static Tariff, place: usize) {
        let end = self.now + MONTH_MS;
        self.lapse();
        self.pay(tariff.price, "succeeded", Some(place), Some(end), &format!("Тариф «{}», 1 месяц", tariff.plan));
        self.cover(place, end);
        self.purse.credit_for_period(tariff.tokens);
        self.happen(Happening::TokensCredited { tokens: tariff.tokens, source: "plan" });
        if let Some(analyst) = self.billing.analyst {
            self.pay(ANALYST_PRICE, "succeeded", Some(analyst), Some(end), "AI Аналитик, 1 месяц");
            self.cover(analyst, end);
            if self.dice.chance(0.1) {
                let wait = self.dice.between(DAY_MS, 25 * DAY_MS);
                self.plan(wait, Step::CancelAnalyst);
            }
        }
        if self.dice.chance(tariff.churn) {
            let wait = self.dice.between(DAY_MS, MONTH_MS - HOUR_MS);
            self.plan(wait, Step::CancelSubscription);
            self.plan(MONTH_MS, Step::EndPeriod);
        } else {
            self.plan(MONTH_MS, Step::Charge);
        }
    }

    fn cover(&mut self, place: usize, end: i64) {
        let subscription = &mut self.billing.subscriptions[place];
        subscription.status = "active".into();
        subscription.current_period_start = Some(time(self.now));
        subscription.current_period_end = Some(time(end));
    }

    fn pay(&mut self, amount: i64, status: &str, subscription: Option<usize>, period_end: Option<i64>, what: &str) {
        let place = self.billing.payments.len();
        let period_start = period_end.map(|_| time(self.now));
        self.billing.payments.push(PaymentRecord {
            id: record_id("payment", self.number, place),
            user_id: user_id(self.number),
            amount,
            currency: roubles(),
            status: status.to_owned(),
            subscription_id: subscription.map(|place| self.billing.subscriptions[place].id.clone()),
            paid_at: (status == "succeeded").then(|| time(self.now)),
            period_start,
            period_end: period_end.map(time),
            description: Some(what.to_owned()),
            provider: Some(if self.number.is_multiple_of(5) { "tbank" } else { "yookassa" }.into()),
        });
    }

    /// The seller says that they will not go on; what is paid for runs to its end.
    pub fn cancel_subscription(&mut self) {
        let Some((tariff, place)) = self.billing.running else { return };
        self.billing.subscriptions[place].canceled_at = Some(time(self.now));
        self.happen(Happening::SubscriptionCanceled { plan: tariff.plan });
        self.cancel_analyst();
    }

    pub fn end_period(&mut self) {
        self.end_subscription("canceled");
    }

    fn end_subscription(&mut self, status: &str) {
        let Some((_, place)) = self.billing.running.take() else { return };
        let analyst = self.billing.analyst.take();
        for place in [Some(place), analyst].into_iter().flatten() {
            let subscription = &mut self.billing.subscriptions[place];
            subscription.status = status.to_owned();
            subscription.ended_at = Some(time(self.now));
        }
        self.lapse();
        self.end_service();
        if self.dice.chance(0.28) {
            let wait = self.dice.between(12 * DAY_MS, 100 * DAY_MS);
            self.plan(wait, Step::Subscribe);
        }
    }

    pub fn add_analyst(&mut self) {
        let Some((_, main)) = self.billing.running else { return };
        let main = &self.billing.subscriptions[main];
        let Some(end) = main.current_period_end.map(|end| end.as_millis()).filter(|end| *end > self.now) else {
            return;
        };
        if self.billing.analyst.is_some() || main.canceled_at.is_some() || self.has_analyst_left() {
            return;
        }
        let place = self.open_subscription(ANALYST_PLAN, ANALYST_PRICE);
        self.billing.analyst = Some(place);
        self.pay(ANALYST_PRICE, "succeeded", Some(place), Some(end), "AI Аналитик, до конца оплаченного месяца");
        self.cover(place, end);
        self.happen(Happening::SubscriptionStarted { plan: ANALYST_PLAN });
    }

    /// Whether a canceled analyst's subscription still runs.
    fn has_analyst_left(&self) -> bool {
        self.billing.subscriptions.iter().any(|subscription| {
            subscription.plan == ANALYST_PLAN
                && subscription.current_period_end.is_some_and(|end| end.as_millis() > self.now)
        })
    }

    /// It runs to the end of what is paid for and is not prolonged.
    pub fn cancel_analyst(&mut self) {
        let Some(place) = self.billing.analyst.take() else { return };
        let subscription = &mut self.billing.subscriptions[place];
        subscription.canceled_at = Some(time(self.now));
        subscription.ended_at = subscription.current_period_end;
        self.happen(Happening::SubscriptionCanceled { plan: ANALYST_PLAN });
    }

    /// There were not enough tokens for an answer.
    pub fn run_dry(&mut self) {
        if self.billing.is_running() && !self.billing.is_buying_tokens {
            self.billing.is_buying_tokens = true;
            let wait = if self.dice.chance(0.75) { self.dice.between(5 * MINUTE_MS, 9 * HOUR_MS) } else { MONTH_MS };
            self.plan(wait, Step::BuyTokens);
        }
    }

    pub fn buy_tokens(&mut self) {
        self.billing.is_buying_tokens = false;
        if !self.billing.is_running() {
            return;
        }
        self.pay(PACK_PRICE, "succeeded", None, None, "Пакет 50 000 токенов");
        self.purse.credit_for_good(PACK_TOKENS);
        self.happen(Happening::TokensCredited { tokens: PACK_TOKENS, source: "pack" });
    }
}
