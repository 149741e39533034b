use kabinet_records::sql::{self, Row};
use kabinet_records::{QueryResult, RecordError, Transaction};
use serde_json::json;
use uuid::Uuid;

use super::plan::{IdentityKind, Moves, Plan};
use crate::features::{audit, records};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::paging::{Page, PageQuery, damaged};
use crate::workspace::Workspace;

const COLUMNS: &str =
    "id, into_user, from_kind, from_value, moved, actor_id, actor_name, created_at, undone_at, undone_by";

/// A merge as it was done.
pub struct Merge {
    pub id: String,
    pub into: String,
    pub from_kind: String,
    pub from_value: String,
    pub moved: serde_json::Value,
    pub actor_id: String,
    pub actor_name: String,
    pub created_at: i64,
    pub undone_at: Option<i64>,
    pub undone_by: Option<String>,
}

/// Carries a plan out.
pub async fn execute(
    transaction: &Transaction,
    access: &Allowed<needs::IdentitiesMerge>,
    plan: &Plan,
    moves: &Moves,
) -> ApiResult<Merge> {
    let now = access.workspace.clock.now_ms();
    let merge = Merge {
        id: Uuid::now_v7().to_string(),
        into: plan.into.clone(),
        from_kind: plan.from.kind.as_str().to_owned(),
        from_value: plan.from.value.clone(),
        moved: json!(moves),
        actor_id: access.actor.id.clone(),
        actor_name: access.actor.name.clone(),
        created_at: now,
        undone_at: None,
        undone_by: None,
    };
    let insert = "INSERT INTO merge (id, into_user, from_kind, from_value, moved, actor_kind, actor_id, actor_name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = vec![
        merge.id.as_str().into(),
        merge.into.as_str().into(),
        merge.from_kind.as_str().into(),
        merge.from_value.as_str().into(),
        merge.moved.to_string().into(),
        access.actor.kind.as_str().into(),
        merge.actor_id.as_str().into(),
        merge.actor_name.as_str().into(),
        now.into(),
    ];
    sql::run(transaction, insert, values).await?;
    let mut touched = vec![plan.into.clone()];
    for identity in &plan.identities {
        let remember = "INSERT INTO merge_identity (merge_id, kind, value, previous_user, previous_merge, previous_since) VALUES ($1, $2, $3, $4, $5, $6)";
        let values = vec![
            merge.id.as_str().into(),
            identity.kind.as_str().into(),
            identity.value.as_str().into(),
            identity.previous_user.clone().into(),
            identity.previous_merge.clone().into(),
            identity.previous_since.into(),
        ];
        sql::run(transaction, remember, values).await?;
        let lead = "INSERT INTO identity (kind, value, user_id, since, merge_id) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (kind, value) DO UPDATE SET user_id = excluded.user_id, merge_id = excluded.merge_id";
        let values = vec![
            identity.kind.as_str().into(),
            identity.value.as_str().into(),
            plan.into.as_str().into(),
            identity.previous_since.unwrap_or(now).into(),
            merge.id.as_str().into(),
        ];
        sql::run(transaction, lead, values).await?;
        touched.extend(identity.previous_user.clone());
    }
    if plan.from.kind == IdentityKind::User {
        // Whoever was merged into the one who goes now belongs to the one who stays; their rows lead on through this one.
        let hide = "UPDATE profile SET merged_into = $1 WHERE id = $2";
        sql::run(transaction, hide, vec![plan.into.as_str().into(), plan.from.value.as_str().into()]).await?;
        leave_alerts(transaction, &plan.from.value, now).await?;
    }
    finish(transaction, access, "identity.merge", &merge, touched, now).await?;
    Ok(merge)
}

/// A user who is in no list is in no alert either.
async fn leave_alerts(transaction: &Transaction, user: &str, now: i64) -> Result<(), RecordError> {
    let leave = "UPDATE alert_entry SET left_at = $1 WHERE user_id = $2 AND left_at IS NULL";
    sql::run(transaction, leave, vec![now.into(), user.into()]).await?;
    Ok(())
}

