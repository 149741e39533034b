//! What is known about entries, for lists and pages.

use std::collections::BTreeMap;

use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{ConnectionTrait, QueryResult, RecordError, Value};

/// One time a user was in an alert.
pub struct Entry {
    pub id: String,
    pub alert: String,
    pub user_id: String,
    pub user_name: Option<String>,
    pub entered_at: i64,
    pub left_at: Option<i64>,
}

/// What became of telling about an entry.
pub struct Delivery {
    pub channel: String,
    pub status: String,
    pub at: i64,
    pub error: Option<String>,
}

/// How many users are in an alert, and how many entered and left it lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub active: i64,
    pub entered: i64,
    pub left: i64,
}

/// Which entries of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Left,
}

/// Counts of every alert that ever had an entry; `since` is the beginning of lately.
pub async fn counts(connection: &impl ConnectionTrait, since: i64) -> Result<BTreeMap<String, Counts>, RecordError> {
    let query =
        "SELECT alert, 'active' AS what, COUNT(*) AS number FROM alert_entry WHERE left_at IS NULL GROUP BY alert
                 UNION ALL SELECT alert, 'entered', COUNT(*) FROM alert_entry WHERE entered_at >= $1 GROUP BY alert
                 UNION ALL SELECT alert, 'left', COUNT(*) FROM alert_entry WHERE left_at >= $1 GROUP BY alert";
    let mut found: BTreeMap<String, Counts> = BTreeMap::new();
    for row in sql::all(connection, query, vec![since.into()]).await? {
        let (what, number): (String, i64) = (row.get("what")?, row.get("number")?);
        let counts = found.entry(row.get("alert")?).or_default();
        match what.as_str() {
            "active" => counts.active = number,
            "entered" => counts.entered = number,
            _ => counts.left = number,
        }
    }
    Ok(found)
}

/// Up to `limit` entries of an alert after a position (time and id), those that changed last first.
pub async fn entries(
    connection: &impl ConnectionTrait,
    alert: &str,
    state: State,
    after: Option<(i64, String)>,
    limit: u64,
) -> Result<Vec<Entry>, RecordError> {
    let (time, condition) = match state {
        State::Active => ("entry.entered_at", "entry.left_at IS NULL"),
        State::Left => ("entry.left_at", "entry.left_at IS NOT NULL"),
    };
    let mut values: Vec<Value> = vec![alert.into()];
    let mut beyond = String::new();
    if let Some((at, id)) = after {
        beyond = format!(" AND ({time}, entry.id) < ($2, $3)");
        values.extend([Value::from(at), Value::from(id)]);
    }
    let query = format!(
        "SELECT entry.id, entry.alert, entry.user_id, profile.name, entry.entered_at, entry.left_at
         FROM alert_entry AS entry LEFT JOIN profile ON profile.id = entry.user_id
         WHERE entry.alert = $1 AND {condition}{beyond} ORDER BY {time} DESC, entry.id DESC LIMIT {limit}"
    );
    sql::all(connection, &query, values).await?.iter().map(entry).collect()
}

/// Every entry of a user, newest first.
pub async fn of_user(connection: &impl ConnectionTrait, user: &str) -> Result<Vec<Entry>, RecordError> {
    let query = "SELECT entry.id, entry.alert, entry.user_id, NULL AS name, entry.entered_at, entry.left_at FROM alert_entry AS entry
                 WHERE entry.user_id = $1 ORDER BY entry.entered_at DESC, entry.id DESC LIMIT 1000";
    sql::all(connection, query, vec![user.into()]).await?.iter().map(entry).collect()
}

fn entry(row: &QueryResult) -> Result<Entry, RecordError> {
    Ok(Entry {
        id: row.get("id")?,
        alert: row.get("alert")?,
        user_id: row.get("user_id")?,
        user_name: row.get("name")?,
        entered_at: row.get("entered_at")?,
        left_at: row.get("left_at")?,
    })
}

/// What became of telling about these entries, by entry id.
pub async fn deliveries(
    connection: &impl ConnectionTrait,
    entries: &[Entry],
) -> Result<BTreeMap<String, Vec<Delivery>>, RecordError> {
    let mut found: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    if entries.is_empty() {
        return Ok(found);
    }
    let query = format!(
        "SELECT entry_id, channel, status, changed_at, error FROM alert_delivery WHERE entry_id IN ({}) ORDER BY channel",
        placeholders(1, entries.len())
    );
    let values = entries.iter().map(|entry| Value::from(entry.id.clone())).collect();
    for row in sql::all(connection, &query, values).await? {
        let delivery = Delivery {
            channel: row.get("channel")?,
            status: row.get("status")?,
            at: row.get("changed_at")?,
            error: row.get("error")?,
        };
        found.entry(row.get("entry_id")?).or_default().push(delivery);
    }
    Ok(found)
}
