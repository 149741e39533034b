//! A seller as they are, after all that happened.

use kabinet_model::ids::{RecordId, UserId};
use kabinet_model::money::Currency;
use kabinet_model::record::{PaymentRecord, SellerCabinetRecord, SessionRecord, SubscriptionRecord, UserRecord};
use kabinet_model::time::UtcMillis;
use serde_json::{Map, Value};

use super::events::SellerEvent;
use super::people::Person;

/// One seller: what is, and what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct SellerHistory {
    pub user: UserRecord,
    pub subscriptions: Vec<SubscriptionRecord>,
    pub payments: Vec<PaymentRecord>,
    pub cabinets: Vec<SellerCabinetRecord>,
    pub sessions: Vec<SessionRecord>,
    /// In order of time.
    pub events: Vec<SellerEvent>,
}

/// The product's id of seller `number`.
pub fn user_id(number: usize) -> UserId {
    UserId::new((10_001 + number).to_string()).expect("digits")
}

/// The product's id of something seller `number` has.
pub fn record_id(what: &str, number: usize, place: usize) -> RecordId {
    RecordId::new(format!("{what}-{}-{}", 10_001 + number, place + 1)).expect("words and digits")
}

pub fn roubles() -> Currency {
    Currency::from_code("RUB").expect("a currency")
}

pub fn time(at_ms: i64) -> UtcMillis {
    UtcMillis::saturating(at_ms)
}

/// The user record of a person.
pub fn user_record(number: usize, person: Person, registered_at: i64, traits: Map<String, Value>) -> UserRecord {
    UserRecord {
        id: user_id(number),
        account_id: None,
        name: Some(person.name),
        email: person.email,
        phone: person.phone,
        telegram_id: person.telegram_id,
        telegram_username: person.telegram_username,
        locale: Some(person.locale.to_owned()),
        registered_at: Some(time(registered_at)),
        trial_ends_at: Some(time(registered_at + super::billing::TRIAL_MS)),
        last_seen_at: None,
        traits: Some(traits),
    }
}
