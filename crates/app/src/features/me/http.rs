use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kabinet_model::label::Language;
use kabinet_records::RecordError;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::features::session::{self, SessionList, SignedIn};
use crate::features::staff::{self, Staff, StaffView};
use crate::features::{audit, second_factor};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(change_password))
        .routes(routes!(sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// What to change; what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileChange {
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    locale: Option<Language>,
    /// IANA name, such as `Asia/Tashkent`.
    time_zone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    current_password: String,
    password: String,
}

/// Change one's own name, language and time zone
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = ProfileChange,
    responses((status = 200, body = StaffView), (status = 422, body = Problem)), security(("staff" = [])))]
async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(change): Json<ProfileChange>,
) -> ApiResult<Json<StaffView>> {
    let before = signed_in.staff;
    let after = changed(&before, change)?;
    let describe = |staff: &Staff| json!({"name": staff.name, "locale": staff.locale, "time_zone": staff.time_zone});
    if describe(&before) != describe(&after) {
        let transaction = app.control.begin().await?;
        staff::update_profile(&transaction, &after).await?;
        let entry = audit::Entry {
            action: "staff.change_profile",
            entity_kind: "staff",
            entity_id: &after.id,
            before: describe(&before),
            after: describe(&after),
            reason: None,
        };
        audit::record(&transaction, &after.actor(), &signed_in.request, app.clock.now_ms(), entry).await?;
        transaction.commit().await.map_err(RecordError::from)?;
    }
    let status = second_factor::status(app.control.reader(), &after.id).await?;
    Ok(Json(StaffView::of(&after, status)))
}

fn changed(before: &Staff, change: ProfileChange) -> ApiResult<Staff> {
    let mut after = before.clone();
    if let Some(name) = change.name {
        after.name = name.trim().to_owned();
        if let Some(fault) = staff::name_fault(&after.name) {
            return Err(Problem::invalid_field("/name", fault));
        }
    }
    if let Some(zone) = change.time_zone {
        if jiff::tz::TimeZone::get(&zone).is_err() {
            return Err(Problem::invalid_field(
                "/time_zone",
                "Give an IANA time zone such as Europe/Moscow or Asia/Tashkent.",
            ));
        }
        after.time_zone = Some(zone);
    }
    after.locale = change.locale.or(before.locale);
    Ok(after)
}

/// Change one's own password; all other sessions end
#[utoipa::path(put, path = "/api/v1/me/password", tag = "me", request_body = PasswordChange,
    responses((status = 204), (status = 422, body = Problem), (status = 429, body = Problem)), security(("staff" = [])))]
async fn change_password(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(change): Json<PasswordChange>,
) -> ApiResult<Response> {
    let SignedIn { staff, session, request } = signed_in;
    session::confirm_password(&app, &staff, "/current_password", &change.current_password).await?;
    staff::require_good("/password", &change.password, &[&staff.email, &staff.name])?;
    let hash = app.desk.passwords.hash(&change.password).await?;
    let transaction = app.control.begin().await?;
    staff::update_password(&transaction, &staff.id, &hash).await?;
    let ended = session::end_others(&transaction, &staff.id, &session.id).await?;
    let token = session::renew_token(&transaction, &session.id).await?;
    let entry = audit::Entry {
        action: "staff.change_password",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: json!({"other_sessions": ended}),
        after: json!({"other_sessions": 0}),
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), &request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(session::with_cookie(&app, &session, &token.text, StatusCode::NO_CONTENT))
}

/// Where one is signed in
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "me", responses((status = 200, body = SessionList)), security(("staff" = [])))]
async fn sessions(State(app): State<App>, signed_in: SignedIn) -> ApiResult<Json<SessionList>> {
    session::list_of(&app, &signed_in.staff.id, Some(&signed_in.session.id)).await
}

/// Sign out everywhere else
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "me", responses((status = 204)), security(("staff" = [])))]
async fn end_other_sessions(State(app): State<App>, signed_in: SignedIn) -> ApiResult<StatusCode> {
    let SignedIn { staff, session, request } = signed_in;
    let transaction = app.control.begin().await?;
    let ended = session::end_others(&transaction, &staff.id, &session.id).await?;
    let entry = audit::Entry {
        action: "session.end_others",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: json!({"other_sessions": ended}),
        after: json!({"other_sessions": 0}),
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), &request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign one browser out
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "me", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("staff" = [])))]
async fn end_session(State(app): State<App>, signed_in: SignedIn, Path(id): Path<String>) -> ApiResult<StatusCode> {
    let SignedIn { staff, request, .. } = signed_in;
    let transaction = app.control.begin().await?;
    if !session::end(&transaction, &staff.id, &id).await? {
        return Err(Problem::not_found("session"));
    }
    let entry = audit::Entry {
        action: "session.end",
        entity_kind: "session",
        entity_id: &id,
        before: json!({}),
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), &request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(StatusCode::NO_CONTENT)
}
