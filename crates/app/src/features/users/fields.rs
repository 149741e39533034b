//! The fields of a definition as columns of the profile table: how to select, sort, read and print them.

use jiff::tz::TimeZone;
use kabinet_documents::Cell;
use kabinet_model::definition::{Definition, Field};
use kabinet_model::label::Language;
use kabinet_model::money::{Currency, Money};
use kabinet_model::suggest::did_you_mean;
use kabinet_model::value::FieldType;
use kabinet_records::sql::Row;
use kabinet_records::{QueryResult, RecordError, Value};
use serde_json::json;

use crate::http::error::{ApiResult, Problem};
use crate::http::time;

/// The column of a field. Keys are checked words of the definition, never a caller's text.
///
/// The table is named because SQLite takes a quoted name it does not know for a text, and a connection does not know a column that another one has just added.
pub(super) fn column(key: &str) -> String {
    format!("profile.\"{key}\"")
}

/// The column in a select list, under its own name.
pub(super) fn selected(key: &str) -> String {
    format!("{} AS \"{key}\"", column(key))
}

/// The field of this key, or 400 with what could have been meant.
pub(super) fn find<'d>(definition: &'d Definition, key: &str, parameter: &str) -> ApiResult<&'d Field> {
    definition.field(key).ok_or_else(|| {
        let known = did_you_mean(key, definition.fields.iter().map(|field| field.key.as_str()));
        Problem::malformed(format!("{parameter}: there is no field {key:?}.{known}"))
    })
}

