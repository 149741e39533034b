use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::plan::{self, Conflict, IdentityKind, IdentityRef, MergeRequest, Moves};
use super::store::{self, Merge};
use crate::App;
use crate::features::users::{self, UserRow};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path, Query};
use crate::http::idempotency::{Attempt, Once};
use crate::http::paging::{Page, PageQuery};
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview)).routes(routes!(list, create)).routes(routes!(undo))
}

#[derive(Debug, Serialize, ToSchema)]
struct MergePreview {
    into: UserRow,
    from: FromView,
    moves: Moves,
    conflicts: Vec<Conflict>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FromView {
    kind: IdentityKind,
    value: String,
    /// The user who would become part of the other one.
    user: Option<UserRow>,
    /// Where the identity leads now.
    belongs_to: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MergedBy {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct MergeView {
    id: String,
    /// The user who stayed.
    into: String,
    from: FromName,
    /// How many events, records and identities moved.
    #[schema(value_type = Moves)]
    moves: serde_json::Value,
    by: MergedBy,
    merged_at: String,
    reversed_at: Option<String>,
    reversed_by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FromName {
    kind: String,
    value: String,
}

impl From<Merge> for MergeView {
    fn from(merge: Merge) -> MergeView {
        MergeView {
            id: merge.id,
            into: merge.into,
            from: FromName { kind: merge.from_kind, value: merge.from_value },
            moves: merge.moved,
            by: MergedBy { id: merge.actor_id, name: merge.actor_name },
            merged_at: time::rfc3339(merge.created_at),
            reversed_at: merge.undone_at.map(time::rfc3339),
            reversed_by: merge.undone_by,
        }
    }
}

/// What a merge would do, without doing it
#[utoipa::path(post, path = "/api/v1/{workspace}/merges/preview", tag = "merges", params(("workspace" = String, Path)), request_body = MergeRequest,
    responses((status = 200, body = MergePreview), (status = 422, body = Problem)), security(("staff" = ["identities.merge"])))]
async fn preview(
    access: Allowed<needs::IdentitiesMerge>,
    Json(request): Json<MergeRequest>,
) -> ApiResult<Json<MergePreview>> {
    let workspace = &access.workspace;
    let reader = workspace.records.reader();
    let plan = plan::plan(reader, request).await?;
    let IdentityRef { kind, value } = plan.from.clone();
    let user = match kind {
        IdentityKind::User => Some(users::row(workspace, &value).await?),
        _ => None,
    };
    let belongs_to = plan.identities.first().and_then(|identity| identity.previous_user.clone());
    Ok(Json(MergePreview {
        into: users::row(workspace, &plan.into).await?,
        from: FromView { kind, value, user, belongs_to },
        moves: plan.moves(reader, workspace).await?,
        conflicts: plan.conflicts(reader).await?,
    }))
}

/// Merge an identity or a user into a user
#[utoipa::path(post, path = "/api/v1/{workspace}/merges", tag = "merges", params(("workspace" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = MergeRequest, responses((status = 201, body = MergeView), (status = 422, body = Problem)), security(("staff" = ["identities.merge"])))]
async fn create(access: Allowed<needs::IdentitiesMerge>, request: Once<MergeRequest>) -> ApiResult<Response> {
    let workspace = &access.workspace;
    match request.retry.begin(workspace, &access.actor).await? {
        Attempt::Answered(answer) => Ok(answer),
        Attempt::First(first) => {
            let plan = plan::plan(&first.transaction, request.body).await?;
            let moves = plan.moves(&first.transaction, workspace).await?;
            let merge = store::execute(&first.transaction, &access, &plan, &moves).await?;
            let answer = first.answer(StatusCode::CREATED, &MergeView::from(merge)).await?;
            workspace.records_changed.notify_one();
            Ok(answer)
        }
    }
}

/// All merges, newest first; undone ones too
#[utoipa::path(get, path = "/api/v1/{workspace}/merges", tag = "merges", params(("workspace" = String, Path), PageQuery),
    responses((status = 200, body = Page<MergeView>)), security(("staff" = ["identities.merge"])))]
async fn list(
    access: Allowed<needs::IdentitiesMerge>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<MergeView>>> {
    Ok(Json(store::list(&access.workspace, &page).await?.map(MergeView::from)))
}

/// Undo a merge; undoing it twice changes nothing
#[utoipa::path(delete, path = "/api/v1/{workspace}/merges/{merge}", tag = "merges", params(("workspace" = String, Path), ("merge" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)), security(("staff" = ["identities.merge"])))]
async fn undo(access: Allowed<needs::IdentitiesMerge>, Path(path): Path<(String, String)>) -> ApiResult<StatusCode> {
    store::undo(&access, &path.1).await?;
    Ok(StatusCode::NO_CONTENT)
}
