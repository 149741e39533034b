//! Under which names a user is known, and what belongs to the user because of it.

use kabinet_events::Subject;
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, RecordError};

use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

/// A name a person is known under: kind is `user`, `anonymous`, `telegram` or `email`.
#[derive(Debug, Clone)]
pub struct Identity {
    pub kind: String,
    pub value: String,
    /// Since when the name leads to the user.
    pub since: i64,
}

/// Every id under which the product may send this user's records: the user's own, and those of users who were merged into it. 404 when there is no such user, with
/// `merged_into` when there was one.
pub async fn known_ids(workspace: &Workspace, user: &str) -> ApiResult<Vec<String>> {
    require(workspace.records.reader(), user).await?;
    let identities = identities(workspace.records.reader(), user).await?;
    let mut ids = vec![user.to_owned()];
    let merged = identities.into_iter().filter(|identity| identity.kind == "user" && identity.value != user);
    ids.extend(merged.map(|identity| identity.value));
    Ok(ids)
}

/// 404 unless there is such a user in the lists.
pub async fn require<C: ConnectionTrait>(connection: &C, user: &str) -> ApiResult<()> {
    let query = "SELECT merged_into FROM profile WHERE id = $1";
    let row = sql::one(connection, query, vec![user.into()]).await?.ok_or_else(|| Problem::not_found("user"))?;
    match row.get::<Option<String>>("merged_into")? {
        None => Ok(()),
        Some(into) => Err(merged(user, &into)),
    }
}

/// 404 for a user who became part of another one.
fn merged(user: &str, into: &str) -> Problem {
    let detail = format!("User {user} was merged into {into}.");
    Problem { code: "merged".into(), detail, ..Problem::not_found("user") }.with("merged_into", into)
}

/// All names that lead to the user, oldest first.
pub async fn identities<C: ConnectionTrait>(connection: &C, user: &str) -> Result<Vec<Identity>, RecordError> {
    let query = "SELECT kind, value, since FROM identity WHERE user_id = $1 ORDER BY since, kind, value";
    let rows = sql::all(connection, query, vec![user.into()]).await?;
    rows.iter()
        .map(|row| Ok(Identity { kind: row.get("kind")?, value: row.get("value")?, since: row.get("since")? }))
        .collect()
}

/// What the user's events were sent under.
pub fn subjects(user: &str, identities: &[Identity]) -> Vec<Subject> {
    let mut subjects = vec![Subject::user(user)];
    subjects.extend(moved_subjects(identities).into_iter().filter(|subject| *subject != Subject::user(user)));
    subjects
}

/// What events under these identities were sent under; only user ids and anonymous ids are sent with events.
pub fn moved_subjects(identities: &[Identity]) -> Vec<Subject> {
    identities
        .iter()
        .filter_map(|identity| match identity.kind.as_str() {
            "user" => Some(Subject::user(identity.value.as_str())),
            "anonymous" => Some(Subject::anonymous(identity.value.as_str())),
            _ => None,
        })
        .collect()
}
