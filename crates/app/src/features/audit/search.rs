use jiff::Timestamp;
use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, QueryResult, Result, Value};
use serde::Deserialize;
use utoipa::IntoParams;

use super::record::Stored;
use crate::http::error::{ApiResult, Problem};

/// Which entries are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub(super) struct Filter {
    /// Id of who acted.
    pub actor: Option<String>,
    /// The whole action (`key.create`) or its noun (`key`).
    pub action: Option<String>,
    /// What it was done to: the kind (`staff`), or kind and id (`staff:0197…`).
    pub entity: Option<String>,
    /// RFC 3339; this time and later.
    pub from: Option<String>,
    /// RFC 3339; before this time.
    pub to: Option<String>,
    /// Text that occurs in names, ids, states, the reason or the address.
    pub q: Option<String>,
}

/// An entry with its link of the chain.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub entry: Stored,
    pub hash: String,
    pub search_fold: String,
}

impl Filter {
    /// Names the list with its filter; a cursor belongs to it.
    pub fn list(&self, chain: &str) -> String {
        format!("audit|{chain}|{:?}", (&self.actor, &self.action, &self.entity, &self.from, &self.to, &self.q))
    }

    /// The condition in SQL, with its values.
    pub fn condition(&self) -> ApiResult<(String, Vec<Value>)> {
        let mut condition = Condition::default();
        if let Some(actor) = &self.actor {
            condition.add("actor_id = ?", [actor.as_str().into()]);
        }
        match &self.action {
            Some(action) if action.contains('.') => condition.add("action = ?", [action.as_str().into()]),
            Some(noun) => condition.add("action LIKE ? ESCAPE '\\'", [format!("{}.%", escape(noun)).into()]),
            None => {}
        }
        match self.entity.as_deref().map(|entity| entity.split_once(':').unwrap_or((entity, ""))) {
            Some((kind, "")) => condition.add("entity_kind = ?", [kind.into()]),
            Some((kind, id)) => condition.add("entity_kind = ? AND entity_id = ?", [kind.into(), id.into()]),
            None => {}
        }
        if let Some(from) = &self.from {
            condition.add("at >= ?", [time("from", from)?.into()]);
        }
        if let Some(to) = &self.to {
            condition.add("at < ?", [time("to", to)?.into()]);
        }
        if let Some(q) = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
            condition.add(
                "search_fold LIKE ? ESCAPE '\\'",
                [format!("%{}%", escape(&q.to_lowercase().replace('\0', ""))).into()],
            );
        }
        Ok((condition.text, condition.values))
    }
}

/// Parts of a condition; each `?` is the next placeholder.
#[derive(Default)]
struct Condition {
    text: String,
    values: Vec<Value>,
}

impl Condition {
    fn add<const N: usize>(&mut self, part: &str, values: [Value; N]) {
        self.text.push_str(" AND ");
        let mut pieces = part.split('?');
        self.text.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.values.push(value);
            self.text.push_str(&format!("${}{piece}", self.values.len()));
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn time(name: &str, text: &str) -> ApiResult<i64> {
    let time: Timestamp = text.parse().map_err(|_| {
        Problem::malformed(format!("{name} must be a time such as 2026-01-31T09:30:00Z, not {text:?}."))
    })?;
    Ok(time.as_millisecond())
}

const COLUMNS: &str = "seq, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, before, after, reason, ip, user_agent, hash, search_fold";

/// Up to `limit` entries that match, newest first, older than `below`.
pub(super) async fn newest(
    database: &Database,
    filter: &(String, Vec<Value>),
    below: Option<i64>,
    limit: u64,
) -> Result<Vec<Found>> {
    let (condition, values) = filter;
    let (mut condition, mut values) = (condition.clone(), values.clone());
    if let Some(below) = below {
        values.push(below.into());
        condition.push_str(&format!(" AND seq < ${}", values.len()));
    }
    let query = format!("SELECT {COLUMNS} FROM audit_entry WHERE 1 = 1{condition} ORDER BY seq DESC LIMIT {limit}");
    sql::all(database.reader(), &query, values).await?.iter().map(read).collect()
}

/// How many entries match.
pub(super) async fn count(database: &Database, filter: &(String, Vec<Value>)) -> Result<i64> {
    let (condition, values) = filter;
    let query = format!("SELECT COUNT(*) AS number FROM audit_entry WHERE 1 = 1{condition}");
    sql::one(database.reader(), &query, values.clone()).await?.map_or(Ok(0), |row| row.get("number"))
}

/// Up to `limit` entries from `after` on, oldest first.
pub(super) async fn oldest(database: &Database, after: i64, limit: u64) -> Result<Vec<Found>> {
    let query = format!("SELECT {COLUMNS} FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT {limit}");
    sql::all(database.reader(), &query, vec![after.into()]).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Found> {
    let entry = Stored {
        seq: row.get("seq")?,
        at: row.get("at")?,
        actor_kind: row.get("actor_kind")?,
        actor_id: row.get("actor_id")?,
        actor_name: row.get("actor_name")?,
        action: row.get("action")?,
        entity_kind: row.get("entity_kind")?,
        entity_id: row.get("entity_id")?,
        before: row.get("before")?,
        after: row.get("after")?,
        reason: row.get("reason")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
    };
    Ok(Found { entry, hash: row.get("hash")?, search_fold: row.get("search_fold")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B005
    #[test]
    fn each_part_of_a_filter_takes_the_next_placeholder() {
        let filter = Filter {
            actor: Some("a".into()),
            action: Some("key".into()),
            entity: Some("staff:1".into()),
            from: Some("2026-01-31T09:30:00Z".into()),
            q: Some(" 50%_ ".into()),
            ..Filter::default()
        };
        let (condition, values) = filter.condition().unwrap();
        assert_eq!(
            condition,
            " AND actor_id = $1 AND action LIKE $2 ESCAPE '\\' AND entity_kind = $3 AND entity_id = $4 AND at >= $5 AND search_fold LIKE $6 ESCAPE '\\'"
        );
        assert_eq!(values[1], "key.%".into());
        assert_eq!(values[5], "%50\\%\\_%".into());
        let wrong = Filter { to: Some("yesterday".into()), ..Filter::default() };
        assert_eq!(wrong.condition().unwrap_err().status, 400);
    }
}
