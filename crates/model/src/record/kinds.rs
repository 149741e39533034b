//! The record kinds, each written once: struct and columns come from the same lines.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::check::{self, RecordError};
use super::{Column, ColumnType, RecordKind, RecordMembers, RecordValue};
use crate::ids::{AccountId, RecordId, UserId};
use crate::money::Currency;
use crate::time::UtcMillis;
use crate::value::Value;

/// A Rust type a column can be read as.
trait ColumnValue: Sized {
    fn to_member(&self) -> RecordValue;
}

macro_rules! text_column {
    ($($name:ty),+) => { $(
        impl ColumnValue for $name {
            fn to_member(&self) -> RecordValue {
                RecordValue::Text(self.to_string())
            }
        }
    )+ };
}
text_column!(String, UserId, RecordId, AccountId, Currency);

impl ColumnValue for i64 {
    fn to_member(&self) -> RecordValue {
        RecordValue::Integer(*self)
    }
}

impl ColumnValue for UtcMillis {
    fn to_member(&self) -> RecordValue {
        RecordValue::Timestamp(*self)
    }
}

impl ColumnValue for Map<String, Json> {
    fn to_member(&self) -> RecordValue {
        RecordValue::Object(self.clone())
    }
}

macro_rules! record_struct {
    (
        $(#[$struct_doc:meta])*
        $name:ident {
            $( #[doc = $required_doc:literal] $required:ident: $required_type:ty = $required_column:expr, )+
        }
        optional {
            $( #[doc = $optional_doc:literal] $optional:ident: $optional_type:ty = $optional_column:expr, )*
        }
    ) => {
        $(#[$struct_doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( #[doc = $required_doc] pub $required: $required_type, )+
            $(
                #[doc = $optional_doc]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
        }

        impl $name {
            pub(super) const COLUMNS: &'static [Column] = &[
                $( Column {
                    name: stringify!($required),
                    column_type: $required_column,
                    required: true,
                    description: $required_doc.trim_ascii(),
                }, )+
                $( Column {
                    name: stringify!($optional),
                    column_type: $optional_column,
                    required: false,
                    description: $optional_doc.trim_ascii(),
                }, )*
            ];

            fn member(&self, column: &str) -> Option<RecordValue> {
                match column {
                    $( stringify!($required) => Some(self.$required.to_member()), )+
                    $( stringify!($optional) => self.$optional.as_ref().map(ColumnValue::to_member), )*
                    _ => None,
                }
            }
        }
    };
}

const ID: ColumnType = ColumnType::Id;
const TIME: ColumnType = ColumnType::Timestamp;
const SHORT: ColumnType = ColumnType::Text { longest: 100 };
const LONG: ColumnType = ColumnType::Text { longest: 1000 };
const NAME: ColumnType = ColumnType::Text { longest: 300 };
/// A payment is `refunded` when all of it went back, `partially_refunded` when a part did.
const PAYMENT_STATUS: ColumnType =
    ColumnType::Choice(&["succeeded", "pending", "failed", "canceled", "refunded", "partially_refunded", "disputed"]);
const SUBSCRIPTION_STATUS: ColumnType =
    ColumnType::Choice(&["trialing", "active", "past_due", "paused", "unpaid", "incomplete", "canceled", "expired"]);
const INTERVAL: ColumnType = ColumnType::Choice(&["day", "week", "month", "quarter", "half_year", "year"]);

record_struct! {
    /// A company or salon that users belong to.
    AccountRecord {
        /// The product's own id of the account.
        id: AccountId = ID,
    }
    optional {
        /// What the account is called.
        name: String = NAME,
        /// When the account was opened.
        created_at: UtcMillis = TIME,
        /// Anything else the product knows about the account.
        traits: Map<String, Json> = ColumnType::Object,
    }
}

record_struct! {
    /// A person who uses the product.
    UserRecord {
        /// The product's own id of the user.
        id: UserId = ID,
    }
    optional {
        /// The account the user belongs to.
        account_id: AccountId = ID,
        /// What the user is called.
        name: String = NAME,
        /// The user's e-mail address.
        email: String = ColumnType::Email,
        /// The user's phone number, as the product writes it.
        phone: String = ColumnType::Text { longest: 40 },
        /// The user's numeric id in Telegram.
        telegram_id: String = ColumnType::TelegramId,
        /// The user's name in Telegram, without the @.
        telegram_username: String = SHORT,
        /// The user's language, such as ru or uz-Latn.
        locale: String = ColumnType::Text { longest: 35 },
        /// When the user registered.
        registered_at: UtcMillis = TIME,
        /// When the trial ends; without it, the definition's trial length counts from registration.
        trial_ends_at: UtcMillis = TIME,
        /// When the user was last active, if the product counts that itself.
        last_seen_at: UtcMillis = TIME,
        /// Anything else the product knows about the user; fields of the definition may read it.
        traits: Map<String, Json> = ColumnType::Object,
    }
}

record_struct! {
    /// A plan a user has or had.
    SubscriptionRecord {
        /// The product's own id of the subscription.
        id: RecordId = ID,
        /// Whose subscription it is.
        user_id: UserId = ID,
        /// What was subscribed to, by the product's own name of the plan.
        plan: String = SHORT,
        /// The state of the subscription.
        status: String = SUBSCRIPTION_STATUS,
    }
    optional {
        /// When the subscription began.
        started_at: UtcMillis = TIME,
        /// When the running period began.
        current_period_start: UtcMillis = TIME,
        /// When the running period ends; the first instant no longer covered.
        current_period_end: UtcMillis = TIME,
        /// When the user said they will not go on.
        canceled_at: UtcMillis = TIME,
        /// When the subscription ended for good.
        ended_at: UtcMillis = TIME,
        /// The price of one interval, in minor units.
        amount: i64 = ColumnType::MinorUnits,
        /// The currency of the price.
        currency: Currency = ColumnType::Currency,
        /// How often the price is paid.
        interval: String = INTERVAL,
    }
}

record_struct! {
    /// A payment or an attempt to pay.
    PaymentRecord {
        /// The product's own id of the payment.
        id: RecordId = ID,
        /// Who paid.
        user_id: UserId = ID,
        /// How much, in minor units.
        amount: i64 = ColumnType::MinorUnits,
        /// The currency of the amount.
        currency: Currency = ColumnType::Currency,
        /// What became of it.
        status: String = PAYMENT_STATUS,
    }
    optional {
        /// The subscription it paid for.
        subscription_id: RecordId = ID,
        /// When the money was taken.
        paid_at: UtcMillis = TIME,
        /// The first instant of what was paid for.
        period_start: UtcMillis = TIME,
        /// The first instant after what was paid for.
        period_end: UtcMillis = TIME,
        /// What it was for, in words.
        description: String = LONG,
        /// Who handled it, such as stripe or yookassa.
        provider: String = SHORT,
    }
}

record_struct! {
    /// A shop on a marketplace that a user connected.
    SellerCabinetRecord {
        /// The product's own id of the cabinet.
        id: RecordId = ID,
        /// Whose cabinet it is.
        user_id: UserId = ID,
    }
    optional {
        /// What the cabinet is called.
        name: String = NAME,
        /// The marketplace, such as wildberries.
        marketplace: String = SHORT,
        /// The last known state of the cabinet's API key, in the product's own words.
        api_status: String = SHORT,
        /// When that state was found.
        api_checked_at: UtcMillis = TIME,
        /// When the cabinet was connected.
        connected_at: UtcMillis = TIME,
        /// When the cabinet was removed; a removed cabinet no longer counts.
        removed_at: UtcMillis = TIME,
    }
}

record_struct! {
    /// A device a user was logged in on.
    SessionRecord {
        /// The product's own id of the session.
        id: RecordId = ID,
        /// Whose session it is.
        user_id: UserId = ID,
    }
    optional {
        /// When the session began.
        started_at: UtcMillis = TIME,
        /// When the session was last used.
        last_seen_at: UtcMillis = TIME,
        /// The internet address it was last used from.
        ip: String = ColumnType::Text { longest: 45 },
        /// What the browser or app called itself.
        user_agent: String = LONG,
        /// The device, in words.
        device: String = NAME,
        /// The platform, such as web, ios, android or telegram.
        platform: String = SHORT,
        /// When the session ended.
        ended_at: UtcMillis = TIME,
    }
}

/// A record of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A company or salon.
    Account(AccountRecord),
    /// A person.
    User(UserRecord),
    /// A plan.
    Subscription(SubscriptionRecord),
    /// A payment.
    Payment(PaymentRecord),
    /// A shop on a marketplace.
    SellerCabinet(SellerCabinetRecord),
    /// A device.
    Session(SessionRecord),
}

impl Record {
    /// The kind of the record.
    pub fn kind(&self) -> RecordKind {
        match self {
            Record::Account(_) => RecordKind::Account,
            Record::User(_) => RecordKind::User,
            Record::Subscription(_) => RecordKind::Subscription,
            Record::Payment(_) => RecordKind::Payment,
            Record::SellerCabinet(_) => RecordKind::SellerCabinet,
            Record::Session(_) => RecordKind::Session,
        }
    }

    /// The product's own id of the record.
    pub fn id(&self) -> &str {
        match self {
            Record::Account(record) => record.id.as_str(),
            Record::User(record) => record.id.as_str(),
            Record::Subscription(record) => record.id.as_str(),
            Record::Payment(record) => record.id.as_str(),
            Record::SellerCabinet(record) => record.id.as_str(),
            Record::Session(record) => record.id.as_str(),
        }
    }

    /// The user whose fields the record can change; an account has none of its own.
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Record::Account(_) => None,
            Record::User(record) => Some(&record.id),
            Record::Subscription(record) => Some(&record.user_id),
            Record::Payment(record) => Some(&record.user_id),
            Record::SellerCabinet(record) => Some(&record.user_id),
            Record::Session(record) => Some(&record.user_id),
        }
    }

    /// One column; `None` when it is null or there is no such column.
    pub fn member(&self, column: &str) -> Option<RecordValue> {
        match self {
            Record::Account(record) => record.member(column),
            Record::User(record) => record.member(column),
            Record::Subscription(record) => record.member(column),
            Record::Payment(record) => record.member(column),
            Record::SellerCabinet(record) => record.member(column),
            Record::Session(record) => record.member(column),
        }
    }

    /// One column as rules and fields see it; objects have no such value.
    pub fn value(&self, column: &str) -> Option<Value> {
        match self.member(column)? {
            RecordValue::Text(text) => Some(Value::Text(text)),
            RecordValue::Integer(number) => Some(Value::Integer(number)),
            RecordValue::Timestamp(instant) => Some(Value::Timestamp(instant)),
            RecordValue::Object(_) => None,
        }
    }

    /// Every column of the kind, nulls included.
    pub fn members(&self) -> RecordMembers {
        self.kind().columns().iter().map(|column| (column.name, self.member(column.name))).collect()
    }

    /// A record from its columns (as read from the database or put together from a change); refused when something
    /// required is missing or the whole does not hold together.
    pub fn from_members(kind: RecordKind, members: RecordMembers) -> Result<Record, Vec<RecordError>> {
        check::whole_record(kind, members)
    }
}
