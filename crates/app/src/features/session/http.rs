use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kabinet_model::label::Label;
use kabinet_records::RecordError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::current::SignedIn;
use super::model::{self, Session};
use super::sign_in::{self, Admitted, Credentials};
use super::{cookie, forgery, store};
use crate::App;
use crate::features::staff::{Staff, StaffView};
use crate::features::{audit, second_factor};
use crate::http::access::Caller;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::http::time;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, read, remove))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
    /// Six digits of the authenticator app.
    code: Option<String>,
    recovery_code: Option<String>,
    /// Stay signed in for 30 days; not for people with admin rights.
    #[serde(default)]
    remember: bool,
}

/// Who is signed in, and what they may do where.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    staff: StaffView,
    workspaces: Vec<SessionWorkspace>,
    /// Version of Kabinet.
    version: String,
    expires_at: String,
}

#[derive(Serialize, ToSchema)]
struct SessionWorkspace {
    slug: String,
    #[schema(value_type = Object)]
    name: Label,
    #[schema(value_type = String)]
    role: kabinet_model::role::Role,
    #[schema(value_type = Vec<String>)]
    permissions: kabinet_model::role::PermissionSet,
}

/// One signed-in browser of a person.
#[derive(Serialize, ToSchema)]
pub struct SessionRow {
    id: String,
    /// Whether this very request came from it.
    current: bool,
    created_at: String,
    last_seen_at: String,
    ip: Option<String>,
    user_agent: Option<String>,
    /// What it is, for people: `Firefox on Windows`.
    device: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionList {
    data: Vec<SessionRow>,
}

/// The view of a session that the panel starts from.
pub async fn session_view(app: &App, staff: &Staff, session: &Session) -> ApiResult<SessionView> {
    let second_factor = second_factor::status(app.control.reader(), &staff.id).await?;
    let permissions = staff.access.permissions();
    let workspaces =
        app.workspaces().into_iter().filter(|workspace| staff.access.may_enter(workspace.slug.as_str())).map(
            |workspace| SessionWorkspace {
                slug: workspace.slug.to_string(),
                name: workspace.name(),
                role: staff.access.role,
                permissions: permissions.clone(),
            },
        );
    Ok(SessionView {
        staff: StaffView::of(staff, second_factor),
        workspaces: workspaces.collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        expires_at: time::rfc3339(session.expires_at),
    })
}

/// The sessions of a person as a list.
pub async fn list_of(app: &App, staff_id: &str, current: Option<&str>) -> ApiResult<Json<SessionList>> {
    let sessions = store::of_staff(app.control.reader(), staff_id, app.clock.now_ms()).await?;
    let rows = sessions.into_iter().map(|session| SessionRow {
        current: Some(session.id.as_str()) == current,
        id: session.id,
        created_at: time::rfc3339(session.created_at),
        last_seen_at: time::rfc3339(session.last_seen_at),
        ip: session.ip,
        device: session.user_agent.as_deref().and_then(model::device),
        user_agent: session.user_agent,
    });
    Ok(Json(SessionList { data: rows.collect() }))
}

/// An answer that gives the browser the session's new token.
pub fn with_cookie(app: &App, session: &Session, token: &str, answer: impl IntoResponse) -> Response {
    let is_kept = session.idle_ms > model::LONGEST_UNKEPT_IDLE_MS;
    let left = session.expires_at - app.clock.now_ms();
    ([(header::SET_COOKIE, cookie::set(token, is_kept.then_some(left), &app.config))], answer).into_response()
}

/// Sign in
///
/// With the right password and no second factor given where one is set up: 401 `second_factor_required` with `methods` and a `challenge` for a passkey.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 201, body = SessionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)), security(()))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(sign_in): Json<SignIn>,
) -> ApiResult<Admitted> {
    forgery::check_origin(&headers, &app.config.public_url)?;
    let SignIn { email, password, code, recovery_code, remember } = sign_in;
    sign_in::with_password(&app, Credentials { email, password, code, recovery_code, remember }, &caller.request).await
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = SessionView), (status = 401, body = Problem)), security(("staff" = [])))]
async fn read(State(app): State<App>, signed_in: SignedIn) -> ApiResult<Json<SessionView>> {
    session_view(&app, &signed_in.staff, &signed_in.session).await.map(Json)
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)), security(("staff" = [])))]
async fn remove(State(app): State<App>, signed_in: SignedIn) -> ApiResult<Response> {
    let SignedIn { staff, session, request } = signed_in;
    let now = app.clock.now_ms();
    let transaction = app.control.begin().await?;
    store::end(&transaction, &staff.id, &session.id).await?;
    let entry = audit::Entry {
        action: "session.end",
        entity_kind: "session",
        entity_id: &session.id,
        before: json!({"created_at": session.created_at}),
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), &request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    let headers = [
        (header::SET_COOKIE, cookie::remove(&app.config)),
        (
            header::HeaderName::from_static("clear-site-data"),
            HeaderValue::from_static("\"cache\", \"cookies\", \"storage\""),
        ),
    ];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
