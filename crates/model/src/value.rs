//! The values a user's fields can have.
//!
//! A missing value is always `None`, never a variant: it means "not known" or "has not happened", and it is neither
//! zero nor empty text.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::money::{Currency, Money};
use crate::time::UtcMillis;

/// The largest whole number a field can hold, 2^53 − 1: what JSON readers everywhere keep exactly.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;
/// The largest decimal number a field can hold. The bound keeps arithmetic in rules far from overflow on every engine.
pub const MAX_NUMBER: f64 = 1e15;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Any text.
    Text,
    /// A whole number within ±(2^53 − 1).
    Integer,
    /// A decimal number within ±10^15.
    Number,
    /// A share of a hundred: 25 means 25 %. Usually 0 to 100.
    Percent,
    /// True or false.
    Boolean,
    /// An instant.
    Timestamp,
    /// One of the values listed in the definition.
    Enum,
    /// An amount in the workspace's currency.
    Money,
}

impl FieldType {
    /// The name used in definitions and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Integer => "integer",
            FieldType::Number => "number",
            FieldType::Percent => "percent",
            FieldType::Boolean => "boolean",
            FieldType::Timestamp => "timestamp",
            FieldType::Enum => "enum",
            FieldType::Money => "money",
        }
    }
}

/// A value that is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, or a value of an enum.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number, or a percentage.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// An instant.
    Timestamp(UtcMillis),
    /// Minor units of the field's currency.
    Money(i64),
}

impl Value {
    /// A whole number, if it is within ±(2^53 − 1).
    pub fn integer(number: i64) -> Option<Value> {
        (-MAX_INTEGER..=MAX_INTEGER).contains(&number).then_some(Value::Integer(number))
    }

    /// A decimal number, if it is finite and within ±10^15. What is closer to zero than 10^−15 becomes zero.
    pub fn number(number: f64) -> Option<Value> {
        if !number.is_finite() || number.abs() > MAX_NUMBER {
            None
        } else if number.abs() < 1.0 / MAX_NUMBER {
            Some(Value::Number(0.0))
        } else {
            Some(Value::Number(number))
        }
    }

    /// Reads a given JSON value as a field of this type; `None` when it is of another type or out of range.
    ///
    /// Nothing is guessed: `"12"` is not a number and `1` is not true. An integer field accepts `12.0`; a money field
    /// takes minor units as an integer; a timestamp takes RFC 3339 or milliseconds.
    pub fn from_json(field_type: FieldType, given: &serde_json::Value) -> Option<Value> {
        match field_type {
            FieldType::Text | FieldType::Enum => given.as_str().map(|text| Value::Text(text.to_owned())),
            FieldType::Integer => whole_number(given).and_then(Value::integer),
            FieldType::Number | FieldType::Percent => given.as_f64().and_then(Value::number),
            FieldType::Boolean => given.as_bool().map(Value::Boolean),
            FieldType::Timestamp => serde_json::from_value(given.clone()).ok().map(Value::Timestamp),
            FieldType::Money => {
                let minor = whole_number(given)?;
                (minor.abs() <= crate::money::MAX_MINOR).then_some(Value::Money(minor))
            }
        }
    }

    /// The value as the API writes it: a JSON scalar; timestamps as RFC 3339; money as `{amount, currency}`.
    ///
    /// `currency` is that of the field; a money value without one is written as bare minor units.
    pub fn to_json(&self, currency: Option<Currency>) -> serde_json::Value {
        match (self, currency) {
            (Value::Text(text), _) => json!(text),
            (Value::Integer(number), _) => json!(number),
            (Value::Number(number), _) => json!(number),
            (Value::Boolean(yes), _) => json!(yes),
            (Value::Timestamp(instant), _) => json!(instant),
            (Value::Money(minor), Some(currency)) => json!(Money::new(*minor, currency)),
            (Value::Money(minor), None) => json!(minor),
        }
    }

    /// The text, if the value is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The instant, if the value is one.
    pub fn as_timestamp(&self) -> Option<UtcMillis> {
        match self {
            Value::Timestamp(instant) => Some(*instant),
            _ => None,
        }
    }

    /// The number, if the value is a number of either kind; money counts in minor units.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Integer(number) | Value::Money(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// A whole number written as an integer or as a float without a fraction.
fn whole_number(given: &serde_json::Value) -> Option<i64> {
    given.as_i64().or_else(|| {
        let number = given.as_f64()?;
        let exact = number.fract() == 0.0 && number.abs() <= MAX_INTEGER as f64;
        exact.then_some(number as i64)
    })
}

/// Lower case as the `*_fold` columns and rules without regard to case use it: letter by letter, for every alphabet.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_json_is_read_by_type_and_never_guessed() {
        use FieldType::*;
        for (field_type, given, expected) in [
            (Integer, json!(12.0), Some(Value::Integer(12))),
            (Integer, json!(12.5), None),
            (Integer, json!("12"), None),
            (Integer, json!(9_007_199_254_740_992_i64), None),
            (Number, json!(3), Some(Value::Number(3.0))),
            (Number, json!(1e16), None),
            (Number, json!(-1e-20), Some(Value::Number(0.0))),
            (Boolean, json!(1), None),
            (Boolean, json!(true), Some(Value::Boolean(true))),
            (Text, json!(5), None),
            (Timestamp, json!(0), Some(Value::Timestamp(UtcMillis::saturating(0)))),
            (Timestamp, json!("1970-01-01T00:00:00Z"), Some(Value::Timestamp(UtcMillis::saturating(0)))),
            (Timestamp, json!("soon"), None),
            (Money, json!(149_050), Some(Value::Money(149_050))),
            (Money, json!(null), None),
        ] {
            assert_eq!(Value::from_json(field_type, &given), expected, "{field_type:?} {given}");
        }
    }

    #[test]
    fn fold_lowers_every_alphabet() {
        assert_eq!(fold("ИВАН Ёлкин ABC Oʻzbekiston"), "иван ёлкин abc oʻzbekiston");
    }
}
