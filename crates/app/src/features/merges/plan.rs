//! What a merge would do; the preview shows it and the merge does it.

use kabinet_events::EventQueries;
use kabinet_model::record::RecordKind;
use kabinet_model::value::fold;
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{ConnectionTrait, RecordError, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::features::{records, users};
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

/// Which of the names a person can be known under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IdentityKind {
    User,
    Anonymous,
    Telegram,
    Email,
}

impl IdentityKind {
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityKind::User => "user",
            IdentityKind::Anonymous => "anonymous",
            IdentityKind::Telegram => "telegram",
            IdentityKind::Email => "email",
        }
    }
}

/// A name of a person.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityRef {
    pub kind: IdentityKind,
    pub value: String,
}

/// What is to become one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The user who stays.
    pub into: String,
    /// The name, or the whole user, that becomes part of it.
    pub from: IdentityRef,
}

/// An identity that will lead to the user who stays, and where it leads now.
#[derive(Debug, Clone)]
pub struct MovedIdentity {
    pub kind: String,
    pub value: String,
    pub previous_user: Option<String>,
    pub previous_merge: Option<String>,
    pub previous_since: Option<i64>,
}

/// A merge that passed all checks.
pub struct Plan {
    pub into: String,
    pub from: IdentityRef,
    pub identities: Vec<MovedIdentity>,
}

/// How much moves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Moves {
    pub events: u64,
    pub records: u64,
    pub identities: u64,
}

/// A field in which both users have a value, and different ones. The one of the user who stays is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conflict {
    field: &'static str,
    into: String,
    from: String,
    kept: String,
}

/// Checks a merge and finds the identities it moves.
pub async fn plan<C: ConnectionTrait>(connection: &C, request: MergeRequest) -> ApiResult<Plan> {
    let MergeRequest { into, mut from } = request;
    if from.value.trim().is_empty() || from.value.contains('\0') || into.contains('\0') {
        return Err(Problem::invalid_field("/from/value", "Name the identity."));
    }
    users::require(connection, &into).await.map_err(|problem| Problem::invalid_field("/into", problem.detail))?;
    if from.kind == IdentityKind::Email {
        from.value = fold(&from.value);
    }
    let identities = match from.kind {
        IdentityKind::User => of_user(connection, &into, &from.value).await?,
        _ => vec![single(connection, &into, &from).await?],
    };
    Ok(Plan { into, from, identities })
}

/// Everything that leads to the user who goes.
async fn of_user<C: ConnectionTrait>(connection: &C, into: &str, from: &str) -> ApiResult<Vec<MovedIdentity>> {
    if from == into {
        return Err(Problem::invalid_field("/from/value", "A user cannot be merged into itself."));
    }
    users::require(connection, from).await.map_err(|problem| Problem::invalid_field("/from/value", problem.detail))?;
    let query = "SELECT kind, value, user_id, merge_id, since FROM identity WHERE user_id = $1 ORDER BY kind, value";
    let rows = sql::all(connection, query, vec![from.into()]).await?;
    let mut identities = rows.iter().map(moved).collect::<Result<Vec<_>, _>>()?;
    if !identities.iter().any(|identity| identity.kind == "user" && identity.value == from) {
        identities.push(new_identity("user", from));
    }
    Ok(identities)
}

async fn single<C: ConnectionTrait>(connection: &C, into: &str, from: &IdentityRef) -> ApiResult<MovedIdentity> {
    let query = "SELECT kind, value, user_id, merge_id, since FROM identity WHERE kind = $1 AND value = $2";
    let row = sql::one(connection, query, vec![from.kind.as_str().into(), from.value.as_str().into()]).await?;
    let identity = match row {
        Some(row) => moved(&row)?,
        None => new_identity(from.kind.as_str(), &from.value),
    };
    if identity.previous_user.as_deref() == Some(into) {
        return Err(Problem::invalid_field("/from/value", "This identity leads to the user already."));
    }
    Ok(identity)
}

fn moved(row: &kabinet_records::QueryResult) -> Result<MovedIdentity, RecordError> {
    Ok(MovedIdentity {
        kind: row.get("kind")?,
        value: row.get("value")?,
        previous_user: row.get("user_id")?,
        previous_merge: row.get("merge_id")?,
        previous_since: row.get("since")?,
    })
}

fn new_identity(kind: &str, value: &str) -> MovedIdentity {
    MovedIdentity {
        kind: kind.into(),
        value: value.into(),
        previous_user: None,
        previous_merge: None,
        previous_since: None,
    }
}

impl Plan {
    /// The ids under which the product sends records that move.
    fn user_ids(&self) -> Vec<&str> {
        let users = self.identities.iter().filter(|identity| identity.kind == "user");
        users.map(|identity| identity.value.as_str()).collect()
    }

    /// Counts what moves.
    pub async fn moves<C: ConnectionTrait>(&self, connection: &C, workspace: &Workspace) -> ApiResult<Moves> {
        let identities: Vec<users::Identity> = self
            .identities
            .iter()
            .map(|identity| users::Identity { kind: identity.kind.clone(), value: identity.value.clone(), since: 0 })
            .collect();
        let subjects = users::moved_subjects(&identities);
        let summary = workspace.events.ask(move |store, _| store.person_summary(&subjects)).await?;
        let mut records_moved = 0;
        let ids = self.user_ids();
        if !ids.is_empty() {
            for kind in
                RecordKind::ALL.into_iter().filter(|kind| !matches!(kind, RecordKind::User | RecordKind::Account))
            {
                let query = format!(
                    "SELECT COUNT(*) AS n FROM {} WHERE user_id IN ({})",
                    records::table(kind),
                    placeholders(1, ids.len())
                );
                let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
                let row = sql::one(connection, &query, values).await?;
                let found: i64 = row.map(|row| row.get("n")).transpose()?.unwrap_or(0);
                records_moved += found.unsigned_abs();
            }
        }
        Ok(Moves {
            events: summary.map_or(0, |summary| summary.count),
            records: records_moved,
            identities: self.identities.len() as u64,
        })
    }

    /// Fields in which two users differ.
    pub async fn conflicts<C: ConnectionTrait>(&self, connection: &C) -> ApiResult<Vec<Conflict>> {
        if self.from.kind != IdentityKind::User {
            return Ok(Vec::new());
        }
        const COMPARED: [&str; 7] =
            ["name", "email", "phone", "telegram_id", "telegram_username", "locale", "account_id"];
        let query = format!("SELECT {} FROM profile WHERE id = $1", COMPARED.join(", "));
        let into = sql::one(connection, &query, vec![self.into.as_str().into()]).await?;
        let from = sql::one(connection, &query, vec![self.from.value.as_str().into()]).await?;
        let (Some(into), Some(from)) = (into, from) else { return Ok(Vec::new()) };
        let mut conflicts = Vec::new();
        for field in COMPARED {
            let pair: (Option<String>, Option<String>) = (into.get(field)?, from.get(field)?);
            if let (Some(into), Some(from)) = pair
                && into != from
            {
                conflicts.push(Conflict { field, kept: into.clone(), into, from });
            }
        }
        Ok(conflicts)
    }
}
