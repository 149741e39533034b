use std::net::IpAddr;

use kabinet_model::role::{Permission, PermissionSet};
use kabinet_records::sql::{self, Row};
use kabinet_records::{QueryResult, RecordError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{self, Key, KeyKind, NewKey};
use crate::App;
use crate::features::audit;
use crate::http::access::{Actor, ActorKind, Principal, RequestFacts};
use crate::http::error::{ApiResult, Problem};

/// How often the time of last use is written, at most.
const LAST_USED_EVERY_MS: i64 = 60_000;

const COLUMNS: &str = "id, workspace, name, kind, hint, scopes, origins, ip_allow_list, created_by, created_at, expires_at, last_used_at, revoked_at";

/// Makes a key and returns it with its text, which is not kept.
pub async fn create(
    app: &App,
    workspace: &str,
    new: NewKey,
    actor: &Actor,
    request: &RequestFacts,
) -> ApiResult<(Key, String)> {
    let text = model::generate(new.kind);
    let now = app.clock.now_ms();
    let key = Key {
        id: Uuid::now_v7().to_string(),
        workspace: workspace.to_owned(),
        name: new.name,
        kind: new.kind,
        hint: model::hint(&text),
        scopes: match new.kind {
            KeyKind::Write => PermissionSet::from_iter([Permission::EventsWrite]),
            KeyKind::Secret => new.scopes.into_iter().collect(),
        },
        origins: new.origins,
        ip_allow_list: new.ip_allow_list,
        created_by: Some(actor.name.clone()),
        created_at: now,
        expires_at: new.expires_at.map(|time| time.as_millisecond()),
        last_used_at: None,
        revoked_at: None,
    };
    let transaction = app.control.begin().await?;
    let insert = "INSERT INTO api_key (id, workspace, name, kind, hash, hint, scopes, origins, ip_allow_list, created_by, created_at, expires_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = vec![
        key.id.clone().into(),
        key.workspace.clone().into(),
        key.name.clone().into(),
        key.kind.as_str().into(),
        model::hash(&text).into(),
        key.hint.clone().into(),
        json!(key.scopes).to_string().into(),
        json!(key.origins).to_string().into(),
        json!(key.ip_allow_list).to_string().into(),
        key.created_by.clone().into(),
        now.into(),
        key.expires_at.into(),
    ];
    sql::run(&transaction, insert, values).await?;
    let entry = audit::Entry {
        action: "key.create",
        entity_kind: "key",
        entity_id: &key.id,
        before: Value::Null,
        after: json!({"workspace": key.workspace, "name": key.name, "kind": key.kind, "scopes": key.scopes, "origins": key.origins}),
        reason: None,
    };
    audit::record(&transaction, actor, request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok((key, text))
}

/// All keys of a workspace, newest first; revoked ones too.
pub async fn list(app: &App, workspace: &str) -> ApiResult<Vec<Key>> {
    let query = format!("SELECT {COLUMNS} FROM api_key WHERE workspace = $1 ORDER BY created_at DESC, id DESC");
    let rows = sql::all(app.control.reader(), &query, vec![workspace.into()]).await?;
    rows.iter().map(|row| read(row).map_err(Problem::from)).collect()
}

/// Ends a key at once. Revoking a revoked key changes nothing.
pub async fn revoke(app: &App, workspace: &str, id: &str, actor: &Actor, request: &RequestFacts) -> ApiResult<()> {
    let now = app.clock.now_ms();
    let transaction = app.control.begin().await?;
    let query = format!("SELECT {COLUMNS} FROM api_key WHERE workspace = $1 AND id = $2");
    let row = sql::one(&transaction, &query, vec![workspace.into(), id.into()])
        .await?
        .ok_or_else(|| Problem::not_found("key"))?;
    let key = read(&row)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    sql::run(&transaction, "UPDATE api_key SET revoked_at = $1 WHERE id = $2", vec![now.into(), id.into()]).await?;
    let entry = audit::Entry {
        action: "key.revoke",
        entity_kind: "key",
        entity_id: id,
        before: json!({"workspace": workspace, "name": key.name, "kind": key.kind, "revoked": false}),
        after: json!({"workspace": workspace, "name": key.name, "kind": key.kind, "revoked": true}),
        reason: None,
    };
    audit::record(&transaction, actor, request, now, entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

/// The usable key of this text. The answer to a wrong one says what may be the matter.
pub async fn find(app: &App, text: &str, ip: Option<IpAddr>) -> ApiResult<Key> {
    if !model::looks_like_one(text) {
        return Err(wrong("Keys start with wk_ or sk_; this one does not. Create one under Settings → API keys."));
    }
    let query = format!("SELECT {COLUMNS} FROM api_key WHERE hash = $1");
    let row = sql::one(app.control.reader(), &query, vec![model::hash(text).into()]).await?;
    let Some(row) = row else {
        return Err(wrong(
            "No such key. Compare it with the ones under Settings → API keys; was it cut when it was copied?",
        ));
    };
    let key = read(&row)?;
    let now = app.clock.now_ms();
    if key.revoked_at.is_some() {
        return Err(wrong("This key was revoked. Create another one under Settings → API keys."));
    }
    if key.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(wrong("This key has expired. Create another one under Settings → API keys."));
    }
    if !key.ip_allow_list.is_empty() && !ip.is_some_and(|ip| key.ip_allow_list.contains(&ip)) {
        return Err(Problem::forbidden(
            "This key may not be used from this address; see its address list under Settings → API keys.",
        ));
    }
    note_use(app, &key, now).await;
    Ok(key)
}

/// Remembers when a key was used. On a full disk that is lost, and the request goes on: reading must work then.
async fn note_use(app: &App, key: &Key, now: i64) {
    if key.last_used_at.is_some_and(|last| now - last <= LAST_USED_EVERY_MS) {
        return;
    }
    let update = "UPDATE api_key SET last_used_at = $1 WHERE id = $2";
    if let Err(error) = app.control.write(update, vec![now.into(), key.id.clone().into()]).await {
        tracing::warn!(%error, "the time of a key's use could not be stored");
    }
}

/// The caller behind a key sent as Bearer.
pub async fn principal(app: &App, text: &str, ip: Option<IpAddr>) -> ApiResult<Principal> {
    let key = find(app, text, ip).await?;
    Ok(Principal {
        actor: Actor { kind: ActorKind::Key, id: key.id, name: key.name },
        workspaces: Some(vec![key.workspace]),
        permissions: key.scopes,
        session_id: None,
    })
}

fn wrong(detail: &str) -> Problem {
    Problem { code: "wrong_key".into(), ..Problem::unauthenticated(detail) }
}

fn read(row: &QueryResult) -> Result<Key, RecordError> {
    let kind: String = row.get("kind")?;
    let list = |column: &str| -> Result<Value, RecordError> { row.json(column) };
    let decode = |column: &str, error: serde_json::Error| RecordError::Decode {
        column: column.into(),
        detail: error.to_string(),
    };
    Ok(Key {
        id: row.get("id")?,
        workspace: row.get("workspace")?,
        name: row.get("name")?,
        kind: if kind == "secret" { KeyKind::Secret } else { KeyKind::Write },
        hint: row.get("hint")?,
        scopes: serde_json::from_value(list("scopes")?).map_err(|error| decode("scopes", error))?,
        origins: serde_json::from_value(list("origins")?).map_err(|error| decode("origins", error))?,
        ip_allow_list: serde_json::from_value(list("ip_allow_list")?)
            .map_err(|error| decode("ip_allow_list", error))?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}
