//! Records: what is. A product upserts them by its own ids.
//!
//! Each kind is a typed struct and, from the same source, a table of its columns ([`RecordKind::columns`]) that the
//! checks, the OpenAPI schema and imports read. A sent item is a [`RecordPatch`]: it names only what it changes.
//! Members that are left out stay as they are, `null` clears, and `traits` is merged member by member.

mod check;
mod kinds;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

pub use check::RecordError;
pub use kinds::{
    AccountRecord, PaymentRecord, Record, SellerCabinetRecord, SessionRecord, SubscriptionRecord, UserRecord,
};

use crate::suggest::did_you_mean;

/// The kinds of record a product can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A company or salon that users belong to.
    Account,
    /// A person who uses the product.
    User,
    /// A plan a user has or had.
    Subscription,
    /// A payment or an attempt to pay.
    Payment,
    /// A shop on a marketplace that a user connected.
    SellerCabinet,
    /// A device a user was logged in on.
    Session,
}

/// A name that is not a record kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no record kind {given:?}; known are account, user, subscription, payment, seller_cabinet, session.{suggestion}"
)]
pub struct UnknownRecordKind {
    given: String,
    suggestion: String,
}

impl RecordKind {
    /// Every kind, parents before children.
    pub const ALL: [RecordKind; 6] = [
        RecordKind::Account,
        RecordKind::User,
        RecordKind::Subscription,
        RecordKind::Payment,
        RecordKind::SellerCabinet,
        RecordKind::Session,
    ];

    /// The name in URLs, tables and definitions.
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordKind::Account => "account",
            RecordKind::User => "user",
            RecordKind::Subscription => "subscription",
            RecordKind::Payment => "payment",
            RecordKind::SellerCabinet => "seller_cabinet",
            RecordKind::Session => "session",
        }
    }

    /// The columns of the kind, `id` first.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            RecordKind::Account => AccountRecord::COLUMNS,
            RecordKind::User => UserRecord::COLUMNS,
            RecordKind::Subscription => SubscriptionRecord::COLUMNS,
            RecordKind::Payment => PaymentRecord::COLUMNS,
            RecordKind::SellerCabinet => SellerCabinetRecord::COLUMNS,
            RecordKind::Session => SessionRecord::COLUMNS,
        }
    }

    /// The column of this name.
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| column.name == name)
    }

    /// A JSON Schema of what may be sent, for OpenAPI.
    pub fn json_schema(self) -> serde_json::Value {
        let properties: Map<String, serde_json::Value> = self
            .columns()
            .iter()
            .map(|column| {
                let mut schema = column.column_type.json_schema();
                schema["description"] = json!(column.description);
                (column.name.to_owned(), schema)
            })
            .collect();
        json!({
            "type": "object",
            "required": ["id"],
            "additionalProperties": false,
            "properties": properties,
        })
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for RecordKind {
    type Err = UnknownRecordKind;

    fn from_str(text: &str) -> Result<RecordKind, UnknownRecordKind> {
        RecordKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let names = RecordKind::ALL.map(RecordKind::as_str);
            UnknownRecordKind { given: text.chars().take(60).collect(), suggestion: did_you_mean(text, names) }
        })
    }
}

/// One column of a record kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The member's name in JSON, the column's name in the table.
    pub name: &'static str,
    /// What it may hold.
    pub column_type: ColumnType,
    /// Whether a record cannot exist without it.
    pub required: bool,
    /// What it means, in a sentence.
    pub description: &'static str,
}

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// The product's own identifier: text of 1 to 200 characters, or a whole number, kept as text.
    Id,
    /// Text of at most this many characters.
    Text {
        /// The most characters allowed.
        longest: usize,
    },
    /// Text shaped like an e-mail address.
    Email,
    /// A Telegram id: digits, with a minus for chats; sent as a number or as text, kept as text.
    TelegramId,
    /// Whole minor units of the record's currency.
    MinorUnits,
    /// An ISO 4217 code or XTR.
    Currency,
    /// An instant: RFC 3339, or milliseconds since 1970.
    Timestamp,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A JSON object of the product's own making, at most 32 kB and 8 levels deep.
    Object,
}

