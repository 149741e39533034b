use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Key, KeyKind, NewKey};
use super::store;
use crate::App;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

#[derive(Serialize, ToSchema)]
struct KeyView {
    id: String,
    name: String,
    kind: KeyKind,
    /// The first characters, to recognise it by.
    hint: String,
    #[schema(value_type = Vec<String>)]
    scopes: kabinet_model::role::PermissionSet,
    origins: Vec<String>,
    ip_allow_list: Vec<String>,
    created_by: Option<String>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    /// The key itself; only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct KeyList {
    data: Vec<KeyView>,
}

fn view(key: Key, text: Option<String>) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name,
        kind: key.kind,
        hint: key.hint,
        scopes: key.scopes,
        origins: key.origins,
        ip_allow_list: key.ip_allow_list.iter().map(ToString::to_string).collect(),
        created_by: key.created_by,
        created_at: time::rfc3339(key.created_at),
        expires_at: key.expires_at.map(time::rfc3339),
        last_used_at: key.last_used_at.map(time::rfc3339),
        revoked_at: key.revoked_at.map(time::rfc3339),
        key: text,
    }
}

/// All keys of the workspace, revoked ones too
#[utoipa::path(get, path = "/api/v1/{workspace}/keys", tag = "keys", params(("workspace" = String, Path)),
    responses((status = 200, body = KeyList)), security(("staff" = ["keys.manage"])))]
async fn list(State(app): State<App>, access: Allowed<needs::KeysManage>) -> ApiResult<Json<KeyList>> {
    let keys = store::list(&app, access.workspace.slug.as_str()).await?;
    Ok(Json(KeyList { data: keys.into_iter().map(|key| view(key, None)).collect() }))
}

/// Make a key; its text is in this answer only
#[utoipa::path(post, path = "/api/v1/{workspace}/keys", tag = "keys", params(("workspace" = String, Path)), request_body = NewKey,
    responses((status = 201, body = KeyView), (status = 422, body = Problem)), security(("staff" = ["keys.manage"])))]
async fn create(
    State(app): State<App>,
    access: Allowed<needs::KeysManage>,
    Json(new): Json<NewKey>,
) -> ApiResult<(StatusCode, Json<KeyView>)> {
    check(&new, &access)?;
    let (key, text) = store::create(&app, access.workspace.slug.as_str(), new, &access.actor, &access.request).await?;
    Ok((StatusCode::CREATED, Json(view(key, Some(text)))))
}

fn check(new: &NewKey, access: &Allowed<needs::KeysManage>) -> ApiResult<()> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: String, detail: String| errors.push(FieldError { pointer, detail, code: None });
    let length = new.name.trim().chars().count();
    if !(1..=100).contains(&length) {
        wrong("/name".into(), "Say in 1 to 100 characters what the key is used for.".into());
    }
    match new.kind {
        KeyKind::Write if !new.scopes.is_empty() => {
            wrong("/scopes".into(), "A write key only appends events; leave scopes empty.".into())
        }
        KeyKind::Secret if new.scopes.is_empty() => {
            wrong("/scopes".into(), "Choose at least one thing the key may do.".into())
        }
        _ => {}
    }
    for (index, scope) in new.scopes.iter().enumerate() {
        if !access.permissions.allows(*scope) {
            wrong(format!("/scopes/{index}"), format!("You cannot give {scope} because you do not have it."));
        }
    }
    for (index, origin) in new.origins.iter().enumerate() {
        let is_origin = origin
            .strip_prefix("https://")
            .or(origin.strip_prefix("http://"))
            .is_some_and(|host| !host.is_empty() && !host.contains('/'));
        if origin != "*" && !is_origin {
            wrong(format!("/origins/{index}"), "An origin looks like https://shop.example, without a path.".into());
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Revoke a key at once
#[utoipa::path(delete, path = "/api/v1/{workspace}/keys/{key}", tag = "keys", params(("workspace" = String, Path), ("key" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("staff" = ["keys.manage"])))]
async fn revoke(
    State(app): State<App>,
    access: Allowed<needs::KeysManage>,
    Path(path): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let (_, key) = path;
    store::revoke(&app, access.workspace.slug.as_str(), &key, &access.actor, &access.request).await?;
    Ok(StatusCode::NO_CONTENT)
}