/// The fields named in a comma-separated list, each once, in that order.
pub(super) fn list<'d>(definition: &'d Definition, keys: &str) -> ApiResult<Vec<&'d Field>> {
    let mut fields: Vec<&Field> = Vec::new();
    for key in keys.split(',').map(str::trim).filter(|key| !key.is_empty()) {
        let field = find(definition, key, "columns")?;
        if !fields.iter().any(|known| known.key == field.key) {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// What a table shows before staff choose: the definition's own choice, or all core fields.
pub(super) fn defaults(definition: &Definition) -> Vec<&Field> {
    if definition.columns.is_empty() {
        return definition.fields.iter().collect();
    }
    definition.columns.iter().filter_map(|key| definition.field(key)).collect()
}

/// The default columns, and after them every other field of the definition's own.
pub(super) fn export_defaults(definition: &Definition) -> Vec<&Field> {
    let mut fields = defaults(definition);
    for field in definition.own_fields() {
        if !fields.iter().any(|known| known.key == field.key) {
            fields.push(field);
        }
    }
    fields
}

/// The value of a field in a row that selected its column.
enum Stored {
    Missing,
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
}

fn stored(row: &QueryResult, field: &Field) -> Result<Stored, RecordError> {
    let key = field.key.as_str();
    Ok(match field.field_type {
        FieldType::Text | FieldType::Enum => row.get::<Option<String>>(key)?.map_or(Stored::Missing, Stored::Text),
        FieldType::Integer | FieldType::Money | FieldType::Timestamp => {
            row.get::<Option<i64>>(key)?.map_or(Stored::Missing, Stored::Whole)
        }
        FieldType::Number | FieldType::Percent => row.get::<Option<f64>>(key)?.map_or(Stored::Missing, Stored::Number),
        FieldType::Boolean => row.get::<Option<bool>>(key)?.map_or(Stored::Missing, Stored::Truth),
    })
}

/// The value as the API writes it.
pub(super) fn json(row: &QueryResult, field: &Field, currency: Currency) -> Result<serde_json::Value, RecordError> {
    Ok(match (stored(row, field)?, field.field_type) {
        (Stored::Missing, _) => serde_json::Value::Null,
        (Stored::Text(text), _) => json!(text),
        (Stored::Whole(minor), FieldType::Money) => json!(Money::new(minor, currency)),
        (Stored::Whole(ms), FieldType::Timestamp) => json!(time::rfc3339(ms)),
        (Stored::Whole(number), _) => json!(number),
        (Stored::Number(number), _) => json!(number),
        (Stored::Truth(truth), _) => json!(truth),
    })
}

/// How values are printed in files.
pub(super) struct Print {
    pub currency: Currency,
    pub zone: TimeZone,
    /// Values of enums in words of this language; as they are stored without one.
    pub words: Option<Language>,
}

/// The value as a cell of a file.
pub(super) fn cell(row: &QueryResult, field: &Field, print: &Print) -> Result<Cell, RecordError> {
    Ok(match (stored(row, field)?, field.field_type) {
        (Stored::Missing, _) => Cell::Empty,
        (Stored::Text(text), FieldType::Enum) => {
            let known = field.values.iter().find(|known| known.value == text);
            Cell::Text(
                known.zip(print.words).map_or(text, |(known, language)| known.label.in_language(language).to_owned()),
            )
        }
        (Stored::Text(text), _) => Cell::Text(text),
        (Stored::Whole(minor), FieldType::Money) => Cell::Decimal { minor, digits: print.currency.exponent() },
        (Stored::Whole(ms), FieldType::Timestamp) => match jiff::Timestamp::from_millisecond(ms) {
            Ok(instant) => Cell::DateTime(instant.to_zoned(print.zone.clone()).datetime()),
            Err(_) => Cell::Empty,
        },
        (Stored::Whole(number), _) => Cell::Integer(number),
        (Stored::Number(number), _) => Cell::Number(number),
        (Stored::Truth(truth), _) => Cell::Boolean(truth),
    })
}

/// By what a list is sorted.
#[derive(Debug, Clone)]
pub(super) struct Sort {
    /// As asked for: a key, with `-` in front for descending.
    pub text: String,
    pub column: String,
    pub descending: bool,
    pub is_id: bool,
    field_type: FieldType,
}

impl Sort {
    pub(super) const NEWEST: &str = "-registered_at";

    pub(super) fn parse(definition: &Definition, text: &str) -> ApiResult<Sort> {
        let (key, descending) = match text.strip_prefix('-') {
            Some(key) => (key, true),
            None => (text, false),
        };
        let field = find(definition, key, "sort")?;
        // Names and addresses sort without regard to case.
        let column = if field.core && field.folds() { column(&format!("{key}_fold")) } else { column(key) };
        Ok(Sort { text: text.to_owned(), column, descending, is_id: key == "id", field_type: field.field_type })
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }

    /// The sign by which later rows compare with the row before them.
    pub(super) fn after(&self) -> &'static str {
        if self.descending { "<" } else { ">" }
    }

    /// The sorted value of a row that selected it as `sort_value`, as a cursor keeps it. Numbers keep every bit.
    pub(super) fn of_row(&self, row: &QueryResult) -> Result<serde_json::Value, RecordError> {
        let name = "sort_value";
        Ok(match self.field_type {
            FieldType::Text | FieldType::Enum => json!(row.get::<Option<String>>(name)?),
            FieldType::Integer | FieldType::Money | FieldType::Timestamp => json!(row.get::<Option<i64>>(name)?),
            FieldType::Number | FieldType::Percent => json!(row.get::<Option<f64>>(name)?.map(f64::to_bits)),
            FieldType::Boolean => json!(row.get::<Option<bool>>(name)?),
        })
    }

    /// The value of a cursor, to be bound.
    pub(super) fn bindable(&self, value: &serde_json::Value) -> Option<Value> {
        Some(match self.field_type {
            FieldType::Text | FieldType::Enum => value.as_str()?.into(),
            FieldType::Integer | FieldType::Money | FieldType::Timestamp => value.as_i64()?.into(),
            FieldType::Number | FieldType::Percent => f64::from_bits(value.as_u64()?).into(),
            FieldType::Boolean => value.as_bool()?.into(),
        })
    }
}
