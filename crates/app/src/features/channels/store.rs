use kabinet_model::label::Language;
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, RecordError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::model::Telegram;
use crate::App;
use crate::features::audit;
use crate::http::access::{Actor, RequestFacts};
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

pub const SMTP: &str = "smtp";
pub const TELEGRAM: &str = "telegram";

/// A stored channel. The secret stays sealed.
pub struct Stored<Settings> {
    pub settings: Settings,
    pub sealed_secret: Option<String>,
    pub updated_at: i64,
}

/// The channel of that kind, when it is set up.
pub async fn find<Settings: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    kind: &str,
) -> Result<Option<Stored<Settings>>, RecordError> {
    let query = "SELECT settings, secret, updated_at FROM channel WHERE kind = $1";
    let Some(row) = sql::one(connection, query, vec![kind.into()]).await? else { return Ok(None) };
    let settings = serde_json::from_value(row.json("settings")?)
        .map_err(|error| RecordError::Decode { column: "settings".into(), detail: error.to_string() })?;
    Ok(Some(Stored { settings, sealed_secret: row.get("secret")?, updated_at: row.get("updated_at")? }))
}

/// The chat alerts go to unless they name another.
pub(crate) async fn telegram_chat(connection: &impl ConnectionTrait) -> Result<Option<String>, RecordError> {
    let stored = find::<Telegram>(connection, TELEGRAM).await?;
    Ok(stored.map(|stored| stored.settings.chat_id))
}

/// The language messages over a channel are written in.
pub(crate) async fn language(connection: &impl ConnectionTrait, kind: &str) -> Result<Language, RecordError> {
    let stored = find::<Value>(connection, kind).await?;
    let chosen = stored.and_then(|stored| serde_json::from_value(stored.settings["language"].clone()).ok());
    Ok(chosen.unwrap_or(Language::En))
}

/// What a secret is sealed for, so that it opens nowhere else.
fn place(workspace: &Workspace, kind: &str) -> String {
    format!("{}|channel|secret|{kind}", workspace.slug)
}

/// The plain secret; a problem tells when the instance's key file is another one than it was sealed with.
pub fn open_secret(app: &App, workspace: &Workspace, kind: &str, sealed: Option<&str>) -> ApiResult<Option<String>> {
    let open = |sealed| app.secrets.open(&place(workspace, kind), sealed);
    sealed.map(open).transpose().map_err(|problem| Problem::conflict("secret_unreadable", problem.to_string()))
}

/// Stores a channel with its secret, which stays what it was when `secret` is `None`; `before` is what it was.
pub async fn save<Settings: Serialize>(
    app: &App,
    workspace: &Workspace,
    kind: &str,
    settings: &Settings,
    secret: Option<&str>,
    before: Option<&Stored<Settings>>,
    (actor, request): (&Actor, &RequestFacts),
) -> ApiResult<()> {
    let now = app.clock.now_ms();
    let sealed = match secret {
        Some(plain) => Some(app.secrets.seal(&place(workspace, kind), plain)),
        None => before.and_then(|before| before.sealed_secret.clone()),
    };
    let transaction = workspace.records.begin().await?;
    let upsert = "INSERT INTO channel (kind, settings, secret, updated_at) VALUES ($1, $2, $3, $4)
                  ON CONFLICT (kind) DO UPDATE SET settings = excluded.settings, secret = excluded.secret, updated_at = excluded.updated_at";
    let values = vec![kind.into(), json!(settings).to_string().into(), sealed.into(), now.into()];
    sql::run(&transaction, upsert, values).await?;
    let mut after = json!(settings);
    after["secret_changed"] = secret.is_some().into();
    let entry = audit::Entry {
        action: "channel.update",
        entity_kind: "channel",
        entity_id: kind,
        before: before.map_or(Value::Null, |before| json!(before.settings)),
        after,
        reason: None,
    };
    audit::record(&transaction, actor, request, now, entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

/// Forgets a channel and its secret.
pub async fn delete(
    app: &App,
    workspace: &Workspace,
    kind: &str,
    actor: &Actor,
    request: &RequestFacts,
) -> ApiResult<()> {
    let transaction = workspace.records.begin().await?;
    let before = find::<Value>(&transaction, kind).await?.ok_or_else(|| Problem::not_found("channel"))?;
    sql::run(&transaction, "DELETE FROM channel WHERE kind = $1", vec![kind.into()]).await?;
    let entry = audit::Entry {
        action: "channel.delete",
        entity_kind: "channel",
        entity_id: kind,
        before: before.settings,
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, actor, request, app.clock.now_ms(), entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}