/// Puts everything back to what it was before the merge. 409 while a later merge holds what this one moved.
pub async fn undo(access: &Allowed<needs::IdentitiesMerge>, id: &str) -> ApiResult<()> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let merge = find(&transaction, id).await?;
    if merge.undone_at.is_some() {
        return Ok(());
    }
    let query = "SELECT m.kind, m.value, m.previous_user, m.previous_merge, m.previous_since, i.merge_id AS current_merge
                 FROM merge_identity m LEFT JOIN identity i ON i.kind = m.kind AND i.value = m.value WHERE m.merge_id = $1";
    let rows = sql::all(&transaction, query, vec![id.into()]).await?;
    let mut touched = vec![merge.into.clone()];
    for row in &rows {
        if row.get::<Option<String>>("current_merge")?.as_deref() != Some(id) {
            return Err(Problem::conflict(
                "merged_again",
                "What this merge moved was moved again by a later one. Undo the later merge first.",
            ));
        }
    }
    for row in &rows {
        let (kind, value): (String, String) = (row.get("kind")?, row.get("value")?);
        let previous_user: Option<String> = row.get("previous_user")?;
        match &previous_user {
            None => {
                let forget = "DELETE FROM identity WHERE kind = $1 AND value = $2";
                sql::run(&transaction, forget, vec![kind.into(), value.into()]).await?;
            }
            Some(user) => {
                let restore = "UPDATE identity SET user_id = $1, merge_id = $2 WHERE kind = $3 AND value = $4";
                let previous_merge: Option<String> = row.get("previous_merge")?;
                let values = vec![user.as_str().into(), previous_merge.into(), kind.into(), value.into()];
                sql::run(&transaction, restore, values).await?;
            }
        }
        touched.extend(previous_user);
    }
    if merge.from_kind == IdentityKind::User.as_str() {
        let show = "UPDATE profile SET merged_into = NULL WHERE id = $1";
        sql::run(&transaction, show, vec![merge.from_value.as_str().into()]).await?;
        // Alerts the merge ended go on as if they had never ended; one that no longer holds ends at the next evaluation.
        let resume = "UPDATE alert_entry SET left_at = NULL WHERE user_id = $1 AND left_at = $2";
        sql::run(&transaction, resume, vec![merge.from_value.as_str().into(), merge.created_at.into()]).await?;
        touched.push(merge.from_value.clone());
    }
    let done = "UPDATE merge SET undone_at = $1, undone_by = $2 WHERE id = $3";
    sql::run(&transaction, done, vec![now.into(), access.actor.name.as_str().into(), id.into()]).await?;
    finish(&transaction, access, "identity.merge_undo", &merge, touched, now).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    access.workspace.records_changed.notify_one();
    Ok(())
}

/// Asks for the fields of everybody concerned, and writes the action down.
async fn finish(
    transaction: &Transaction,
    access: &Allowed<needs::IdentitiesMerge>,
    action: &str,
    merge: &Merge,
    mut touched: Vec<String>,
    now: i64,
) -> ApiResult<()> {
    touched.sort();
    touched.dedup();
    records::mark_for_computation(transaction, &touched).await?;
    let state = json!({"merge": merge.id, "into": merge.into, "from": {"kind": merge.from_kind, "value": merge.from_value}, "moves": merge.moved});
    let undoing = action == "identity.merge_undo";
    let entry = audit::Entry {
        action,
        entity_kind: "user",
        entity_id: &merge.into,
        before: if undoing { state.clone() } else { serde_json::Value::Null },
        after: if undoing { serde_json::Value::Null } else { state },
        reason: None,
    };
    Ok(audit::record(transaction, &access.actor, &access.request, now, entry).await?)
}

/// All merges, newest first; undone ones too.
pub async fn list(workspace: &Workspace, page: &PageQuery) -> ApiResult<Page<Merge>> {
    let limit = page.limit()?;
    let mut condition = "1 = 1".to_owned();
    let mut values = Vec::new();
    if let Some(position) = page.position("merges")? {
        let [at, id] = position.as_slice() else { return Err(damaged()) };
        condition = "(created_at, id) < ($1, $2)".to_owned();
        values.push(at.as_i64().ok_or_else(damaged)?.into());
        values.push(id.as_str().ok_or_else(damaged)?.into());
    }
    let query =
        format!("SELECT {COLUMNS} FROM merge WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT {}", limit + 1);
    let rows = sql::all(workspace.records.reader(), &query, values).await?;
    let merges = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(merges, limit, "merges", |merge| vec![merge.created_at.into(), merge.id.as_str().into()]))
}

async fn find(transaction: &Transaction, id: &str) -> ApiResult<Merge> {
    let query = format!("SELECT {COLUMNS} FROM merge WHERE id = $1");
    let row = sql::one(transaction, &query, vec![id.into()]).await?.ok_or_else(|| Problem::not_found("merge"))?;
    Ok(read(&row)?)
}

fn read(row: &QueryResult) -> Result<Merge, RecordError> {
    Ok(Merge {
        id: row.get("id")?,
        into: row.get("into_user")?,
        from_kind: row.get("from_kind")?,
        from_value: row.get("from_value")?,
        moved: row.json("moved")?,
        actor_id: row.get("actor_id")?,
        actor_name: row.get("actor_name")?,
        created_at: row.get("created_at")?,
        undone_at: row.get("undone_at")?,
        undone_by: row.get("undone_by")?,
    })
}
