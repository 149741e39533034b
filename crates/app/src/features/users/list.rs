//! Pages of the users table: any sort, any filter, two queries a page.
//!
//! A page starts after the row its cursor names, found through an index that holds the sorted column and the id. Rows without a value come last in either
//! direction; as no index is in that order, they are a second part of the list, read when the first one ends.

use std::collections::BTreeMap;
use std::time::Duration;

use kabinet_model::definition::{Definition, Field};
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{QueryResult, Reading, RecordError};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{self, Sort};
use super::selection::Selection;
use crate::http::error::ApiResult;
use crate::http::paging::damaged;

/// How long a list or a count may take; people do not wait longer.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// One user as the table shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserRow {
    pub id: String,
    /// Values by field key: scalars; money as `{amount, currency}`; times as RFC 3339.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    pub alerts: Vec<ActiveAlert>,
}

/// An alert a user is in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActiveAlert {
    pub key: String,
    pub since: String,
}

/// Where a page starts: after the row with this sorted value and id.
pub(super) struct After {
    value: serde_json::Value,
    id: String,
}

impl After {
    pub(super) fn from_cursor(position: Option<Vec<serde_json::Value>>) -> ApiResult<Option<After>> {
        match position.as_deref() {
            None => Ok(None),
            Some([value, id]) => {
                Ok(Some(After { value: value.clone(), id: id.as_str().ok_or_else(damaged)?.to_owned() }))
            }
            Some(_) => Err(damaged()),
        }
    }
}

/// Up to `count` rows in order, each with its position.
pub(super) async fn rows(
    reading: &Reading,
    selection: &Selection,
    sort: &Sort,
    columns: &[&Field],
    after: Option<After>,
    count: u64,
) -> ApiResult<Vec<QueryResult>> {
    let in_tail = after.as_ref().is_some_and(|after| after.value.is_null());
    let mut rows = Vec::new();
    if !in_tail {
        let mut part = selection.clone();
        if !sort.is_id {
            part.and(format!("{} IS NOT NULL", sort.column));
        }
        if let Some(after) = &after {
            let id = part.bind(after.id.as_str().into());
            if sort.is_id {
                part.and(format!("id {} {id}", sort.after()));
            } else {
                let value = part.bind(sort.bindable(&after.value).ok_or_else(damaged)?);
                part.and(format!("({}, id) {} ({value}, {id})", sort.column, sort.after()));
            }
        }
        let order = if sort.is_id {
            format!("id {}", sort.direction())
        } else {
            format!("{} {direction}, id {direction}", sort.column, direction = sort.direction())
        };
        rows = run(reading, part, sort, columns, &order, count).await?;
    }
    if !sort.is_id && (rows.len() as u64) < count {
        let mut part = selection.clone();
        part.and(format!("{} IS NULL", sort.column));
        if let Some(after) = after.filter(|_| in_tail) {
            let id = part.bind(after.id.into());
            part.and(format!("id {} {id}", sort.after()));
        }
        let rest = count - rows.len() as u64;
        rows.extend(run(reading, part, sort, columns, &format!("id {}", sort.direction()), rest).await?);
    }
    Ok(rows)
}

async fn run(
    reading: &Reading,
    selection: Selection,
    sort: &Sort,
    columns: &[&Field],
    order: &str,
    count: u64,
) -> Result<Vec<QueryResult>, RecordError> {
    let query = format!(
        "SELECT {} FROM profile WHERE {} ORDER BY {order} LIMIT {count}",
        select_list(sort, columns),
        selection.condition()
    );
    sql::all(reading.connection(), &query, selection.values).await
}

/// The columns of a list, with `sort_value` beside them.
pub(super) fn select_list(sort: &Sort, columns: &[&Field]) -> String {
    let mut list = vec!["id".to_owned(), format!("{} AS sort_value", sort.column)];
    list.extend(columns.iter().filter(|field| field.key != "id").map(|field| fields::selected(&field.key)));
    list.join(", ")
}

/// The rows with their alerts, which take one query for all of them.
pub(super) async fn with_alerts(
    reading: &Reading,
    definition: &Definition,
    rows: &[QueryResult],
    columns: &[&Field],
) -> Result<Vec<UserRow>, RecordError> {
    let ids: Vec<String> = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
    let mut alerts = active_alerts(reading, definition, &ids).await?;
    let mut users = Vec::with_capacity(rows.len());
    for (row, id) in rows.iter().zip(ids) {
        let mut values = BTreeMap::new();
        for field in columns {
            values.insert(field.key.clone(), fields::json(row, field, definition.currency)?);
        }
        users.push(UserRow { alerts: alerts.remove(&id).unwrap_or_default(), id, fields: values });
    }
    Ok(users)
}

/// The alerts each user is in now, in the order of the definition.
async fn active_alerts(
    reading: &Reading,
    definition: &Definition,
    users: &[String],
) -> Result<BTreeMap<String, Vec<ActiveAlert>>, RecordError> {
    if users.is_empty() || definition.alerts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let query = format!(
        "SELECT user_id, alert, entered_at FROM alert_entry WHERE left_at IS NULL AND user_id IN ({})",
        placeholders(1, users.len())
    );
    let rows = sql::all(reading.connection(), &query, users.iter().map(|id| id.as_str().into()).collect()).await?;
    let mut found: BTreeMap<String, Vec<(usize, ActiveAlert)>> = BTreeMap::new();
    for row in &rows {
        let key: String = row.get("alert")?;
        let Some(rank) = definition.alerts.iter().position(|alert| alert.key == key) else { continue };
        let since = crate::http::time::rfc3339(row.get("entered_at")?);
        found.entry(row.get("user_id")?).or_default().push((rank, ActiveAlert { key, since }));
    }
    Ok(found
        .into_iter()
        .map(|(user, mut alerts)| {
            alerts.sort_by_key(|(rank, _)| *rank);
            (user, alerts.into_iter().map(|(_, alert)| alert).collect())
        })
        .collect())
}

/// How many users the selection names.
pub async fn count(reading: &Reading, selection: &Selection) -> Result<u64, RecordError> {
    // Without a condition both counts come from narrow indexes instead of the wide table.
    let query = if selection.is_everybody() {
        "SELECT (SELECT COUNT(*) FROM profile) - (SELECT COUNT(*) FROM profile WHERE merged_into IS NOT NULL) AS users"
            .to_owned()
    } else {
        format!("SELECT COUNT(*) AS users FROM profile WHERE {}", selection.condition())
    };
    let row = sql::one(reading.connection(), &query, selection.values.clone()).await?;
    let users: i64 = row.map(|row| row.get("users")).transpose()?.unwrap_or(0);
    Ok(users.max(0) as u64)
}
