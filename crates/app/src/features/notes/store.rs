use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{QueryResult, RecordError, Transaction, Value};
use serde_json::json;
use uuid::Uuid;

use crate::features::audit;
use crate::http::access::{Actor, Allowed, RequestFacts, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::paging::{Page, PageQuery, damaged};
use crate::workspace::Workspace;

const COLUMNS: &str =
    "id, user_id, author_kind, author_id, author_name, text, created_at, edited_at, deleted_at, version";

pub struct Note {
    pub id: String,
    pub user_id: String,
    pub author_kind: String,
    pub author_id: String,
    pub author_name: String,
    pub text: String,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub version: i64,
}

impl Note {
    fn is_by(&self, actor: &Actor) -> bool {
        self.author_kind == actor.kind.as_str() && self.author_id == actor.id
    }

    fn for_audit(&self) -> serde_json::Value {
        json!({"user": self.user_id, "author": self.author_name, "text": self.text, "deleted": self.deleted_at.is_some(), "version": self.version})
    }
}

/// A note of a user who is known under these ids.
pub struct Target<'a> {
    pub ids: &'a [String],
    pub note: &'a str,
}

pub async fn list(workspace: &Workspace, user: &str, ids: &[String], page: &PageQuery) -> ApiResult<Page<Note>> {
    let limit = page.limit()?;
    let list = format!("notes {user}");
    let mut values: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
    let mut condition = format!("user_id IN ({}) AND deleted_at IS NULL", placeholders(1, ids.len()));
    if let Some(position) = page.position(&list)? {
        let [created_at, id] = position.as_slice() else { return Err(damaged()) };
        let next = values.len() + 1;
        condition.push_str(&format!(" AND (created_at, id) < (${next}, ${})", next + 1));
        values.push(created_at.as_i64().ok_or_else(damaged)?.into());
        values.push(id.as_str().ok_or_else(damaged)?.into());
    }
    let query =
        format!("SELECT {COLUMNS} FROM note WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT {}", limit + 1);
    let rows = sql::all(workspace.records.reader(), &query, values).await?;
    let notes = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(notes, limit, &list, |note| vec![note.created_at.into(), note.id.as_str().into()]))
}

pub async fn create(
    transaction: &Transaction,
    user: &str,
    text: String,
    actor: &Actor,
    request: &RequestFacts,
    now: i64,
) -> ApiResult<Note> {
    let note = Note {
        id: Uuid::now_v7().to_string(),
        user_id: user.to_owned(),
        author_kind: actor.kind.as_str().to_owned(),
        author_id: actor.id.clone(),
        author_name: actor.name.clone(),
        text,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        version: 1,
    };
    let insert = format!("INSERT INTO note ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8)");
    let values = vec![
        note.id.as_str().into(),
        note.user_id.as_str().into(),
        note.author_kind.as_str().into(),
        note.author_id.as_str().into(),
        note.author_name.as_str().into(),
        note.text.as_str().into(),
        now.into(),
        note.version.into(),
    ];
    sql::run(transaction, &insert, values).await?;
    let entry = audit::Entry {
        action: "note.create",
        entity_kind: "note",
        entity_id: &note.id,
        before: serde_json::Value::Null,
        after: note.for_audit(),
        reason: None,
    };
    audit::record(transaction, actor, request, now, entry).await?;
    Ok(note)
}

pub async fn edit(
    access: &Allowed<needs::NotesWrite>,
    target: Target<'_>,
    text: String,
    version: i64,
    conflict: impl FnOnce(Note) -> Problem,
) -> ApiResult<Note> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let before = find_own(&transaction, access, &target).await?;
    if before.deleted_at.is_some() {
        return Err(Problem::not_found("note"));
    }
    if before.version != version {
        return Err(conflict(before));
    }
    let update = "UPDATE note SET text = $1, edited_at = $2, version = version + 1 WHERE id = $3";
    sql::run(&transaction, update, vec![text.into(), now.into(), target.note.into()]).await?;
    finish(transaction, access, "note.edit", before, now).await
}

pub async fn delete(access: &Allowed<needs::NotesWrite>, target: Target<'_>) -> ApiResult<()> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let before = find_own(&transaction, access, &target).await?;
    if before.deleted_at.is_some() {
        return Ok(());
    }
    let update = "UPDATE note SET deleted_at = $1, version = version + 1 WHERE id = $2";
    sql::run(&transaction, update, vec![now.into(), target.note.into()]).await?;
    finish(transaction, access, "note.delete", before, now).await?;
    Ok(())
}

pub async fn restore(access: &Allowed<needs::NotesWrite>, target: Target<'_>) -> ApiResult<Note> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let before = find_own(&transaction, access, &target).await?;
    if before.deleted_at.is_none() {
        return Ok(before);
    }
    let update = "UPDATE note SET deleted_at = NULL, version = version + 1 WHERE id = $1";
    sql::run(&transaction, update, vec![target.note.into()]).await?;
    finish(transaction, access, "note.restore", before, now).await
}

/// The note, deleted or not, if the caller may change it.
async fn find_own(
    transaction: &Transaction,
    access: &Allowed<needs::NotesWrite>,
    target: &Target<'_>,
) -> ApiResult<Note> {
    let note = find(transaction, target).await?;
    if note.is_by(&access.actor) || access.is_super_admin() {
        return Ok(note);
    }
    Err(Problem::forbidden(format!("Only {} or a super admin can change this note.", note.author_name)))
}

async fn find(transaction: &Transaction, target: &Target<'_>) -> ApiResult<Note> {
    let owners = placeholders(2, target.ids.len());
    let query = format!("SELECT {COLUMNS} FROM note WHERE id = $1 AND user_id IN ({owners})");
    let mut values: Vec<Value> = vec![target.note.into()];
    values.extend(target.ids.iter().map(|id| Value::from(id.as_str())));
    let row = sql::one(transaction, &query, values).await?.ok_or_else(|| Problem::not_found("note"))?;
    Ok(read(&row)?)
}

/// Records what was done to the note, commits, and returns the note as it is now.
async fn finish(
    transaction: Transaction,
    access: &Allowed<needs::NotesWrite>,
    action: &str,
    before: Note,
    now: i64,
) -> ApiResult<Note> {
    let after = find(&transaction, &Target { ids: std::slice::from_ref(&before.user_id), note: &before.id }).await?;
    let entry = audit::Entry {
        action,
        entity_kind: "note",
        entity_id: &after.id,
        before: before.for_audit(),
        after: after.for_audit(),
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(after)
}

fn read(row: &QueryResult) -> Result<Note, RecordError> {
    Ok(Note {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        author_kind: row.get("author_kind")?,
        author_id: row.get("author_id")?,
        author_name: row.get("author_name")?,
        text: row.get("text")?,
        created_at: row.get("created_at")?,
        edited_at: row.get("edited_at")?,
        deleted_at: row.get("deleted_at")?,
        version: row.get("version")?,
    })
}
