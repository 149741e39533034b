//! Checks of sent records: every problem of an item is listed, each with a pointer.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{Column, ColumnType, Record, RecordKind, RecordMembers, RecordPatch, RecordValue};
use crate::ids::product_id_problem;
use crate::money::{Currency, MAX_MINOR};
use crate::suggest::did_you_mean;
use crate::time::UtcMillis;

/// What is wrong with one member of a sent record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordError {
    /// Where: an RFC 6901 pointer into the item, empty for the item as a whole.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

const LARGEST_OBJECT: usize = 32 * 1024;
const DEEPEST_OBJECT: usize = 8;

pub(super) fn parse_patch(kind: RecordKind, item: &Json) -> Result<RecordPatch, Vec<RecordError>> {
    let Json::Object(item) = item else {
        return Err(vec![error("", format!("a {kind} is a JSON object, not {}", json_type(item)))]);
    };
    let mut errors = Vec::new();
    let mut id = None;
    let mut members = RecordMembers::new();
    for (name, given) in item {
        let pointer = format!("/{}", escape(name));
        let Some(column) = kind.column(name) else {
            let names = kind.columns().iter().map(|column| column.name);
            let hint = match kind {
                RecordKind::User => " Anything of your own goes into traits.",
                _ => "",
            };
            let suggestion = did_you_mean(name, names);
            errors.push(error(&pointer, format!("a {kind} has no such member.{suggestion}{hint}")));
            continue;
        };
        match check_member(column, given) {
            Ok(None) if column.required => {
                errors.push(error(&pointer, format!("it cannot be null; give {}", column.column_type.in_words())));
            }
            Ok(Some(RecordValue::Text(text))) if column.name == "id" => id = Some(text),
            Ok(value) => {
                members.insert(column.name, value);
            }
            Err(detail) => errors.push(error(&pointer, detail)),
        }
    }
    match id {
        Some(id) if errors.is_empty() => Ok(RecordPatch { kind, id, members }),
        None if !item.contains_key("id") => {
            errors.insert(0, error("/id", "it is missing; give the product's own id".to_owned()));
            Err(errors)
        }
        _ => Err(errors),
    }
}

/// Reads one given member; `Ok(None)` is null.
fn check_member(column: &Column, given: &Json) -> Result<Option<RecordValue>, String> {
    let wrong_type = || format!("{} is not {}", json_type(given), column.column_type.in_words());
    if given.is_null() {
        return Ok(None);
    }
    let value = match column.column_type {
        ColumnType::Id => {
            let text = text_or_whole_number(given).ok_or_else(wrong_type)?;
            match product_id_problem(&text) {
                Some(problem) => {
                    return Err(format!("{problem}; give {}", column.column_type.in_words()));
                }
                None => RecordValue::Text(text),
            }
        }
        ColumnType::Text { longest } => {
            let text = given.as_str().ok_or_else(wrong_type)?;
            RecordValue::Text(checked_text(text, longest)?)
        }
        ColumnType::Email => {
            let text = given.as_str().ok_or_else(wrong_type)?;
            if !looks_like_email(text) {
                return Err("it is not an e-mail address".to_owned());
            }
            RecordValue::Text(text.to_owned())
        }
        ColumnType::TelegramId => {
            let text = text_or_whole_number(given).ok_or_else(wrong_type)?;
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if !(1..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("a Telegram id has 1 to 20 digits; the @name goes into telegram_username".to_owned());
            }
            RecordValue::Text(text)
        }
        ColumnType::MinorUnits => {
            let minor = given.as_i64().ok_or_else(wrong_type)?;
            if minor.abs() > MAX_MINOR {
                return Err("the amount is too large".to_owned());
            }
            RecordValue::Integer(minor)
        }
        ColumnType::Currency => {
            let code = given.as_str().ok_or_else(wrong_type)?;
            let currency = Currency::from_code(code).map_err(|error| error.to_string())?;
            RecordValue::Text(currency.code().to_owned())
        }
        ColumnType::Timestamp => {
            let instant: UtcMillis = serde_json::from_value(given.clone())
                .map_err(|_| format!("it is not {}", column.column_type.in_words()))?;
            RecordValue::Timestamp(instant)
        }
        ColumnType::Choice(words) => {
            let word = given.as_str().ok_or_else(wrong_type)?;
            if !words.contains(&word) {
                let suggestion = did_you_mean(word, words.iter().copied());
                return Err(format!("it must be {}.{suggestion}", column.column_type.in_words()));
            }
            RecordValue::Text(word.to_owned())
        }
        ColumnType::Object => {
            let object = given.as_object().ok_or_else(wrong_type)?;
            check_object(given)?;
            RecordValue::Object(object.clone())
        }
    };
    Ok(Some(value))
}

