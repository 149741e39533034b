use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kabinet_model::role::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::search::{self, Filter, Found};
use super::verify::{self, ChainVerdict};
use super::{Chain, INSTANCE, export};
use crate::App;
use crate::http::access::{Allowed, AllowedInstance, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Query};
use crate::http::paging::{Page, PageQuery};
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_of_instance))
        .routes(routes!(verify_instance))
        .routes(routes!(list))
        .routes(routes!(verification))
}

/// `format` and `count` of the list.
#[derive(Deserialize, IntoParams)]
struct Form {
    /// `csv`: all entries that match, streamed; needs `audit.export`.
    format: Option<String>,
    /// `exact` adds `total`.
    count: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ActorView {
    id: String,
    name: String,
    /// `staff`, `key`, `cli` or `system`.
    kind: String,
}

#[derive(Serialize, ToSchema)]
struct EntityView {
    kind: String,
    id: String,
}

/// Who did what to what, when and from where.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    seq: i64,
    at: String,
    actor: ActorView,
    action: String,
    entity: EntityView,
    before: Value,
    after: Value,
    reason: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    /// Its link of the chain.
    hash: String,
}

fn view(found: Found) -> AuditEntry {
    let entry = found.entry;
    // What cannot be read as JSON was altered; it is shown as it stands.
    let state = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    AuditEntry {
        seq: entry.seq,
        at: time::rfc3339(entry.at),
        actor: ActorView { id: entry.actor_id, name: entry.actor_name, kind: entry.actor_kind },
        action: entry.action,
        entity: EntityView { kind: entry.entity_kind, id: entry.entity_id },
        before: state(entry.before),
        after: state(entry.after),
        reason: entry.reason,
        ip: entry.ip,
        user_agent: entry.user_agent,
        hash: found.hash,
    }
}

fn wants_csv(form: &Form, headers: &HeaderMap) -> ApiResult<bool> {
    match form.format.as_deref() {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(other) => Err(Problem::malformed(format!("format can be csv, not {other:?}."))),
        None => Ok(headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"))),
    }
}

async fn page(chain: &Chain, filter: &Filter, form: &Form, paging: &PageQuery) -> ApiResult<Json<Page<AuditEntry>>> {
    let (limit, name) = (paging.limit()?, filter.list(&chain.name));
    let below = paging.position(&name)?.and_then(|position| position.first()?.as_i64());
    let condition = filter.condition()?;
    let found = search::newest(&chain.database, &condition, below, limit + 1).await?;
    let entries = found.into_iter().map(view).collect();
    let mut page = Page::cut(entries, limit, &name, |entry| vec![entry.seq.into()]);
    if form.count.as_deref() == Some("exact") {
        page.total = u64::try_from(search::count(&chain.database, &condition).await?).ok();
    }
    Ok(Json(page))
}

fn instance(app: &App) -> Chain {
    Chain { name: INSTANCE.into(), database: app.control.clone() }
}

fn of_workspace<P: crate::http::access::Needs>(access: &Allowed<P>) -> Chain {
    Chain { name: access.workspace.slug.to_string(), database: access.workspace.records.clone() }
}

/// What was done for the whole instance: sign-ins, staff, keys, workspaces
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Filter, Form, PageQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 403, body = Problem)), security(("staff" = ["audit.read"])))]
async fn list_of_instance(
    State(app): State<App>,
    access: AllowedInstance<needs::AuditRead>,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
    Query(form): Query<Form>,
    Query(paging): Query<PageQuery>,
) -> ApiResult<Response> {
    access.require_everywhere()?;
    if wants_csv(&form, &headers)? {
        if !access.permissions.allows(Permission::AuditExport) {
            return Err(Problem::forbidden(
                "This needs the permission audit.export. A super admin can grant it under Settings → Staff.",
            ));
        }
        return Ok(export::csv(app.control.clone(), filter.condition()?, INSTANCE));
    }
    Ok(page(&instance(&app), &filter, &form, &paging).await?.into_response())
}

/// Check the instance's audit log from its first entry to its last
#[utoipa::path(get, path = "/api/v1/audit/verification", tag = "audit", responses((status = 200, body = ChainVerdict)), security(("staff" = ["audit.read"])))]
async fn verify_instance(
    State(app): State<App>,
    access: AllowedInstance<needs::AuditRead>,
) -> ApiResult<Json<ChainVerdict>> {
    access.require_everywhere()?;
    verify::verify(&app, &instance(&app)).await.map(Json).map_err(Problem::internal)
}

/// What was done in the workspace
#[utoipa::path(get, path = "/api/v1/{workspace}/audit", tag = "audit", params(("workspace" = String, Path), Filter, Form, PageQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 403, body = Problem)), security(("staff" = ["audit.read"])))]
async fn list(
    access: Allowed<needs::AuditRead>,
    headers: HeaderMap,
    Query(filter): Query<Filter>,
    Query(form): Query<Form>,
    Query(paging): Query<PageQuery>,
) -> ApiResult<Response> {
    if wants_csv(&form, &headers)? {
        access.also_needs(Permission::AuditExport)?;
        return Ok(export::csv(access.workspace.records.clone(), filter.condition()?, access.workspace.slug.as_str()));
    }
    Ok(page(&of_workspace(&access), &filter, &form, &paging).await?.into_response())
}

/// Check the workspace's audit log from its first entry to its last
#[utoipa::path(get, path = "/api/v1/{workspace}/audit/verification", tag = "audit", params(("workspace" = String, Path)),
    responses((status = 200, body = ChainVerdict)), security(("staff" = ["audit.read"])))]
async fn verification(State(app): State<App>, access: Allowed<needs::AuditRead>) -> ApiResult<Json<ChainVerdict>> {
    verify::verify(&app, &of_workspace(&access)).await.map(Json).map_err(Problem::internal)
}
