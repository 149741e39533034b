//! Events become users, traits and links between identities.

use std::collections::{BTreeMap, BTreeSet};

use kabinet_events::{EventQueries, StoredEvent, Subject};
use kabinet_model::event::EventKind;
use kabinet_model::record::{RecordKind, RecordPatch};
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{ConnectionTrait, RecordError, Transaction};
use serde_json::{Map, Value, json};

use crate::features::records;
use crate::http::error::ApiResult;
use crate::workspace::Workspace;

const EVENTS_A_ROUND: usize = 2_000;
const SEQUENCE_SETTING: &str = "derived_sequence";
/// Values bound in one statement stay well below SQLite's limit.
const IDS_PER_STATEMENT: usize = 1_000;

/// Takes the next events in one transaction; `false` when there were none.
pub(super) async fn take_events(workspace: &Workspace) -> ApiResult<bool> {
    let after = sequence(workspace.records.reader()).await?;
    let events = workspace.events.ask(move |store, _| store.read_from(after, EVENTS_A_ROUND)).await?;
    let Some(last) = events.last().map(|event| event.sequence) else { return Ok(false) };
    let transaction = workspace.records.begin().await?;
    apply(&transaction, &events, workspace.clock.now_ms()).await?;
    save_sequence(&transaction, last).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(true)
}

