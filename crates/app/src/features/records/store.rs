use std::collections::BTreeMap;

use kabinet_model::record::{
    ColumnType, Record, RecordError as RecordFault, RecordKind, RecordMembers, RecordPatch, RecordValue,
};
use kabinet_model::time::UtcMillis;
use kabinet_model::value::fold;
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{ConnectionTrait, QueryResult, RecordError, Result, Transaction, Value};

/// What became of one patch.
#[derive(Debug, Clone, PartialEq)]
pub enum Upserted {
    Created,
    Updated,
    Unchanged,
    /// Nothing was stored; every fault has a pointer into the item.
    Refused(Vec<RecordFault>),
}

/// SQLite takes 32,766 bound values a statement, PostgreSQL 65,535; this stays below both for every kind.
const ROWS_PER_STATEMENT: usize = 1_000;

/// The table that holds a kind.
pub const fn table(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::User => "profile",
        RecordKind::Session => "user_session",
        other => other.as_str(),
    }
}

/// Puts patches on top of what is stored, in order, and asks for the derived fields of the users they touch to be computed again.
pub async fn upsert(transaction: &Transaction, patches: &[RecordPatch], now_ms: i64) -> Result<Vec<Upserted>> {
    let mut outcomes = Vec::with_capacity(patches.len());
    for chunk in patches.chunk_by(|a, b| a.kind == b.kind).flat_map(|run| run.chunks(ROWS_PER_STATEMENT)) {
        outcomes.extend(upsert_chunk(transaction, chunk, now_ms).await?);
    }
    Ok(outcomes)
}

async fn upsert_chunk(transaction: &Transaction, patches: &[RecordPatch], now_ms: i64) -> Result<Vec<Upserted>> {
    let Some(kind) = patches.first().map(|patch| patch.kind) else { return Ok(Vec::new()) };
    let ids: Vec<&str> = patches.iter().map(|patch| patch.id.as_str()).collect();
    let stored: BTreeMap<String, Record> =
        load(transaction, kind, "id", &ids).await?.into_iter().map(|record| (record.id().to_owned(), record)).collect();
    let mut current: BTreeMap<&str, Record> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(patches.len());
    for patch in patches {
        let before = current.get(patch.id.as_str()).or(stored.get(&patch.id));
        match patch.apply(before).map(|after| never_backwards(before, after)) {
            Err(faults) => outcomes.push(Upserted::Refused(faults)),
            Ok(after) if before == Some(&after) => outcomes.push(Upserted::Unchanged),
            Ok(after) => {
                outcomes.push(if before.is_some() { Upserted::Updated } else { Upserted::Created });
                current.insert(&patch.id, after);
            }
        }
    }
    let changed: Vec<&Record> = current.values().collect();
    write(transaction, kind, &changed, now_ms).await?;
    if kind == RecordKind::User {
        write_identities(transaction, &changed, now_ms).await?;
    }
    let users: Vec<String> = users_touched(&changed, &stored);
    mark_for_computation(transaction, &users).await?;
    Ok(outcomes)
}

/// A product that counts activity itself may be behind what its events showed already.
fn never_backwards(before: Option<&Record>, after: Record) -> Record {
    match (before, after) {
        (Some(Record::User(before)), Record::User(mut after)) => {
            after.last_seen_at = after.last_seen_at.max(before.last_seen_at);
            Record::User(after)
        }
        (_, after) => after,
    }
}

/// A record that moves from one user to another changes the fields of both.
fn users_touched(changed: &[&Record], stored: &BTreeMap<String, Record>) -> Vec<String> {
    let after = changed.iter().filter_map(|record| record.user_id());
    let before = changed.iter().filter_map(|record| stored.get(record.id())).filter_map(Record::user_id);
    let mut users: Vec<String> = after.chain(before).map(|user| user.as_str().to_owned()).collect();
    users.sort();
    users.dedup();
    users
}

/// Asks for the derived fields of these users to be computed again. Ids without a profile are passed over: it is computed when it comes.
pub async fn mark_for_computation(transaction: &Transaction, users: &[String]) -> Result<()> {
    for users in users.chunks(ROWS_PER_STATEMENT) {
        // A record may carry the id of a user who was merged into another one.
        let update = format!(
            "UPDATE profile SET recompute_at = 0, changes = changes + 1
             WHERE id IN ({ids}) OR id IN (SELECT user_id FROM identity WHERE kind = 'user' AND value IN ({ids}))",
            ids = placeholders(1, users.len())
        );
        sql::run(transaction, &update, users.iter().map(|user| user.clone().into()).collect()).await?;
    }
    Ok(())
}

/// Records of a kind whose `column` is one of `values`, e.g. all payments of some users.
pub async fn load<C: ConnectionTrait>(
    connection: &C,
    kind: RecordKind,
    column: &str,
    values: &[&str],
) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for chunk in values.chunks(ROWS_PER_STATEMENT) {
        let query = format!(
            "SELECT {} FROM {} WHERE {column} IN ({})",
            column_list(kind),
            table(kind),
            placeholders(1, chunk.len())
        );
        let rows = sql::all(connection, &query, chunk.iter().map(|value| (*value).into()).collect()).await?;
        for row in &rows {
            records.push(read(kind, row)?);
        }
    }
    Ok(records)
}