impl ColumnType {
    /// Plain words for documentation and error messages.
    pub fn in_words(self) -> String {
        match self {
            ColumnType::Id => "text of 1 to 200 characters, or a whole number".to_owned(),
            ColumnType::Text { longest } => format!("text of at most {longest} characters"),
            ColumnType::Email => "an e-mail address".to_owned(),
            ColumnType::TelegramId => "a Telegram id (digits)".to_owned(),
            ColumnType::MinorUnits => "a whole number of minor units (kopecks, cents)".to_owned(),
            ColumnType::Currency => "an ISO 4217 currency code, or XTR".to_owned(),
            ColumnType::Timestamp => "a time as RFC 3339 or milliseconds since 1970".to_owned(),
            ColumnType::Choice(words) => format!("one of {}", words.join(", ")),
            ColumnType::Object => "an object".to_owned(),
        }
    }

    fn json_schema(self) -> serde_json::Value {
        match self {
            ColumnType::Id => {
                json!({"oneOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "integer"}]})
            }
            ColumnType::Text { longest } => {
                json!({"type": ["string", "null"], "maxLength": longest})
            }
            ColumnType::Email => {
                json!({"type": ["string", "null"], "format": "email", "maxLength": 320})
            }
            ColumnType::TelegramId => json!({"type": ["string", "integer", "null"]}),
            ColumnType::MinorUnits => json!({"type": ["integer", "null"], "format": "int64"}),
            ColumnType::Currency => json!({"type": ["string", "null"], "pattern": "^[A-Z]{3}$"}),
            ColumnType::Timestamp => {
                json!({"oneOf": [{"type": ["string", "null"], "format": "date-time"}, {"type": "integer"}]})
            }
            ColumnType::Choice(words) => json!({"type": ["string", "null"], "enum": words}),
            ColumnType::Object => json!({"type": ["object", "null"]}),
        }
    }
}

/// The value of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordValue {
    /// Text of any column type that is kept as text.
    Text(String),
    /// Minor units.
    Integer(i64),
    /// An instant.
    Timestamp(crate::time::UtcMillis),
    /// An object.
    Object(Map<String, serde_json::Value>),
}

/// Columns by name; `None` is null. A column that is not in the map was not given.
pub type RecordMembers = BTreeMap<&'static str, Option<RecordValue>>;

/// One sent item: which record it is, and what it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordPatch {
    /// The kind of record.
    pub kind: RecordKind,
    /// The product's own id of the record.
    pub id: String,
    /// The columns that were given, without `id`.
    pub members: RecordMembers,
}

impl RecordPatch {
    /// Checks one sent JSON item against its kind; every problem is listed, with a pointer into the item.
    pub fn parse(kind: RecordKind, item: &serde_json::Value) -> Result<RecordPatch, Vec<RecordError>> {
        check::parse_patch(kind, item)
    }

    /// The record after this change: on top of `existing`, or a new one. Refused when something required is missing
    /// or the whole does not hold together.
    pub fn apply(&self, existing: Option<&Record>) -> Result<Record, Vec<RecordError>> {
        let mut members = existing.map(Record::members).unwrap_or_default();
        members.insert("id", Some(RecordValue::Text(self.id.clone())));
        for (name, given) in &self.members {
            let merged = match (members.remove(name).flatten(), given) {
                (Some(RecordValue::Object(mut kept)), Some(RecordValue::Object(changes))) => {
                    merge_object(&mut kept, changes);
                    Some(RecordValue::Object(kept))
                }
                (None, Some(RecordValue::Object(changes))) => {
                    let mut fresh = Map::new();
                    merge_object(&mut fresh, changes);
                    Some(RecordValue::Object(fresh))
                }
                (_, given) => given.clone(),
            };
            members.insert(name, merged);
        }
        Record::from_members(self.kind, members)
    }
}

fn merge_object(kept: &mut Map<String, serde_json::Value>, changes: &Map<String, serde_json::Value>) {
    for (name, value) in changes {
        if value.is_null() {
            kept.remove(name);
        } else {
            kept.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests;