async fn sequence<C: ConnectionTrait>(connection: &C) -> Result<u64, RecordError> {
    let row = sql::one(connection, "SELECT value FROM setting WHERE key = $1", vec![SEQUENCE_SETTING.into()]).await?;
    let text: Option<String> = row.map(|row| row.get("value")).transpose()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

async fn save_sequence(transaction: &Transaction, sequence: u64) -> Result<(), RecordError> {
    let upsert =
        "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    sql::run(transaction, upsert, vec![SEQUENCE_SETTING.into(), sequence.to_string().into()]).await?;
    Ok(())
}

async fn apply(transaction: &Transaction, events: &[StoredEvent], now_ms: i64) -> Result<(), RecordError> {
    link_anonymous_ids(transaction, events).await?;
    let persons = Persons::resolve(transaction, events).await?;
    create_missing_users(transaction, events, &persons, now_ms).await?;
    records::upsert(transaction, &accounts_named_by(events), now_ms).await?;
    records::upsert(transaction, &what_events_say_of_users(events, &persons), now_ms).await?;
    let touched: BTreeSet<String> = events.iter().filter_map(|event| persons.user_of(&event.subject)).collect();
    records::mark_for_computation(transaction, &touched.into_iter().collect::<Vec<_>>()).await
}

/// An event that names a user and an anonymous id says that both are one person; so does an alias. The first to claim an anonymous id keeps it.
async fn link_anonymous_ids(transaction: &Transaction, events: &[StoredEvent]) -> Result<(), RecordError> {
    for event in events {
        let Subject::User(user) = &event.subject else { continue };
        let claimed = match event.kind {
            EventKind::Alias => event.properties.get("previous_id"),
            _ => event.context.get("anonymous_id"),
        };
        let Some(anonymous) = claimed.and_then(Value::as_str).filter(|anonymous| *anonymous != user.as_str()) else {
            continue;
        };
        let insert = "INSERT INTO identity (kind, value, user_id, since) VALUES ('anonymous', $1, $2, $3) ON CONFLICT (kind, value) DO NOTHING";
        sql::run(transaction, insert, vec![anonymous.into(), user.clone().into(), event.timestamp_ms.into()]).await?;
    }
    Ok(())
}

/// Which user each subject of a round belongs to, after merges.
struct Persons(BTreeMap<Subject, String>);

impl Persons {
    async fn resolve(transaction: &Transaction, events: &[StoredEvent]) -> Result<Persons, RecordError> {
        let subjects: BTreeSet<&Subject> = events.iter().map(|event| &event.subject).collect();
        let mut persons = BTreeMap::new();
        let subjects: Vec<&Subject> = subjects.into_iter().collect();
        for chunk in subjects.chunks(IDS_PER_STATEMENT) {
            let query = format!(
                "SELECT kind, value, user_id FROM identity WHERE kind IN ('user', 'anonymous') AND value IN ({})",
                placeholders(1, chunk.len())
            );
            let rows = sql::all(transaction, &query, chunk.iter().map(|subject| subject.id().into()).collect()).await?;
            for row in &rows {
                let (kind, value): (String, String) = (row.get("kind")?, row.get("value")?);
                let subject = if kind == "user" { Subject::User(value) } else { Subject::Anonymous(value) };
                persons.insert(subject, row.get("user_id")?);
            }
        }
        Ok(Persons(persons))
    }

    /// The user a subject belongs to; a user id nobody knows yet is a user of its own, an anonymous visitor is none.
    fn user_of(&self, subject: &Subject) -> Option<String> {
        match (self.0.get(subject), subject) {
            (Some(user), _) => Some(user.clone()),
            (None, Subject::User(id)) => Some(id.clone()),
            (None, Subject::Anonymous(_)) => None,
        }
    }

    fn knows(&self, subject: &Subject) -> bool {
        self.0.contains_key(subject)
    }
}

/// A user id that was never seen before becomes a user, registered when its first event happened unless the product says otherwise.
async fn create_missing_users(
    transaction: &Transaction,
    events: &[StoredEvent],
    persons: &Persons,
    now_ms: i64,
) -> Result<(), RecordError> {
    let mut first_seen: BTreeMap<&str, i64> = BTreeMap::new();
    for event in events {
        if let Subject::User(id) = &event.subject
            && !persons.knows(&event.subject)
        {
            let first = first_seen.entry(id).or_insert(event.timestamp_ms);
            *first = (*first).min(event.timestamp_ms);
        }
    }
    let patches: Vec<RecordPatch> = first_seen
        .iter()
        .filter_map(|(id, at)| RecordPatch::parse(RecordKind::User, &json!({"id": id, "registered_at": at})).ok())
        .collect();
    records::upsert(transaction, &patches, now_ms).await?;
    Ok(())
}

/// Traits that are columns of a user, under the names client libraries use for them.
const COLUMN_TRAITS: &[(&str, &str)] = &[
    ("name", "name"),
    ("email", "email"),
    ("phone", "phone"),
    ("locale", "locale"),
    ("telegram_id", "telegram_id"),
    ("telegramId", "telegram_id"),
    ("telegram_username", "telegram_username"),
    ("username", "telegram_username"),
    ("account_id", "account_id"),
    ("registered_at", "registered_at"),
    ("createdAt", "registered_at"),
    ("created_at", "registered_at"),
    ("trial_ends_at", "trial_ends_at"),
];

/// What events say of a user: identify and group calls, and traits that libraries tell beside any other call. Only calls under a user id count: an anonymous visitor has no profile yet.
fn what_events_say_of_users(events: &[StoredEvent], persons: &Persons) -> Vec<RecordPatch> {
    events
        .iter()
        .filter(|event| matches!(event.subject, Subject::User(_)))
        .filter_map(|event| {
            let user = persons.user_of(&event.subject)?;
            match event.kind {
                EventKind::Group => member_patch(&user, json!({"account_id": event.properties.get("group_id")?})),
                EventKind::Identify => Some(user_patch(&user, &event.properties)),
                _ => Some(user_patch(&user, event.context.get("traits")?.as_object()?)),
            }
        })
        .collect()
}

fn member_patch(user: &str, members: Value) -> Option<RecordPatch> {
    let mut item = members;
    item["id"] = user.into();
    RecordPatch::parse(RecordKind::User, &item).ok()
}

/// A trait that does not fit its column (an e-mail that is none) is kept among the traits instead, so that nothing is lost.
fn user_patch(user: &str, traits: &Map<String, Value>) -> RecordPatch {
    let mut members = Map::new();
    let mut rest = Map::new();
    let name_parts: Vec<&str> = ["firstName", "lastName", "first_name", "last_name"]
        .iter()
        .filter_map(|part| traits.get(*part)?.as_str())
        .collect();
    for (name, value) in traits {
        let column = COLUMN_TRAITS.iter().find(|(trait_name, _)| trait_name == name).map(|(_, column)| *column);
        match column {
            Some(column) if member_patch(user, json!({column: value})).is_some() => {
                members.insert(column.into(), value.clone());
            }
            _ => {
                rest.insert(name.clone(), value.clone());
            }
        }
    }
    if !members.contains_key("name") && !name_parts.is_empty() {
        members.insert("name".into(), name_parts.join(" ").into());
    }
    if !rest.is_empty() {
        members.insert("traits".into(), Value::Object(rest));
    }
    let whole = member_patch(user, Value::Object(members.clone()));
    members.remove("traits");
    // Traits nested too deep for a profile stay in the event; the columns still count.
    whole.or_else(|| member_patch(user, Value::Object(members))).unwrap_or_else(|| RecordPatch {
        kind: RecordKind::User,
        id: user.to_owned(),
        members: Default::default(),
    })
}

/// Accounts that group calls name.
fn accounts_named_by(events: &[StoredEvent]) -> Vec<RecordPatch> {
    events
        .iter()
        .filter(|event| event.kind == EventKind::Group)
        .filter_map(|event| {
            let mut traits = event.properties.clone();
            let id = traits.remove("group_id")?;
            let mut item = json!({"id": id, "traits": traits});
            if let Some(name) = event.properties.get("name").and_then(Value::as_str) {
                item["name"] = name.into();
            }
            RecordPatch::parse(RecordKind::Account, &item).ok()
        })
        .collect()
}
