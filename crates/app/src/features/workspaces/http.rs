use axum::extract::State;
use kabinet_model::label::Label;
use kabinet_model::period::Zone;
use kabinet_records::RecordError;
use kabinet_records::sql;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{self, AlertView, DetailBlockView, FieldView, LabelView};
use crate::App;
use crate::features::{audit, definition};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::http::extract::Json;
use crate::workspace::Workspace;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(settings, change_settings))
}

#[derive(Serialize, ToSchema)]
struct WorkspaceView {
    slug: String,
    name: LabelView,
    /// IANA name; days are counted in it.
    time_zone: String,
    currency: String,
    modules: Vec<String>,
    /// Core fields first, then the definition's own.
    fields: Vec<FieldView>,
    /// The keys of the fields the users table shows at first.
    columns: Vec<String>,
    alerts: Vec<AlertView>,
    detail_blocks: Vec<DetailBlockView>,
    /// What the records door takes.
    record_kinds: Vec<String>,
}

/// The workspace as its definition describes it
#[utoipa::path(get, path = "/api/v1/{workspace}", tag = "workspace", params(("workspace" = String, Path)),
    responses((status = 200, body = WorkspaceView)), security(("staff" = ["users.read"])))]
async fn show(access: Allowed<needs::UsersRead>) -> ApiResult<Json<WorkspaceView>> {
    let applied = access.workspace.definition.load();
    let definition = &applied.definition;
    Ok(Json(WorkspaceView {
        slug: definition.slug.to_string(),
        name: (&definition.name).into(),
        time_zone: definition.time_zone.name().to_owned(),
        currency: definition.currency.to_string(),
        modules: definition
            .modules
            .iter()
            .filter_map(|module| serde_json::to_value(module).ok()?.as_str().map(str::to_owned))
            .collect(),
        fields: view::fields(definition),
        columns: definition.columns.clone(),
        alerts: definition.alerts.iter().map(view::alert).collect(),
        detail_blocks: definition.detail_blocks.iter().map(view::detail_block).collect(),
        record_kinds: definition.record_kinds().iter().map(ToString::to_string).collect(),
    }))
}

#[derive(Serialize, ToSchema)]
struct SettingsView {
    name: LabelView,
    time_zone: String,
    currency: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSettings {
    /// Instead of the definition's name; null takes the definition's again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<LabelView>)]
    name: Option<Option<Label>>,
    /// Instead of the definition's zone (IANA name); null takes the definition's again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
}

/// Tells a member that is null from one that is absent.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn settings_of(workspace: &Workspace) -> SettingsView {
    let applied = workspace.definition.load();
    SettingsView {
        name: (&applied.definition.name).into(),
        time_zone: applied.definition.time_zone.name().to_owned(),
        currency: applied.definition.currency.to_string(),
    }
}

/// Name, time zone and currency
#[utoipa::path(get, path = "/api/v1/{workspace}/settings", tag = "workspace", params(("workspace" = String, Path)),
    responses((status = 200, body = SettingsView)), security(("staff" = ["workspace.manage"])))]
async fn settings(access: Allowed<needs::WorkspaceManage>) -> ApiResult<Json<SettingsView>> {
    Ok(Json(settings_of(&access.workspace)))
}

/// Change the name or the time zone; the currency belongs to the definition
#[utoipa::path(patch, path = "/api/v1/{workspace}/settings", tag = "workspace", params(("workspace" = String, Path)), request_body = ChangeSettings,
    responses((status = 200, body = SettingsView), (status = 422, body = Problem)), security(("staff" = ["workspace.manage"])))]
async fn change_settings(
    State(app): State<App>,
    access: Allowed<needs::WorkspaceManage>,
    Json(change): Json<ChangeSettings>,
) -> ApiResult<Json<SettingsView>> {
    check(&change)?;
    let workspace = &access.workspace;
    let before = settings_of(workspace);
    let now = app.clock.now_ms();
    let transaction = workspace.records.begin().await?;
    if let Some(name) = &change.name {
        set(&transaction, definition::NAME_SETTING, name.as_ref().map(|name| json!(name).to_string())).await?;
    }
    if let Some(zone) = &change.time_zone {
        set(&transaction, definition::ZONE_SETTING, zone.clone()).await?;
        // Fields that count days count other days now.
        sql::run(&transaction, "UPDATE profile SET recompute_at = 0, changes = changes + 1", vec![]).await?;
    }
    let after: Value = json!({"name": change.name.as_ref(), "time_zone": change.time_zone.as_ref()});
    let entry = audit::Entry {
        action: "workspace.change",
        entity_kind: "workspace",
        entity_id: workspace.slug.as_str(),
        before: json!({"name": before.name, "time_zone": before.time_zone}),
        after,
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    definition::load(workspace).await.map_err(Problem::internal)?;
    workspace.records_changed.notify_one();
    Ok(Json(settings_of(workspace)))
}

fn check(change: &ChangeSettings) -> ApiResult<()> {
    let mut errors = Vec::new();
    if let Some(Some(name)) = &change.name {
        for (language, text) in [("en", &name.en), ("ru", &name.ru), ("uz", &name.uz)] {
            if !(1..=100).contains(&text.trim().chars().count()) {
                let detail = "A name has 1 to 100 characters.".to_owned();
                errors.push(FieldError { pointer: format!("/name/{language}"), detail, code: None });
            }
        }
    }
    if let Some(Some(zone)) = &change.time_zone
        && let Err(error) = Zone::named(zone)
    {
        errors.push(FieldError { pointer: "/time_zone".into(), detail: error.to_string(), code: None });
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

async fn set(transaction: &kabinet_records::Transaction, key: &str, value: Option<String>) -> Result<(), RecordError> {
    match value {
        Some(value) => {
            let upsert = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            sql::run(transaction, upsert, vec![key.into(), value.into()]).await?
        }
        None => sql::run(transaction, "DELETE FROM setting WHERE key = $1", vec![key.into()]).await?,
    };
    Ok(())
}
