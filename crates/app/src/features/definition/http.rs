use axum::extract::State;
use kabinet_model::definition::Definition;
use kabinet_records::profile::Plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Version};
use crate::App;
use crate::features::workspaces::view::{self, AlertView, FieldView, LabelView};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(check))
        .routes(routes!(plan))
        .routes(routes!(apply))
        .routes(routes!(rollback))
}

#[derive(Serialize, ToSchema)]
struct DefinitionView {
    slug: String,
    /// 0 while no definition was applied.
    version: i64,
    text: String,
    applied_at: Option<String>,
    applied_by: Option<String>,
    parsed: DefinitionSummary,
    /// Newest first.
    versions: Vec<VersionView>,
}

/// What a definition says, in short.
#[derive(Serialize, ToSchema)]
struct DefinitionSummary {
    time_zone: String,
    currency: String,
    modules: Vec<String>,
    fields: Vec<FieldView>,
    alerts: Vec<AlertView>,
    events: Vec<DocumentedEvent>,
}

/// An event the product says it sends.
#[derive(Serialize, ToSchema)]
struct DocumentedEvent {
    name: String,
    label: LabelView,
    /// Properties by name, with their types.
    #[schema(value_type = Object)]
    properties: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
struct VersionView {
    version: i64,
    applied_at: String,
    by: String,
    summary: String,
    active: bool,
    rolled_back_at: Option<String>,
    statements: Vec<String>,
    rollback: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DefinitionText {
    /// The definition file.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApplyDefinition {
    /// The definition file.
    text: String,
    /// The hash of the plan that was looked at.
    plan_hash: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RollBack {
    /// The version in force, which is to be taken back.
    version: i64,
}

#[derive(Serialize, ToSchema)]
struct PlanView {
    changes: Vec<ChangeView>,
    /// The exact SQL, in order.
    statements: Vec<String>,
    /// The SQL that undoes it, in order.
    rollback: Vec<String>,
    refused: Vec<RefusalView>,
    plan_hash: String,
}

#[derive(Serialize, ToSchema)]
struct ChangeView {
    /// `add_field`, `show_field` or `hide_field`.
    what: &'static str,
    field: String,
}

#[derive(Serialize, ToSchema)]
struct RefusalView {
    what: String,
    why: String,
}

fn summary(definition: &Definition) -> DefinitionSummary {
    DefinitionSummary {
        time_zone: definition.time_zone.name().to_owned(),
        currency: definition.currency.to_string(),
        modules: definition
            .modules
            .iter()
            .filter_map(|module| serde_json::to_value(module).ok()?.as_str().map(str::to_owned))
            .collect(),
        fields: view::fields(definition),
        alerts: definition.alerts.iter().map(view::alert).collect(),
        events: definition
            .events
            .iter()
            .map(|event| DocumentedEvent {
                name: event.name.clone(),
                label: (&event.label).into(),
                properties: serde_json::json!(event.properties),
            })
            .collect(),
    }
}

fn plan_view(text: &str, plan: Plan) -> PlanView {
    PlanView {
        plan_hash: store::plan_hash(text, &plan),
        changes: plan.changes.into_iter().map(|change| ChangeView { what: change.what, field: change.field }).collect(),
        statements: plan.statements,
        rollback: plan.rollback,
        refused: plan.refused.into_iter().map(|refusal| RefusalView { what: refusal.what, why: refusal.why }).collect(),
    }
}

fn version_view(version: Version) -> VersionView {
    VersionView {
        version: version.version,
        applied_at: time::rfc3339(version.applied_at),
        by: version.applied_by,
        summary: version.summary,
        active: version.active,
        rolled_back_at: version.rolled_back_at.map(time::rfc3339),
        statements: version.statements,
        rollback: version.rollback,
    }
}

/// The definition in force and the versions before it
#[utoipa::path(get, path = "/api/v1/{workspace}/definition", tag = "definition", params(("workspace" = String, Path)),
    responses((status = 200, body = DefinitionView)), security(("staff" = ["definition.read"])))]
async fn show(access: Allowed<needs::DefinitionRead>) -> ApiResult<Json<DefinitionView>> {
    let workspace = &access.workspace;
    let applied = workspace.definition.load();
    let versions = store::versions(&workspace.records).await?;
    let current = versions.iter().find(|version| version.version == applied.version);
    Ok(Json(DefinitionView {
        slug: workspace.slug.to_string(),
        version: applied.version,
        text: current.map(|version| version.text.clone()).unwrap_or_default(),
        applied_at: current.map(|version| time::rfc3339(version.applied_at)),
        applied_by: current.map(|version| version.applied_by.clone()),
        parsed: summary(&applied.definition),
        versions: versions.into_iter().map(version_view).collect(),
    }))
}

/// Check a definition without planning it
#[utoipa::path(post, path = "/api/v1/{workspace}/definition/check", tag = "definition", params(("workspace" = String, Path)), request_body = DefinitionText,
    responses((status = 200, body = DefinitionSummary), (status = 422, body = Problem)), security(("staff" = ["definition.read"])))]
