use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Note};
use crate::App;
use crate::features::users;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path, Query};
use crate::http::idempotency::{Attempt, Once};
use crate::http::paging::{Page, PageQuery};
use crate::http::time;

const LONGEST_TEXT: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(edit, delete)).routes(routes!(restore))
}

/// Whoever wrote it: a staff member, or a key of the product's own back end.
#[derive(Debug, Serialize, ToSchema)]
struct Author {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct NoteView {
    id: String,
    author: Author,
    text: String,
    created_at: String,
    edited_at: Option<String>,
    /// Send it back with an edit.
    version: i64,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> NoteView {
        NoteView {
            id: note.id,
            author: Author { id: note.author_id, name: note.author_name },
            text: note.text,
            created_at: time::rfc3339(note.created_at),
            edited_at: note.edited_at.map(time::rfc3339),
            version: note.version,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    /// 1 to 10,000 characters.
    text: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteEdit {
    /// 1 to 10,000 characters.
    text: String,
    /// The version the edit starts from.
    version: i64,
}

/// Notes about a user, newest first
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/notes", tag = "notes", params(("workspace" = String, Path), ("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<NoteView>), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
async fn list(
    access: Allowed<needs::UsersRead>,
    Path(path): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<NoteView>>> {
    let (_, user) = path;
    let ids = users::known_ids(&access.workspace, &user).await?;
    let page = store::list(&access.workspace, &user, &ids, &page).await?;
    Ok(Json(page.map(NoteView::from)))
}

/// Write a note about a user
#[utoipa::path(post, path = "/api/v1/{workspace}/users/{id}/notes", tag = "notes", params(("workspace" = String, Path), ("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), request_body = NewNote,
    responses((status = 201, body = NoteView), (status = 404, body = Problem), (status = 422, body = Problem)), security(("staff" = ["notes.write"])))]
async fn create(
    access: Allowed<needs::NotesWrite>,
    Path(path): Path<(String, String)>,
    new: Once<NewNote>,
) -> ApiResult<Response> {
    let (_, user) = path;
    check_text(&new.body.text)?;
    users::known_ids(&access.workspace, &user).await?;
    match new.retry.begin(&access.workspace, &access.actor).await? {
        Attempt::Answered(answer) => Ok(answer),
        Attempt::First(first) => {
            let now = access.workspace.clock.now_ms();
            let note =
                store::create(&first.transaction, &user, new.body.text, &access.actor, &access.request, now).await?;
            first.answer(StatusCode::CREATED, &NoteView::from(note)).await
        }
    }
}

/// Edit a note; only its author or a super admin may
#[utoipa::path(patch, path = "/api/v1/{workspace}/users/{id}/notes/{note}", tag = "notes",
    params(("workspace" = String, Path), ("id" = String, Path), ("note" = String, Path)), request_body = NoteEdit,
    responses((status = 200, body = NoteView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("staff" = ["notes.write"])))]
async fn edit(
    access: Allowed<needs::NotesWrite>,
    Path(path): Path<(String, String, String)>,
    Json(edit): Json<NoteEdit>,
) -> ApiResult<Json<NoteView>> {
    let (_, user, note) = path;
    check_text(&edit.text)?;
    let ids = users::known_ids(&access.workspace, &user).await?;
    let target = store::Target { ids: &ids, note: &note };
    let note = store::edit(&access, target, edit.text, edit.version, conflict).await?;
    Ok(Json(note.into()))
}

/// Delete a note; only its author or a super admin may
#[utoipa::path(delete, path = "/api/v1/{workspace}/users/{id}/notes/{note}", tag = "notes",
    params(("workspace" = String, Path), ("id" = String, Path), ("note" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)), security(("staff" = ["notes.write"])))]
async fn delete(
    access: Allowed<needs::NotesWrite>,
    Path(path): Path<(String, String, String)>,
) -> ApiResult<StatusCode> {
    let (_, user, note) = path;
    let ids = users::known_ids(&access.workspace, &user).await?;
    store::delete(&access, store::Target { ids: &ids, note: &note }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undo the deletion of a note; undoing it twice changes nothing
#[utoipa::path(post, path = "/api/v1/{workspace}/users/{id}/notes/{note}/restoration", tag = "notes",
    params(("workspace" = String, Path), ("id" = String, Path), ("note" = String, Path)),
    responses((status = 200, body = NoteView), (status = 403, body = Problem), (status = 404, body = Problem)), security(("staff" = ["notes.write"])))]
async fn restore(
    access: Allowed<needs::NotesWrite>,
    Path(path): Path<(String, String, String)>,
) -> ApiResult<Json<NoteView>> {
    let (_, user, note) = path;
    let ids = users::known_ids(&access.workspace, &user).await?;
    let note = store::restore(&access, store::Target { ids: &ids, note: &note }).await?;
    Ok(Json(note.into()))
}

fn conflict(current: Note) -> Problem {
    let current = serde_json::json!(NoteView::from(current));
    Problem::conflict("conflict", "Somebody edited this note in the meantime; look at it and edit it again.")
        .with("current", current)
}

fn check_text(text: &str) -> ApiResult<()> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST_TEXT {
        let detail = format!("A note has 1 to {LONGEST_TEXT} characters; this one has {length}.");
        return Err(Problem::invalid_field("/text", detail));
    }
    if text.contains('\0') {
        return Err(Problem::invalid_field("/text", "A note cannot hold the character U+0000."));
    }
    Ok(())
}
