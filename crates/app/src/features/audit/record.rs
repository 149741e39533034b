use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, Engine, RecordError, Result, Transaction};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::App;
use crate::http::access::{Actor, RequestFacts};

/// One action, ready to be recorded. `action` is `noun.verb` (`note.delete`, `key.create`).
pub struct Entry<'a> {
    pub action: &'a str,
    pub entity_kind: &'a str,
    pub entity_id: &'a str,
    /// State before the action; null for a creation.
    pub before: Value,
    /// State after the action; null for a deletion.
    pub after: Value,
    /// Why, where the action asks for a reason.
    pub reason: Option<&'a str>,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub seq: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: String,
    pub actor_name: String,
    pub action: String,
    pub entity_kind: String,
    pub entity_id: String,
    /// JSON text, to the letter: it is hashed as it stands.
    pub before: String,
    pub after: String,
    pub reason: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Records the action in the same transaction as its effect: either both happen or neither.
///
/// `h[n] = SHA-256(h[n-1] ‖ JSON array of the columns)`; the entry holds its own sequence number. One writer at a time extends a chain.
pub async fn record(
    transaction: &Transaction,
    actor: &Actor,
    request: &RequestFacts,
    now_ms: i64,
    entry: Entry<'_>,
) -> Result<()> {
    lock_chain(transaction).await?;
    let last = sql::one(transaction, "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1", vec![]).await?;
    let (last_seq, last_hash): (i64, String) = match last {
        Some(row) => (row.get("seq")?, row.get("hash")?),
        None => (0, String::new()),
    };
    let stored = Stored {
        seq: last_seq + 1,
        at: now_ms,
        actor_kind: actor.kind.as_str().to_owned(),
        actor_id: storable(&actor.id),
        actor_name: storable(&actor.name),
        action: entry.action.to_owned(),
        entity_kind: entry.entity_kind.to_owned(),
        entity_id: storable(entry.entity_id),
        before: entry.before.to_string(),
        after: entry.after.to_string(),
        reason: entry.reason.map(storable),
        ip: request.ip.map(|ip| ip.to_string()),
        user_agent: request.user_agent.as_deref().map(storable),
    };
    insert(transaction, &stored, &stored.hash(&last_hash)).await
}

/// Records something that has no other effect, such as a refusal, in the instance's chain.
pub async fn record_alone(
    app: &App,
    actor: &Actor,
    request: &RequestFacts,
    entry: Entry<'_>,
) -> crate::http::error::ApiResult<()> {
    let transaction = app.control.begin().await?;
    record(&transaction, actor, request, app.clock.now_ms(), entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

/// Records that somebody was refused a permission; once a minute for the same caller and permission. The refusal itself stands also when this fails.
pub async fn record_denial(
    app: &App,
    actor: &Actor,
    request: &RequestFacts,
    permission: Permission,
    workspace: Option<&str>,
) {
    let kind = format!("{}|{permission}|{}", actor.id, workspace.unwrap_or_default());
    if !app.desk.is_news(kind, app.clock.now_ms()) {
        return;
    }
    let entry = Entry {
        action: "access.deny",
        entity_kind: "permission",
        entity_id: permission.as_str(),
        before: Value::Null,
        after: json!({"workspace": workspace}),
        reason: None,
    };
    if let Err(problem) = record_alone(app, actor, request, entry).await {
        tracing::error!(detail = problem.detail, "a refusal was not recorded");
    }
}

impl Stored {
    /// The next link of the chain. An array of the columns has one form only, whatever the columns hold.
    pub(super) fn hash(&self, previous: &str) -> String {
        let columns = json!([
            self.seq,
            self.at,
            self.actor_kind,
            self.actor_id,
            self.actor_name,
            self.action,
            self.entity_kind,
            self.entity_id,
            self.before,
            self.after,
            self.reason,
            self.ip,
            self.user_agent,
        ]);
        let mut hasher = Sha256::new();
        hasher.update(previous.as_bytes());
        hasher.update(columns.to_string().as_bytes());
        hex::encode(hasher.finalize())
    }

    /// What a search looks through, in lower case.
    pub(super) fn search_fold(&self) -> String {
        let parts = [
            self.actor_name.as_str(),
            &self.action,
            &self.entity_id,
            &self.before,
            &self.after,
            self.reason.as_deref().unwrap_or_default(),
            self.ip.as_deref().unwrap_or_default(),
        ];
        parts.join("\n").to_lowercase()
    }
}

async fn insert(transaction: &Transaction, stored: &Stored, hash: &str) -> Result<()> {
    let insert = "INSERT INTO audit_entry (seq, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, before, after, reason, ip, user_agent, hash, search_fold)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let values = vec![
        stored.seq.into(),
        stored.at.into(),
        stored.actor_kind.clone().into(),
        stored.actor_id.clone().into(),
        stored.actor_name.clone().into(),
        stored.action.clone().into(),
        stored.entity_kind.clone().into(),
        stored.entity_id.clone().into(),
        stored.before.clone().into(),
        stored.after.clone().into(),
        stored.reason.clone().into(),
        stored.ip.clone().into(),
        stored.user_agent.clone().into(),
        hash.into(),
        stored.search_fold().into(),
    ];
    sql::run(transaction, insert, values).await?;
    Ok(())
}

/// PostgreSQL takes no zero characters in text.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// SQLite has one writer anyway; on PostgreSQL writers of one chain queue here until commit.
async fn lock_chain(transaction: &Transaction) -> Result<()> {
    if transaction.get_database_backend() == Engine::Postgres.backend() {
        sql::one(transaction, "SELECT pg_advisory_xact_lock(hashtext('audit ' || current_schema()))", vec![]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Stored {
        Stored {
            seq: 7,
            at: 1_773_144_000_000,
            actor_kind: "staff".into(),
            actor_id: "id".into(),
            actor_name: "Анна".into(),
            action: "note.delete".into(),
            entity_kind: "note".into(),
            entity_id: "1".into(),
            before: "{\"text\":\"Привет\"}".into(),
            after: "null".into(),
            reason: None,
            ip: None,
            user_agent: None,
        }
    }

    // spec: B005
    #[test]
    fn every_column_changes_the_hash() {
        let original = stored();
        let hash = original.hash("before");
        assert_ne!(hash, original.hash("another before"));
        let changes: [fn(&mut Stored); 13] = [
            |entry| entry.seq += 1,
            |entry| entry.at += 1,
            |entry| entry.actor_kind.push('x'),
            |entry| entry.actor_id.push('x'),
            |entry| entry.actor_name.push('x'),
            |entry| entry.action.push('x'),
            |entry| entry.entity_kind.push('x'),
            |entry| entry.entity_id.push('x'),
            |entry| entry.before.push('x'),
            |entry| entry.after.push('x'),
            |entry| entry.reason = Some(String::new()),
            |entry| entry.ip = Some(String::new()),
            |entry| entry.user_agent = Some(String::new()),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = original.clone();
            change(&mut changed);
            assert_ne!(changed.hash("before"), hash, "column {index}");
        }
    }

    // spec: B005
    #[test]
    fn text_cannot_move_from_one_column_to_the_next() {
        let first = Stored { actor_id: "ab".into(), actor_name: "c".into(), ..stored() };
        let second = Stored { actor_id: "a".into(), actor_name: "bc".into(), ..stored() };
        assert_ne!(first.hash(""), second.hash(""));
    }
}
