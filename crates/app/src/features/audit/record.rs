use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, Engine, Result, Transaction};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// Records the action in the same transaction as its effect: either both happen or neither.
///
/// `h[n] = SHA-256(h[n-1] ‖ canonical JSON of the entry)`; the entry holds its own sequence number. One writer at a time extends a chain.
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
    let seq = last_seq + 1;
    let ip = request.ip.map(|ip| ip.to_string());
    let content = json!({
        "seq": seq, "at": now_ms,
        "actor_kind": actor.kind.as_str(), "actor_id": actor.id, "actor_name": actor.name,
        "action": entry.action, "entity_kind": entry.entity_kind, "entity_id": entry.entity_id,
        "before": entry.before, "after": entry.after, "reason": entry.reason,
        "ip": ip, "user_agent": request.user_agent,
    });
    let hash = chain(&last_hash, &content);
    let insert = "INSERT INTO audit_entry (seq, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, before, after, reason, ip, user_agent, hash)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values = vec![
        seq.into(),
        now_ms.into(),
        actor.kind.as_str().into(),
        actor.id.clone().into(),
        actor.name.clone().into(),
        entry.action.into(),
        entry.entity_kind.into(),
        entry.entity_id.into(),
        entry.before.to_string().into(),
        entry.after.to_string().into(),
        entry.reason.map(str::to_owned).into(),
        ip.into(),
        request.user_agent.clone().into(),
        hash.into(),
    ];
    sql::run(transaction, insert, values).await?;
    Ok(())
}

/// The next link of the chain. `serde_json` writes object members sorted by name, which makes the JSON canonical.
pub(super) fn chain(previous_hash: &str, content: &Value) -> String {
    let mut hasher = Sha256::new();
    hasher.update(previous_hash.as_bytes());
    hasher.update(content.to_string().as_bytes());
    hex::encode(hasher.finalize())
}

/// SQLite has one writer anyway; on PostgreSQL writers of one chain queue here until commit.
async fn lock_chain(transaction: &Transaction) -> Result<()> {
    if transaction.get_database_backend() == Engine::Postgres.backend() {
        sql::one(transaction, "SELECT pg_advisory_xact_lock(hashtext('audit ' || current_schema()))", vec![]).await?;
    }
    Ok(())
}
