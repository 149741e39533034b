use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, View, ViewContent};
use crate::App;
use crate::features::users;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};
use crate::http::idempotency::{Attempt, Once};

const LONGEST_NAME: usize = 100;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, delete))
}

#[derive(Debug, Serialize, ToSchema)]
struct Owner {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ViewView {
    id: String,
    owner: Owner,
    name: String,
    filter: Option<String>,
    alert: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    /// Keys of the fields to show; null for the workspace's own choice.
    columns: Option<Vec<String>>,
    /// Whether all staff see it.
    shared: bool,
    /// Send it back with a change.
    version: i64,
}

impl From<View> for ViewView {
    fn from(view: View) -> ViewView {
        let content = view.content;
        ViewView {
            id: view.id,
            owner: Owner { id: view.owner_id, name: view.owner_name },
            name: content.name,
            filter: content.filter,
            alert: content.alert,
            q: content.q,
            sort: content.sort,
            columns: content.columns,
            shared: content.shared,
            version: view.version,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ViewList {
    data: Vec<ViewView>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ViewChange {
    name: Option<String>,
    /// Null takes the filter away; so with alert, q, sort and columns.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    filter: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    alert: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    q: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    sort: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    columns: Option<Option<Vec<String>>>,
    shared: Option<bool>,
    /// The version the change starts from.
    version: i64,
}

/// Tells a member that was sent as null from one that was not sent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// One's own views and the shared ones, by name
#[utoipa::path(get, path = "/api/v1/{workspace}/views", tag = "views", params(("workspace" = String, Path)),
    responses((status = 200, body = ViewList)), security(("staff" = ["users.read"])))]
async fn list(access: Allowed<needs::UsersRead>) -> ApiResult<Json<ViewList>> {
    let views = store::list(&access.workspace, &access.actor).await?;
    Ok(Json(ViewList { data: views.into_iter().map(ViewView::from).collect(), next_cursor: None }))
}

/// Save a view
#[utoipa::path(post, path = "/api/v1/{workspace}/views", tag = "views", params(("workspace" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ViewContent, responses((status = 201, body = ViewView), (status = 422, body = Problem)), security(("staff" = ["views.write"])))]
async fn create(access: Allowed<needs::ViewsWrite>, new: Once<ViewContent>) -> ApiResult<Response> {
    check(&access, &new.body)?;
    match new.retry.begin(&access.workspace, &access.actor).await? {
        Attempt::Answered(answer) => Ok(answer),
        Attempt::First(first) => {
            let view = store::create(&first.transaction, &access, new.body).await?;
            first.answer(StatusCode::CREATED, &ViewView::from(view)).await
        }
    }
}

/// Change a view; only its owner or a super admin may
#[utoipa::path(patch, path = "/api/v1/{workspace}/views/{view}", tag = "views", params(("workspace" = String, Path), ("view" = String, Path)), request_body = ViewChange,
    responses((status = 200, body = ViewView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("staff" = ["views.write"])))]
async fn change(
    access: Allowed<needs::ViewsWrite>,
    Path(path): Path<(String, String)>,
    Json(change): Json<ViewChange>,
) -> ApiResult<Json<ViewView>> {
    let before = store::find_own(&access, &path.1).await?;
    let version = change.version;
    let content = changed(before.content, change);
    check(&access, &content)?;
    let view = store::change(&access, &path.1, content, version, conflict).await?;
    Ok(Json(view.into()))
}

/// Delete a view; only its owner or a super admin may
#[utoipa::path(delete, path = "/api/v1/{workspace}/views/{view}", tag = "views", params(("workspace" = String, Path), ("view" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)), security(("staff" = ["views.write"])))]
async fn delete(access: Allowed<needs::ViewsWrite>, Path(path): Path<(String, String)>) -> ApiResult<StatusCode> {
    store::delete(&access, &path.1).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn conflict(current: View) -> Problem {
    let current = serde_json::json!(ViewView::from(current));
    Problem::conflict("conflict", "Somebody changed this view in the meantime; look at it and change it again.")
        .with("current", current)
}

fn changed(before: ViewContent, change: ViewChange) -> ViewContent {
    ViewContent {
        name: change.name.unwrap_or(before.name),
        filter: change.filter.unwrap_or(before.filter),
        alert: change.alert.unwrap_or(before.alert),
        q: change.q.unwrap_or(before.q),
        sort: change.sort.unwrap_or(before.sort),
        columns: change.columns.unwrap_or(before.columns),
        shared: change.shared.unwrap_or(before.shared),
    }
}

/// A view that could not be shown is not saved.
fn check(access: &Allowed<needs::ViewsWrite>, content: &ViewContent) -> ApiResult<()> {
    let length = content.name.trim().chars().count();
    if !(1..=LONGEST_NAME).contains(&length) || content.name.contains('\0') {
        let detail = format!("A view's name has 1 to {LONGEST_NAME} characters.");
        return Err(Problem::invalid_field("/name", detail));
    }
    let filter =
        users::UserFilter { filter: content.filter.clone(), alert: content.alert.clone(), q: content.q.clone() };
    users::check(&access.workspace, &filter, content.sort.as_deref(), content.columns.as_deref().unwrap_or_default())
}
