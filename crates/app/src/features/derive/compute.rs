//! The fields of users, computed from everything known about them and written to their typed columns.

use std::collections::BTreeMap;

use kabinet_events::{Cancel, EventQueries, EventStore, StoreError, Subject};
use kabinet_model::definition::{Definition, Field};
use kabinet_model::field::{Computation, Computed, FieldEvent, UserInputs};
use kabinet_model::record::{Record, RecordKind, UserRecord};
use kabinet_model::time::UtcMillis;
use kabinet_model::value::{FieldType, Value as FieldValue, fold};
use kabinet_records::profile::sql_type;
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{ConnectionTrait, RecordError, Value};

use crate::features::records;
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

const USERS_A_ROUND: usize = 200;

/// The kinds that fields are computed from, besides the user itself.
const KINDS: [RecordKind; 4] =
    [RecordKind::Subscription, RecordKind::Payment, RecordKind::SellerCabinet, RecordKind::Session];

/// A user as the computation needs it.
struct Subjected {
    user: UserRecord,
    records: Vec<Record>,
    subjects: Vec<Subject>,
    /// The count of reasons to compute when this was read; a higher one at the time of writing means that it is out of date already.
    changes: i64,
}

/// Computes every user that is due, and returns their ids.
pub(super) async fn compute_due(workspace: &Workspace) -> ApiResult<Vec<String>> {
    let mut computed = Vec::new();
    loop {
        let now = workspace.clock.now_ms();
        let query = "SELECT id FROM profile WHERE recompute_at <= $1 ORDER BY recompute_at LIMIT $2";
        let rows = sql::all(workspace.records.reader(), query, vec![now.into(), (USERS_A_ROUND as i64).into()]).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
        if ids.is_empty() {
            return Ok(computed);
        }
        compute_users(workspace, &ids, now).await?;
        computed.extend(ids);
    }
}

async fn compute_users(workspace: &Workspace, ids: &[String], now: i64) -> ApiResult<()> {
    let definition = workspace.definition.load_full();
    let users = read_users(workspace.records.reader(), ids).await?;
    let computing = definition.clone();
    let results = workspace
        .events
        .ask(move |store, cancel| {
            users
                .into_iter()
                .map(|user| compute_user(store, cancel, &computing.definition, user, now))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let fields: Vec<&Field> = definition.definition.own_fields().collect();
    let statement = update_statement(&fields);
    let transaction = workspace.records.begin().await?;
    for (user, computed) in &results {
        sql::run(&transaction, &statement, update_values(&fields, user, computed, now)).await?;
    }
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

fn compute_user(
    store: &EventStore,
    cancel: &Cancel,
    definition: &Definition,
    user: Subjected,
    now: i64,
) -> Result<(Subjected, Computed), StoreError> {
    let inputs = UserInputs { user: &user.user, records: &user.records };
    let mut computation = Computation::new(definition, inputs, UtcMillis::saturating(now));
    store.fold_person(&user.subjects, None, i64::MIN, cancel, &mut |event| {
        computation.see(FieldEvent {
            name: &event.name,
            at: UtcMillis::saturating(event.timestamp_ms),
            properties: &event.properties,
        });
    })?;
    let computed = computation.finish();
    Ok((user, computed))
}

async fn read_users<C: ConnectionTrait>(connection: &C, ids: &[String]) -> Result<Vec<Subjected>, RecordError> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let counts = changes_of(connection, &ids).await?;
    let persons = subjects_of(connection, &ids).await?;
    let mut records_of: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    let owners: BTreeMap<&str, &str> = persons
        .iter()
        .flat_map(|(user, subjects)| {
            subjects.iter().filter_map(move |subject| match subject {
                Subject::User(id) => Some((id.as_str(), user.as_str())),
                Subject::Anonymous(_) => None,
            })
        })
        .collect();
    let owner_ids: Vec<&str> = owners.keys().copied().collect();
    for kind in KINDS {
        for record in records::load(connection, kind, "user_id", &owner_ids).await? {
            let owner = record.user_id().and_then(|user| owners.get(user.as_str()));
            if let Some(owner) = owner {
                records_of.entry((*owner).to_owned()).or_default().push(record);
            }
        }
    }
    let users = records::load(connection, RecordKind::User, "id", &ids).await?;
    Ok(users
        .into_iter()
        .filter_map(|record| match record {
            Record::User(user) => Some(user),
            _ => None,
        })
        .map(|user| {
            let id = user.id.as_str();
            Subjected {
                records: records_of.remove(id).unwrap_or_default(),
                subjects: persons.get(id).cloned().unwrap_or_default(),
                changes: counts.get(id).copied().unwrap_or_default(),
                user,
            }
        })
        .collect())
}

async fn changes_of<C: ConnectionTrait>(connection: &C, ids: &[&str]) -> Result<BTreeMap<String, i64>, RecordError> {
    let query = format!("SELECT id, changes FROM profile WHERE id IN ({})", placeholders(1, ids.len()));
    let rows = sql::all(connection, &query, ids.iter().map(|id| (*id).into()).collect()).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("changes")?))).collect()
}