fn text_or_whole_number(given: &Json) -> Option<String> {
    match given {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

fn checked_text(text: &str, longest: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!("it has {length} characters; at most {longest} are kept"));
    }
    check_no_nul(text)?;
    Ok(text.to_owned())
}

/// PostgreSQL cannot keep U+0000, so it is refused on both databases rather than altered.
fn check_no_nul(text: &str) -> Result<(), String> {
    if text.contains('\0') { Err("it contains the character U+0000".to_owned()) } else { Ok(()) }
}

fn check_object(object: &Json) -> Result<(), String> {
    if object.to_string().len() > LARGEST_OBJECT {
        return Err(format!("it is larger than {LARGEST_OBJECT} bytes"));
    }
    check_depth(object, 1)
}

fn check_depth(value: &Json, depth: usize) -> Result<(), String> {
    if depth > DEEPEST_OBJECT {
        return Err(format!("it is nested deeper than {DEEPEST_OBJECT} levels"));
    }
    match value {
        Json::String(text) => check_no_nul(text),
        Json::Array(items) => items.iter().try_for_each(|item| check_depth(item, depth + 1)),
        Json::Object(members) => members.iter().try_for_each(|(name, member)| {
            check_no_nul(name)?;
            check_depth(member, depth + 1)
        }),
        _ => Ok(()),
    }
}

/// One @ with something before it, and a domain after it; no spaces. Whether the address works, only sending tells.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain =
        |part: &str| !part.is_empty() && !part.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    text.chars().count() <= 320
        && plain(local)
        && plain(domain)
        && !local.contains('@')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

pub(super) fn whole_record(kind: RecordKind, members: RecordMembers) -> Result<Record, Vec<RecordError>> {
    let mut errors: Vec<RecordError> = kind
        .columns()
        .iter()
        .filter(|column| column.required && !matches!(members.get(column.name), Some(Some(_))))
        .map(|column| {
            let detail = format!("it is missing; a new {kind} needs {}", column.column_type.in_words());
            error(&format!("/{}", column.name), detail)
        })
        .collect();
    for (start, end) in [("period_start", "period_end"), ("current_period_start", "current_period_end")] {
        if let (Some(Some(RecordValue::Timestamp(from))), Some(Some(RecordValue::Timestamp(to)))) =
            (members.get(start), members.get(end))
            && to < from
        {
            errors.push(error(&format!("/{end}"), format!("it is before {start}")));
        }
    }
    if let Some(Some(RecordValue::Object(traits))) = members.get("traits")
        && let Err(detail) = check_object(&Json::Object(traits.clone()))
    {
        errors.push(error("/traits", detail));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let object: Map<String, Json> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), member_json(value?)))).collect();
    match kind {
        RecordKind::Account => typed(object).map(Record::Account),
        RecordKind::User => typed(object).map(Record::User),
        RecordKind::Subscription => typed(object).map(Record::Subscription),
        RecordKind::Payment => typed(object).map(Record::Payment),
        RecordKind::SellerCabinet => typed(object).map(Record::SellerCabinet),
        RecordKind::Session => typed(object).map(Record::Session),
    }
}

fn member_json(value: RecordValue) -> Json {
    match value {
        RecordValue::Text(text) => json!(text),
        RecordValue::Integer(number) => json!(number),
        RecordValue::Timestamp(instant) => json!(instant.as_millis()),
        RecordValue::Object(object) => Json::Object(object),
    }
}

fn typed<T: DeserializeOwned>(object: Map<String, Json>) -> Result<T, Vec<RecordError>> {
    serde_path_to_error::deserialize(Json::Object(object)).map_err(|failure| {
        let path = failure.path().to_string();
        let pointer = if path == "." { String::new() } else { format!("/{}", path.replace('.', "/")) };
        vec![error(&pointer, failure.inner().to_string())]
    })
}

fn error(pointer: &str, detail: String) -> RecordError {
    RecordError { pointer: pointer.to_owned(), detail }
}

/// A member's name as a reference token of RFC 6901.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
