use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kabinet_model::role::{Permission, Role};
use kabinet_records::RecordError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Invitation, NewInvitation};
use crate::App;
use crate::features::audit;
use crate::features::session::{self, Admitted, SessionView};
use crate::features::staff::{self, Network};
use crate::http::access::{AllowedInstance, Caller, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;
use crate::limits;
use crate::mailer::{self, Mail};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(withdraw)).routes(routes!(read, accept))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationInput {
    email: String,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    extra_permissions: Vec<Permission>,
    /// Null or missing: all workspaces.
    workspaces: Option<Vec<String>>,
    #[serde(default)]
    ip_allow_list: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct InvitationView {
    id: String,
    email: String,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = Vec<String>)]
    extra_permissions: Vec<Permission>,
    workspaces: Option<Vec<String>>,
    #[schema(value_type = Vec<String>)]
    ip_allow_list: Vec<Network>,
    invited_by: String,
    created_at: String,
    expires_at: String,
    /// Only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// Whether the link was sent by mail; if not, hand it over yourself. Only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailed: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct InvitationList {
    data: Vec<InvitationView>,
}

/// What the invited person sees.
#[derive(Serialize, ToSchema)]
struct InvitationCard {
    email: String,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    expires_at: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    name: String,
    password: String,
}

fn view(invitation: Invitation) -> InvitationView {
    InvitationView {
        id: invitation.id,
        email: invitation.email,
        name: invitation.name,
        role: invitation.access.role,
        extra_permissions: invitation.access.extra_permissions,
        workspaces: invitation.access.workspaces,
        ip_allow_list: invitation.access.ip_allow_list,
        invited_by: invitation.invited_by,
        created_at: time::rfc3339(invitation.created_at),
        expires_at: time::rfc3339(invitation.expires_at),
        link: None,
        mailed: None,
    }
}

/// Invitations that wait to be accepted
#[utoipa::path(get, path = "/api/v1/staff/invitations", tag = "staff", responses((status = 200, body = InvitationList)), security(("staff" = ["staff.read"])))]
async fn list(State(app): State<App>, access: AllowedInstance<needs::StaffRead>) -> ApiResult<Json<InvitationList>> {
    let reach = access.reach();
    let waiting = store::waiting(app.control.reader(), app.clock.now_ms()).await?;
    let data = waiting.into_iter().filter(|invitation| reach.meets(&invitation.access.reach())).map(view).collect();
    Ok(Json(InvitationList { data }))
}

/// Invite somebody; the link is in this answer only
#[utoipa::path(post, path = "/api/v1/staff/invitations", tag = "staff", request_body = InvitationInput,
    responses((status = 201, body = InvitationView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("staff" = ["staff.manage"])))]
async fn create(
    State(app): State<App>,
    access: AllowedInstance<needs::StaffManage>,
    Json(input): Json<InvitationInput>,
) -> ApiResult<(StatusCode, Json<InvitationView>)> {
    let InvitationInput { email, name, role, extra_permissions, workspaces, ip_allow_list } = input;
    let wanted = staff::parse_access(&app, role, extra_permissions, workspaces, ip_allow_list)?;
    if !access.reach().covers(&wanted.reach()) {
        return Err(Problem::forbidden("You cannot give permissions or workspaces that you do not have yourself."));
    }
    let made =
        store::create(&app, NewInvitation { email, name, access: wanted }, &access.actor, &access.request).await?;
    let mailed = send(&app, &made.invitation, &made.link).await;
    let view = InvitationView { link: Some(made.link), mailed: Some(mailed), ..view(made.invitation) };
    Ok((StatusCode::CREATED, Json(view)))
}

async fn send(app: &App, invitation: &Invitation, link: &str) -> bool {
    let by = &invitation.invited_by;
    // The language of somebody who was never here is not known, so all three are in one mail.
    let text = format!(
        "{by} invites you to Kabinet. Open this link within a week and choose a password:\n\n{link}\n\n\
         {by} приглашает вас в Kabinet. Откройте ссылку в течение недели и придумайте пароль.\n\n\
         {by} sizni Kabinetga taklif qiladi. Havolani bir hafta ichida ochib, parol tanlang.\n"
    );
    let subject = "Invitation to Kabinet · Приглашение в Kabinet".into();
    mailer::send_to_staff(app, &invitation.access, Mail { to: invitation.email.clone(), subject, text }).await
}

/// Withdraw an invitation
#[utoipa::path(delete, path = "/api/v1/staff/invitations/{id}", tag = "staff", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("staff" = ["staff.manage"])))]
async fn withdraw(
    State(app): State<App>,
    access: AllowedInstance<needs::StaffManage>,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let reach = access.reach();
    let transaction = app.control.begin().await?;
    let invitation = store::by_id(&transaction, &id).await?;
    let invitation = invitation
        .filter(|invitation| reach.meets(&invitation.access.reach()))
        .ok_or_else(|| Problem::not_found("invitation"))?;
    store::delete(&transaction, &id).await?;
    let entry = audit::Entry {
        action: "invitation.withdraw",
        entity_kind: "invitation",
        entity_id: &id,
        before: store::describe(&invitation),
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation says
#[utoipa::path(get, path = "/api/v1/invitations/{token}", tag = "session", params(("token" = String, Path)),
    responses((status = 200, body = InvitationCard), (status = 404, body = Problem)), security(()))]
async fn read(State(app): State<App>, caller: Caller, Path(token): Path<String>) -> ApiResult<Json<InvitationCard>> {
    limits::take(&app, &limits::TOKEN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    let invitation = store::by_token(app.control.reader(), &token, app.clock.now_ms()).await?.ok_or_else(gone)?;
    Ok(Json(InvitationCard {
        email: invitation.email,
        name: invitation.name,
        role: invitation.access.role,
        expires_at: time::rfc3339(invitation.expires_at),
    }))
}

/// Accept an invitation: choose a password and be signed in
#[utoipa::path(post, path = "/api/v1/invitations/{token}", tag = "session", params(("token" = String, Path)), request_body = Acceptance,
    responses((status = 201, body = SessionView), (status = 404, body = Problem), (status = 422, body = Problem)), security(()))]
async fn accept(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(token): Path<String>,
    Json(acceptance): Json<Acceptance>,
) -> ApiResult<Admitted> {
    session::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::TOKEN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    let invitation = store::by_token(app.control.reader(), &token, app.clock.now_ms()).await?.ok_or_else(gone)?;
    let Acceptance { name, password } = acceptance;
    let staff = staff::prepare(&app, &invitation.email, &name, invitation.access.clone(), &password).await?;
    let transaction = app.control.begin().await?;
    staff::lock(&transaction).await?;
    if !store::delete(&transaction, &invitation.id).await? {
        return Err(gone());
    }
    staff::join(&app, &transaction, &staff, &staff.actor(), &caller.request).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    session::admit(&app, staff, "invitation", false, &caller.request).await
}

fn gone() -> Problem {
    Problem {
        detail: "This invitation was used, withdrawn or has expired. Ask for another one.".into(),
        ..Problem::not_found("invitation")
    }
}
