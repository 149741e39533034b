use axum::extract::State;
use axum::http::StatusCode;
use kabinet_model::label::Language;
use kabinet_model::role::{Permission, PermissionSet, Role};
use kabinet_records::RecordError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Access, Reach, Staff};
use super::network::Network;
use super::store;
use crate::App;
use crate::features::audit;
use crate::features::second_factor::{self, Status};
use crate::features::session::{self, SessionList};
use crate::http::access::{AllowedInstance, needs};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(change)).routes(routes!(sessions, end_sessions))
}

/// A staff member as others see them.
#[derive(Serialize, ToSchema)]
pub struct StaffView {
    id: String,
    email: String,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    /// Those of the role and the extra ones.
    #[schema(value_type = Vec<String>)]
    permissions: PermissionSet,
    #[schema(value_type = Vec<String>)]
    extra_permissions: Vec<Permission>,
    /// Null: all workspaces.
    workspaces: Option<Vec<String>>,
    #[schema(value_type = Vec<String>)]
    ip_allow_list: Vec<Network>,
    #[schema(value_type = Option<String>)]
    locale: Option<Language>,
    time_zone: Option<String>,
    second_factor: Status,
    disabled: bool,
    last_login_at: Option<String>,
    created_at: String,
}

impl StaffView {
    pub fn of(staff: &Staff, second_factor: Status) -> StaffView {
        StaffView {
            id: staff.id.clone(),
            email: staff.email.clone(),
            name: staff.name.clone(),
            role: staff.access.role,
            permissions: staff.access.permissions(),
            extra_permissions: staff.access.extra_permissions.clone(),
            workspaces: staff.access.workspaces.clone(),
            ip_allow_list: staff.access.ip_allow_list.clone(),
            locale: staff.locale,
            time_zone: staff.time_zone.clone(),
            second_factor,
            disabled: staff.disabled,
            last_login_at: staff.last_login_at.map(time::rfc3339),
            created_at: time::rfc3339(staff.created_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct StaffList {
    data: Vec<StaffView>,
}

/// What to change; what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffChange {
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    #[schema(value_type = Option<Vec<String>>)]
    extra_permissions: Option<Vec<Permission>>,
    /// Null: all workspaces.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    workspaces: Option<Option<Vec<String>>>,
    ip_allow_list: Option<Vec<String>>,
    disabled: Option<bool>,
}

/// Tells a member that is null from one that is missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Everybody who may enter a workspace that you may enter
#[utoipa::path(get, path = "/api/v1/staff", tag = "staff", responses((status = 200, body = StaffList)), security(("staff" = ["staff.read"])))]
async fn list(State(app): State<App>, access: AllowedInstance<needs::StaffRead>) -> ApiResult<Json<StaffList>> {
    let reach = access.reach();
    let mut statuses = second_factor::all_statuses(app.control.reader()).await?;
    let all = store::all(app.control.reader()).await?;
    let seen = all.iter().filter(|staff| reach.meets(&staff.access.reach()));
    let data = seen.map(|staff| StaffView::of(staff, statuses.remove(&staff.id).unwrap_or_default())).collect();
    Ok(Json(StaffList { data }))
}

/// Change what somebody may do, or close their account
///
/// Nobody gives, changes or takes away more than they hold themselves. A new role, new permissions and closing end the person's sessions.
#[utoipa::path(patch, path = "/api/v1/staff/{id}", tag = "staff", params(("id" = String, Path)), request_body = StaffChange,
    responses((status = 200, body = StaffView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("staff" = ["staff.manage"])))]
async fn change(
    State(app): State<App>,
    access: AllowedInstance<needs::StaffManage>,
    Path(id): Path<String>,
    Json(change): Json<StaffChange>,
) -> ApiResult<Json<StaffView>> {
    let now = app.clock.now_ms();
    let reach = access.reach();
    let transaction = app.control.begin().await?;
    store::lock(&transaction).await?;
    let before = find(&transaction, &id, &reach).await?;
    let after = changed(&app, &before, change)?;
    require_within(&reach, &before.access, &after.access)?;
    let was_head = before.access.is_head_of_house() && !before.disabled;
    let is_head = after.access.is_head_of_house() && !after.disabled;
    if was_head && !is_head && !store::another_head_of_house(&transaction, &id).await? {
        return Err(Problem::conflict(
            "last_super_admin",
            "This is the last super admin of all workspaces. Make somebody else one first.",
        ));
    }
    store::update_access(&transaction, &after).await?;
    let ends_sessions = after.disabled != before.disabled
        || after.access.role != before.access.role
        || after.access.extra_permissions != before.access.extra_permissions;
    if ends_sessions {
        session::end_all(&transaction, &id).await?;
    }
    let entry = audit::Entry {
        action: if after.disabled && !before.disabled { "staff.disable" } else { "staff.change" },
        entity_kind: "staff",
        entity_id: &id,
        before: store::describe_staff(&before),
        after: store::describe_staff(&after),
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    let status = second_factor::status(app.control.reader(), &id).await?;
    Ok(Json(StaffView::of(&after, status)))
}

fn changed(app: &App, before: &Staff, change: StaffChange) -> ApiResult<Staff> {
    let written = |networks: &[Network]| networks.iter().map(ToString::to_string).collect();
    let access = parse_access(
        app,
        change.role.unwrap_or(before.access.role),
        change.extra_permissions.unwrap_or_else(|| before.access.extra_permissions.clone()),
        change.workspaces.unwrap_or_else(|| before.access.workspaces.clone()),
        change.ip_allow_list.unwrap_or_else(|| written(&before.access.ip_allow_list)),
    )?;
    Ok(Staff { access, disabled: change.disabled.unwrap_or(before.disabled), ..before.clone() })
}

/// 403 when the old or the new access lies beyond what the caller holds.
fn require_within(reach: &Reach, before: &Access, after: &Access) -> ApiResult<()> {
    if !reach.covers(&before.reach()) {
        return Err(Problem::forbidden(
            "This person may do more than you. Somebody with at least their rights has to make this change.",
        ));
    }
    if !reach.covers(&after.reach()) {
        return Err(Problem::forbidden("You cannot give permissions or workspaces that you do not have yourself."));
    }
    Ok(())
}

/// Checks an access as it was asked for: workspaces exist, ranges of addresses can be read.
pub(crate) fn parse_access(
    app: &App,
    role: Role,
    mut extra_permissions: Vec<Permission>,
    workspaces: Option<Vec<String>>,
    ip_allow_list: Vec<String>,
) -> ApiResult<Access> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: String, detail: String| errors.push(FieldError { pointer, detail, code: None });
    for (index, slug) in workspaces.iter().flatten().enumerate() {
        if app.workspace(slug).is_none() {
            wrong(format!("/workspaces/{index}"), format!("There is no workspace {slug}."));
        }
    }
    let mut networks = Vec::new();
    for (index, text) in ip_allow_list.iter().enumerate() {
        match text.trim().parse() {
            Ok(network) => networks.push(network),
            Err(error) => wrong(format!("/ip_allow_list/{index}"), format!("{error}.")),
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    extra_permissions.sort();
    extra_permissions.dedup();
    Ok(Access { role, extra_permissions, workspaces, ip_allow_list: networks })
}

/// The person, when the caller can see them.
async fn find<C: kabinet_records::ConnectionTrait>(connection: &C, id: &str, reach: &Reach) -> ApiResult<Staff> {
    let staff = store::by_id(connection, id).await?;
    staff.filter(|staff| reach.meets(&staff.access.reach())).ok_or_else(|| Problem::not_found("staff member"))
}

/// Where somebody is signed in
#[utoipa::path(get, path = "/api/v1/staff/{id}/sessions", tag = "staff", params(("id" = String, Path)),
    responses((status = 200, body = SessionList), (status = 404, body = Problem)), security(("staff" = ["staff.manage"])))]
async fn sessions(
    State(app): State<App>,
    access: AllowedInstance<needs::StaffManage>,
    Path(id): Path<String>,
) -> ApiResult<Json<SessionList>> {
    find(app.control.reader(), &id, &access.reach()).await?;
    session::list_of(&app, &id, access.session_id.as_deref()).await
}

/// Sign somebody out everywhere
#[utoipa::path(delete, path = "/api/v1/staff/{id}/sessions", tag = "staff", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)), security(("staff" = ["staff.manage"])))]
async fn end_sessions(
    State(app): State<App>,
    access: AllowedInstance<needs::StaffManage>,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let reach = access.reach();
    let transaction = app.control.begin().await?;
    let staff = find(&transaction, &id, &reach).await?;
    require_within(&reach, &staff.access, &staff.access)?;
    let ended = session::end_all(&transaction, &id).await?;
    let entry = audit::Entry {
        action: "staff.end_sessions",
        entity_kind: "staff",
        entity_id: &id,
        before: json!({"sessions": ended}),
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(StatusCode::NO_CONTENT)
}
