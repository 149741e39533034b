//! `Idempotency-Key`: a request that creates something may be sent again without creating it twice.
//!
//! The first answer is kept in the transaction of the effect, for 24 hours: either both are stored or neither. The same key with the same body gets that answer
//! again; with another body it is refused. Keys of two callers, or of two routes, never meet.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, Engine, RecordError, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::access::Actor;
use super::error::{ApiResult, Problem};
use super::extract::{json_bytes, parse_json};
use crate::workspace::Workspace;

const HEADER: &str = "idempotency-key";
const LONGEST_KEY: usize = 200;
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// A JSON body that may carry an `Idempotency-Key`.
pub struct Once<T> {
    pub body: T,
    pub retry: RetryKey,
}

/// What makes two requests the same one.
pub struct RetryKey {
    key: Option<String>,
    /// Method and path.
    route: String,
    fingerprint: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Once<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = key_of(request.headers())?;
        let route = format!("{} {}", request.method(), request.uri().path());
        let bytes = json_bytes(request, state).await?;
        let retry = RetryKey { key, route, fingerprint: hex::encode(Sha256::digest(&bytes)) };
        Ok(Once { body: parse_json(&bytes)?, retry })
    }
}

fn key_of(headers: &HeaderMap) -> ApiResult<Option<String>> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST_KEY => Ok(Some(key.to_owned())),
        _ => Err(Problem::malformed(format!("Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters."))),
    }
}

/// Either the answer that was given before, or a transaction to create in.
pub enum Attempt {
    Answered(Response),
    First(FirstAttempt),
}

/// A request that was not answered before. Create inside [`FirstAttempt::transaction`], then call [`FirstAttempt::answer`]; dropped without it, nothing happened.
pub struct FirstAttempt {
    pub transaction: Transaction,
    memory: Option<(String, String, String)>,
    now_ms: i64,
}

impl RetryKey {
    /// Looks whether this request was answered before. Two requests with one key at the same time queue here.
    pub async fn begin(self, workspace: &Workspace, actor: &Actor) -> ApiResult<Attempt> {
        let now_ms = workspace.clock.now_ms();
        let transaction = workspace.records.begin().await?;
        let Some(key) = self.key else {
            return Ok(Attempt::First(FirstAttempt { transaction, memory: None, now_ms }));
        };
        let scope = format!("{} {} {}", actor.kind.as_str(), actor.id, self.route);
        lock(&transaction, &scope, &key).await?;
        let forget = "DELETE FROM idempotency WHERE created_at <= $1";
        sql::run(&transaction, forget, vec![(now_ms - KEPT_MS).into()]).await?;
        let query = "SELECT fingerprint, status, body FROM idempotency WHERE scope = $1 AND key = $2";
        let Some(row) = sql::one(&transaction, query, vec![scope.as_str().into(), key.as_str().into()]).await? else {
            let memory = Some((scope, key, self.fingerprint));
            return Ok(Attempt::First(FirstAttempt { transaction, memory, now_ms }));
        };
        if row.get::<String>("fingerprint")? != self.fingerprint {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was sent before with another body; use a new key for a new request.",
            ));
        }
        let status = u16::try_from(row.get::<i64>("status")?).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let headers = [("content-type", "application/json"), ("idempotency-replayed", "true")];
        let body: String = row.get("body")?;
        Ok(Attempt::Answered((status.unwrap_or(StatusCode::OK), headers, body).into_response()))
    }
}

impl FirstAttempt {
    /// Commits what was created together with the answer.
    pub async fn answer(self, status: StatusCode, body: &impl Serialize) -> ApiResult<Response> {
        let body = serde_json::to_string(body).map_err(Problem::internal)?;
        if let Some((scope, key, fingerprint)) = self.memory {
            let insert = "INSERT INTO idempotency (scope, key, fingerprint, status, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
            let values = vec![
                scope.into(),
                key.into(),
                fingerprint.into(),
                i64::from(status.as_u16()).into(),
                body.clone().into(),
                self.now_ms.into(),
            ];
            sql::run(&self.transaction, insert, values).await?;
        }
        self.transaction.commit().await.map_err(RecordError::from)?;
        Ok((status, [("content-type", "application/json")], body).into_response())
    }
}

/// SQLite has one writer anyway; on PostgreSQL requests with one key queue here until commit.
async fn lock(transaction: &Transaction, scope: &str, key: &str) -> ApiResult<()> {
    if transaction.get_database_backend() == Engine::Postgres.backend() {
        let query = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        sql::one(transaction, query, vec![format!("idempotency {scope} {key}").into()]).await?;
    }
    Ok(())
}