/// Everything events of these users were sent under.
pub(super) async fn subjects_of<C: ConnectionTrait>(
    connection: &C,
    ids: &[&str],
) -> Result<BTreeMap<String, Vec<Subject>>, RecordError> {
    let query = format!(
        "SELECT user_id, kind, value FROM identity WHERE kind IN ('user', 'anonymous') AND user_id IN ({})",
        placeholders(1, ids.len())
    );
    let rows = sql::all(connection, &query, ids.iter().map(|id| (*id).into()).collect()).await?;
    let mut persons: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
    for row in &rows {
        let (user, kind, value): (String, String, String) = (row.get("user_id")?, row.get("kind")?, row.get("value")?);
        let subject = if kind == "user" { Subject::User(value) } else { Subject::Anonymous(value) };
        persons.entry(user).or_default().push(subject);
    }
    Ok(persons)
}

/// One column a field, and one more for the lower-case form of a text field.
fn update_statement(fields: &[&Field]) -> String {
    let mut sets = Vec::new();
    for field in fields {
        sets.push(format!("\"{}\" = ${}", field.key, sets.len() + 1));
        if field.folds() {
            sets.push(format!("\"{}_fold\" = ${}", field.key, sets.len() + 1));
        }
    }
    let next = sets.len();
    sets.push(format!("recompute_at = ${}", next + 1));
    sets.push(format!("updated_at = ${}", next + 2));
    format!("UPDATE profile SET {} WHERE id = ${} AND changes = ${}", sets.join(", "), next + 3, next + 4)
}

fn update_values(fields: &[&Field], user: &Subjected, computed: &Computed, now: i64) -> Vec<Value> {
    let mut values = Vec::new();
    for field in fields {
        let value = computed.values.get(&field.key);
        values.push(column_value(field.field_type, value));
        if field.folds() {
            values.push(value.and_then(FieldValue::as_text).map(fold).into());
        }
    }
    values.push(computed.next_change_at.map(UtcMillis::as_millis).into());
    values.extend([now.into(), user.user.id.as_str().into(), user.changes.into()]);
    values
}

/// The value for a field's column; a missing one is a null of the column's type.
fn column_value(field_type: FieldType, value: Option<&FieldValue>) -> Value {
    match value {
        Some(FieldValue::Text(text)) => text.clone().into(),
        Some(FieldValue::Integer(number) | FieldValue::Money(number)) => (*number).into(),
        Some(FieldValue::Number(number)) => (*number).into(),
        Some(FieldValue::Boolean(truth)) => (*truth).into(),
        Some(FieldValue::Timestamp(time)) => time.as_millis().into(),
        None => match sql_type(field_type) {
            "bigint" => Value::BigInt(None),
            "double precision" => Value::Double(None),
            "boolean" => Value::Bool(None),
            _ => Value::String(None),
        },
    }
}

/// Compares what is stored with what a fresh computation gives; returns the users and fields that differ, which must be none once [`super::catch_up`] has run.
pub async fn compare_with_recomputed(workspace: &Workspace) -> ApiResult<Vec<String>> {
    let definition = workspace.definition.load_full();
    let fields: Vec<&Field> = definition.definition.own_fields().collect();
    let now = workspace.clock.now_ms();
    let rows = sql::all(workspace.records.reader(), "SELECT id FROM profile ORDER BY id", vec![]).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
    let mut differences = Vec::new();
    for ids in ids.chunks(USERS_A_ROUND) {
        let users = read_users(workspace.records.reader(), ids).await?;
        let computing = definition.clone();
        let fresh = workspace
            .events
            .ask(move |store, cancel| {
                users
                    .into_iter()
                    .map(|user| compute_user(store, cancel, &computing.definition, user, now))
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        for (user, computed) in fresh {
            differences.extend(differing_fields(workspace, &fields, &user, &computed).await?);
        }
    }
    Ok(differences)
}

async fn differing_fields(
    workspace: &Workspace,
    fields: &[&Field],
    user: &Subjected,
    computed: &Computed,
) -> ApiResult<Vec<String>> {
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    // With the table's name in front SQLite cannot take a column it does not know yet for a text.
    let names: Vec<String> = fields.iter().map(|field| format!("profile.\"{0}\" AS \"{0}\"", field.key)).collect();
    let query = format!("SELECT {} FROM profile WHERE id = $1", names.join(", "));
    let row = sql::one(workspace.records.reader(), &query, vec![user.user.id.as_str().into()]).await?;
    let row = row.ok_or_else(|| Problem::internal("a user vanished during the comparison"))?;
    let mut differences = Vec::new();
    for field in fields {
        let stored = match sql_type(field.field_type) {
            "bigint" => Value::BigInt(row.get(&field.key)?),
            "double precision" => Value::Double(row.get(&field.key)?),
            "boolean" => Value::Bool(row.get(&field.key)?),
            _ => Value::String(row.get(&field.key)?),
        };
        let fresh = column_value(field.field_type, computed.values.get(&field.key));
        if stored != fresh {
            differences.push(format!("{}.{}: stored {stored:?}, computed {fresh:?}", user.user.id, field.key));
        }
    }
    Ok(differences)
}