fn column_list(kind: RecordKind) -> String {
    kind.columns().iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

/// A record from a row that has all columns of its kind.
pub fn read(kind: RecordKind, row: &QueryResult) -> Result<Record> {
    let mut members = RecordMembers::new();
    for column in kind.columns() {
        let value = match column.column_type {
            ColumnType::MinorUnits => row.get::<Option<i64>>(column.name)?.map(RecordValue::Integer),
            ColumnType::Timestamp => {
                row.get::<Option<i64>>(column.name)?.map(|ms| RecordValue::Timestamp(UtcMillis::saturating(ms)))
            }
            ColumnType::Object => {
                row.get::<Option<String>>(column.name)?.map(|text| object(column.name, &text)).transpose()?
            }
            _ => row.get::<Option<String>>(column.name)?.map(RecordValue::Text),
        };
        members.insert(column.name, value);
    }
    Record::from_members(kind, members).map_err(|faults| RecordError::Decode {
        column: table(kind).into(),
        detail: faults
            .iter()
            .map(|fault| format!("{}: {}", fault.pointer, fault.detail))
            .collect::<Vec<_>>()
            .join("; "),
    })
}

fn object(column: &str, text: &str) -> Result<RecordValue> {
    let parsed = serde_json::from_str(text);
    parsed
        .map(RecordValue::Object)
        .map_err(|error| RecordError::Decode { column: column.into(), detail: error.to_string() })
}

async fn write(transaction: &Transaction, kind: RecordKind, records: &[&Record], now_ms: i64) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = kind.columns().iter().map(|column| format!("\"{}\"", column.name)).collect();
    names.extend(fold_columns(kind).iter().map(|(folded, _)| (*folded).to_owned()));
    let updates: Vec<String> = names.iter().skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
    names.extend(["stored_at".to_owned(), "updated_at".to_owned()]);
    let rows: Vec<String> =
        (0..records.len()).map(|row| format!("({})", placeholders(1 + row * names.len(), names.len()))).collect();
    let statement = format!(
        "INSERT INTO {} ({}) VALUES {} ON CONFLICT (id) DO UPDATE SET {}, updated_at = excluded.updated_at",
        table(kind),
        names.join(", "),
        rows.join(", "),
        updates.join(", ")
    );
    let values = records.iter().flat_map(|record| row_values(kind, record, now_ms)).collect();
    sql::run(transaction, &statement, values).await?;
    Ok(())
}

/// Columns that hold another one in lower case, because SQLite folds only ASCII.
const fn fold_columns(kind: RecordKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        RecordKind::User => &[("name_fold", "name"), ("email_fold", "email")],
        RecordKind::Account => &[("name_fold", "name")],
        _ => &[],
    }
}

fn row_values(kind: RecordKind, record: &Record, now_ms: i64) -> Vec<Value> {
    let mut values: Vec<Value> = kind
        .columns()
        .iter()
        .map(|column| match (column.column_type, record.member(column.name)) {
            (_, Some(RecordValue::Text(text))) => text.into(),
            (_, Some(RecordValue::Integer(number))) => number.into(),
            (_, Some(RecordValue::Timestamp(time))) => time.as_millis().into(),
            (_, Some(RecordValue::Object(object))) => serde_json::Value::Object(object).to_string().into(),
            (ColumnType::MinorUnits | ColumnType::Timestamp, None) => Value::BigInt(None),
            (_, None) => Value::String(None),
        })
        .collect();
    for (_, source) in fold_columns(kind) {
        let folded = match record.member(source) {
            Some(RecordValue::Text(text)) => Some(fold(&text)),
            _ => None,
        };
        values.push(folded.into());
    }
    values.extend([now_ms.into(), now_ms.into()]);
    values
}

/// Every name a user is known under leads to the user. A name that leads to somebody else already stays there: only a merge by staff moves it.
async fn write_identities(transaction: &Transaction, users: &[&Record], now_ms: i64) -> Result<()> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for record in users {
        let Record::User(user) = record else { continue };
        let id = user.id.as_str().to_owned();
        rows.push(["user".into(), id.clone(), id.clone()]);
        rows.extend(user.telegram_id.as_ref().map(|telegram| ["telegram".into(), telegram.clone(), id.clone()]));
        rows.extend(user.email.as_ref().map(|email| ["email".into(), fold(email), id.clone()]));
    }
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let groups: Vec<String> = (0..rows.len()).map(|row| format!("({})", placeholders(1 + row * 4, 4))).collect();
        let insert = format!(
            "INSERT INTO identity (kind, value, user_id, since) VALUES {} ON CONFLICT (kind, value) DO NOTHING",
            groups.join(", ")
        );
        let values = rows
            .iter()
            .flat_map(|[kind, value, user]| {
                [kind.clone().into(), value.clone().into(), user.clone().into(), Value::from(now_ms)]
            })
            .collect();
        sql::run(transaction, &insert, values).await?;
    }
    Ok(())
}