async fn check(
    access: Allowed<needs::DefinitionRead>,
    Json(body): Json<DefinitionText>,
) -> ApiResult<Json<DefinitionSummary>> {
    let (definition, _) = store::plan(&access.workspace.records, &access.workspace.slug, &body.text).await?;
    Ok(Json(summary(&definition)))
}

/// What applying a definition would do, as exact SQL
#[utoipa::path(post, path = "/api/v1/{workspace}/definition/plan", tag = "definition", params(("workspace" = String, Path)), request_body = DefinitionText,
    responses((status = 200, body = PlanView), (status = 422, body = Problem)), security(("staff" = ["definition.read"])))]
async fn plan(access: Allowed<needs::DefinitionRead>, Json(body): Json<DefinitionText>) -> ApiResult<Json<PlanView>> {
    let (_, plan) = store::plan(&access.workspace.records, &access.workspace.slug, &body.text).await?;
    Ok(Json(plan_view(&body.text, plan)))
}

/// Apply a definition as it was planned
#[utoipa::path(post, path = "/api/v1/{workspace}/definition/apply", tag = "definition", params(("workspace" = String, Path)), request_body = ApplyDefinition,
    responses((status = 200, body = VersionView), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = ["definition.write"])))]
async fn apply(
    State(app): State<App>,
    access: Allowed<needs::DefinitionWrite>,
    Json(body): Json<ApplyDefinition>,
) -> ApiResult<Json<VersionView>> {
    let workspace = &access.workspace;
    let now = app.clock.now_ms();
    let version = store::apply(
        &workspace.records,
        &workspace.slug,
        &body.text,
        Some(&body.plan_hash),
        &access.actor,
        &access.request,
        now,
    )
    .await?;
    take_up(&access).await?;
    Ok(Json(version_view(version)))
}

/// Take back the version in force
#[utoipa::path(post, path = "/api/v1/{workspace}/definition/rollback", tag = "definition", params(("workspace" = String, Path)), request_body = RollBack,
    responses((status = 204), (status = 409, body = Problem)), security(("staff" = ["definition.write"])))]
async fn rollback(
    State(app): State<App>,
    access: Allowed<needs::DefinitionWrite>,
    Json(body): Json<RollBack>,
) -> ApiResult<axum::http::StatusCode> {
    store::rollback(&access.workspace.records, body.version, &access.actor, &access.request, app.clock.now_ms())
        .await?;
    take_up(&access).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

async fn take_up(access: &Allowed<needs::DefinitionWrite>) -> ApiResult<()> {
    store::reload(&access.workspace).await.map_err(Problem::internal)?;
    access.workspace.records_changed.notify_one();
    Ok(())
}
