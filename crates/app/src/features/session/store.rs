use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, QueryResult, Result, Transaction};
use uuid::Uuid;

use super::model::{Lifetime, Session};
use crate::features::staff::{self, Staff};
use crate::http::access::RequestFacts;
use crate::secrets::Token;

const COLUMNS: &str = "staff_session.id AS session_id, staff_session.staff_id, staff_session.created_at AS session_created_at, staff_session.last_seen_at,
    staff_session.idle_ms, staff_session.expires_at, staff_session.ip, staff_session.user_agent";

/// Starts a session; its token is only in the answer.
pub async fn open(
    transaction: &Transaction,
    staff: &Staff,
    lifetime: Lifetime,
    request: &RequestFacts,
    now_ms: i64,
) -> Result<(Session, Token)> {
    let token = Token::fresh();
    let session = Session {
        id: Uuid::now_v7().to_string(),
        staff_id: staff.id.clone(),
        created_at: now_ms,
        last_seen_at: now_ms,
        idle_ms: lifetime.idle_ms,
        expires_at: now_ms + lifetime.total_ms,
        ip: request.ip.map(|ip| ip.to_string()),
        user_agent: request.user_agent.clone(),
    };
    let insert = "INSERT INTO staff_session (id, staff_id, token_hash, created_at, last_seen_at, idle_ms, expires_at, ip, user_agent)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = vec![
        session.id.clone().into(),
        session.staff_id.clone().into(),
        token.hash.clone().into(),
        session.created_at.into(),
        session.last_seen_at.into(),
        session.idle_ms.into(),
        session.expires_at.into(),
        session.ip.clone().into(),
        session.user_agent.clone().into(),
    ];
    sql::run(transaction, insert, values).await?;
    sql::run(transaction, "DELETE FROM staff_session WHERE expires_at < $1", vec![now_ms.into()]).await?;
    Ok((session, token))
}

/// The session of a token and whose it is; over or not, disabled or not.
pub async fn by_token_hash<C: ConnectionTrait>(connection: &C, hash: &str) -> Result<Option<(Session, Staff)>> {
    let query = format!(
        "SELECT {COLUMNS}, {} FROM staff_session JOIN staff ON staff.id = staff_session.staff_id WHERE token_hash = $1",
        staff::COLUMNS
    );
    let Some(row) = sql::one(connection, &query, vec![hash.into()]).await? else { return Ok(None) };
    Ok(Some((read(&row)?, staff::read(&row)?)))
}

/// The sessions of one person that still last, the one seen last first.
pub async fn of_staff<C: ConnectionTrait>(connection: &C, staff_id: &str, now_ms: i64) -> Result<Vec<Session>> {
    let query = format!("SELECT {COLUMNS} FROM staff_session WHERE staff_id = $1 ORDER BY last_seen_at DESC, id DESC");
    let rows = sql::all(connection, &query, vec![staff_id.into()]).await?;
    let sessions: Vec<Session> = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(sessions.into_iter().filter(|session| !session.is_over(now_ms)).collect())
}

/// Writes that the session was used now, and from where.
pub async fn touch<C: ConnectionTrait>(connection: &C, id: &str, request: &RequestFacts, now_ms: i64) -> Result<()> {
    let update =
        "UPDATE staff_session SET last_seen_at = $1, ip = $2, user_agent = $3 WHERE id = $4 AND last_seen_at < $1";
    let values =
        vec![now_ms.into(), request.ip.map(|ip| ip.to_string()).into(), request.user_agent.clone().into(), id.into()];
    sql::run(connection, update, values).await?;
    Ok(())
}

/// Gives the session a new token; the old one stops working. For every change of what the session may do.
pub async fn renew_token(transaction: &Transaction, id: &str) -> Result<Token> {
    let token = Token::fresh();
    sql::run(
        transaction,
        "UPDATE staff_session SET token_hash = $1 WHERE id = $2",
        vec![token.hash.clone().into(), id.into()],
    )
    .await?;
    Ok(token)
}

/// Ends one session of a person; false when they have none of this id.
pub async fn end(transaction: &Transaction, staff_id: &str, id: &str) -> Result<bool> {
    let delete = "DELETE FROM staff_session WHERE id = $1 AND staff_id = $2";
    Ok(sql::run(transaction, delete, vec![id.into(), staff_id.into()]).await? == 1)
}

/// Ends all sessions of a person and returns how many there were.
pub async fn end_all(transaction: &Transaction, staff_id: &str) -> Result<u64> {
    sql::run(transaction, "DELETE FROM staff_session WHERE staff_id = $1", vec![staff_id.into()]).await
}

/// Ends all sessions of a person but one.
pub async fn end_others(transaction: &Transaction, staff_id: &str, keep: &str) -> Result<u64> {
    sql::run(
        transaction,
        "DELETE FROM staff_session WHERE staff_id = $1 AND id <> $2",
        vec![staff_id.into(), keep.into()],
    )
    .await
}

fn read(row: &QueryResult) -> Result<Session> {
    Ok(Session {
        id: row.get("session_id")?,
        staff_id: row.get("staff_id")?,
        created_at: row.get("session_created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        idle_ms: row.get("idle_ms")?,
        expires_at: row.get("expires_at")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
    })
}
