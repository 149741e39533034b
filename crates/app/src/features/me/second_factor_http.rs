use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kabinet_records::{RecordError, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::features::audit;
use crate::features::second_factor::{self, Enrolment, Passkey};
use crate::features::session::{self, SignedIn};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;
use crate::limits;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(enrol_totp, confirm_totp, remove_totp))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(passkeys, add_passkey))
        .routes(routes!(passkey_options))
        .routes(routes!(remove_passkey))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordOnly {
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeOnly {
    code: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordAndCode {
    password: String,
    code: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    state: String,
    /// What it is, for people: `Laptop`.
    name: String,
    /// What `navigator.credentials.create` returned, as JSON.
    credential: Value,
}

#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Shown once. Each lets its owner in once, in place of the second factor.
    recovery_codes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct PasskeyView {
    id: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PasskeyList {
    data: Vec<PasskeyView>,
}

fn view(passkey: Passkey) -> PasskeyView {
    PasskeyView {
        id: passkey.id,
        name: passkey.name,
        created_at: time::rfc3339(passkey.created_at),
        last_used_at: passkey.last_used_at.map(time::rfc3339),
    }
}

/// Records what happened to the person's second factor.
async fn note(
    app: &App,
    transaction: &Transaction,
    signed_in: &SignedIn,
    action: &str,
    after: Value,
) -> Result<(), RecordError> {
    let staff = &signed_in.staff;
    let entry =
        audit::Entry { action, entity_kind: "staff", entity_id: &staff.id, before: Value::Null, after, reason: None };
    audit::record(transaction, &staff.actor(), &signed_in.request, app.clock.now_ms(), entry).await
}

fn wrong_code() -> Problem {
    Problem {
        code: "wrong_code".into(),
        ..Problem::invalid_field("/code", "This code is not right at this moment. Wait for the next one.")
    }
}

/// Start with an authenticator app: a secret to show it
#[utoipa::path(post, path = "/api/v1/me/totp", tag = "me", request_body = PasswordOnly,
    responses((status = 200, body = Enrolment), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn enrol_totp(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(input): Json<PasswordOnly>,
) -> ApiResult<Json<Enrolment>> {
    session::confirm_password(&app, &signed_in.staff, "/password", &input.password).await?;
    second_factor::enrol_totp(&app, &signed_in.staff).await.map(Json)
}

/// Put the authenticator app into force with its first code
#[utoipa::path(put, path = "/api/v1/me/totp", tag = "me", request_body = CodeOnly,
    responses((status = 200, body = RecoveryCodes), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn confirm_totp(State(app): State<App>, signed_in: SignedIn, Json(input): Json<CodeOnly>) -> ApiResult<Response> {
    let staff_id = &signed_in.staff.id;
    limits::take(&app, &limits::SECOND_FACTOR, staff_id).await?;
    let transaction = app.control.begin().await?;
    if !second_factor::confirm_totp(&app, &transaction, staff_id, &input.code).await? {
        return Err(wrong_code());
    }
    let recovery_codes = second_factor::renew_recovery_codes(&transaction, staff_id).await?;
    let token = session::renew_token(&transaction, &signed_in.session.id).await?;
    session::end_others(&transaction, staff_id, &signed_in.session.id).await?;
    note(&app, &transaction, &signed_in, "staff.add_totp", json!({"totp": true})).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    limits::forget(&app, &limits::SECOND_FACTOR, staff_id).await?;
    Ok(session::with_cookie(&app, &signed_in.session, &token.text, Json(RecoveryCodes { recovery_codes })))
}

/// Remove the authenticator app
#[utoipa::path(delete, path = "/api/v1/me/totp", tag = "me", request_body = PasswordAndCode,
    responses((status = 204), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn remove_totp(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(input): Json<PasswordAndCode>,
) -> ApiResult<Response> {
    let staff_id = &signed_in.staff.id;
    session::confirm_password(&app, &signed_in.staff, "/password", &input.password).await?;
    if !second_factor::status(app.control.reader(), staff_id).await?.totp {
        return Err(Problem::conflict("totp_not_enabled", "No authenticator app is set up."));
    }
    if !second_factor::use_totp_code(&app, staff_id, &input.code).await? {
        return Err(wrong_code());
    }
    let transaction = app.control.begin().await?;
    second_factor::remove_totp(&transaction, staff_id).await?;
    let token = session::renew_token(&transaction, &signed_in.session.id).await?;
    note(&app, &transaction, &signed_in, "staff.remove_totp", json!({"totp": false})).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(session::with_cookie(&app, &signed_in.session, &token.text, StatusCode::NO_CONTENT))
}

/// Ten new recovery codes; the old ones die
#[utoipa::path(post, path = "/api/v1/me/recovery-codes", tag = "me", request_body = PasswordOnly,
    responses((status = 200, body = RecoveryCodes), (status = 422, body = Problem)), security(("staff" = [])))]
async fn renew_recovery_codes(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(input): Json<PasswordOnly>,
) -> ApiResult<Json<RecoveryCodes>> {
    session::confirm_password(&app, &signed_in.staff, "/password", &input.password).await?;
    let transaction = app.control.begin().await?;
    let recovery_codes = second_factor::renew_recovery_codes(&transaction, &signed_in.staff.id).await?;
    note(&app, &transaction, &signed_in, "staff.renew_recovery_codes", json!({"codes": recovery_codes.len()})).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// One's passkeys
#[utoipa::path(get, path = "/api/v1/me/passkeys", tag = "me", responses((status = 200, body = PasskeyList)), security(("staff" = [])))]
async fn passkeys(State(app): State<App>, signed_in: SignedIn) -> ApiResult<Json<PasskeyList>> {
    let passkeys = second_factor::list_passkeys(app.control.reader(), &signed_in.staff.id).await?;
    Ok(Json(PasskeyList { data: passkeys.into_iter().map(view).collect() }))
}

/// What the browser needs to make a passkey: WebAuthn creation options and `state`
#[utoipa::path(post, path = "/api/v1/me/passkeys/options", tag = "me", request_body = PasswordOnly,
    responses((status = 200, body = Object), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn passkey_options(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(input): Json<PasswordOnly>,
) -> ApiResult<Json<Value>> {
    session::confirm_password(&app, &signed_in.staff, "/password", &input.password).await?;
    second_factor::start_registration(&app, &signed_in.staff).await.map(Json)
}

/// Add the passkey the browser made
#[utoipa::path(post, path = "/api/v1/me/passkeys", tag = "me", request_body = NewPasskey,
    responses((status = 201, body = PasskeyView), (status = 409, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn add_passkey(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(input): Json<NewPasskey>,
) -> ApiResult<Response> {
    let name = input.name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        return Err(Problem::invalid_field("/name", "Say in 1 to 100 characters which key this is."));
    }
    let pending = second_factor::finish(&app, "/state", &input.state).await?;
    let (passkey, transaction) =
        second_factor::finish_registration(&app, &signed_in.staff, pending, input.credential, name).await?;
    let token = session::renew_token(&transaction, &signed_in.session.id).await?;
    note(&app, &transaction, &signed_in, "staff.add_passkey", json!({"id": passkey.id, "name": name})).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(session::with_cookie(&app, &signed_in.session, &token.text, (StatusCode::CREATED, Json(view(passkey)))))
}

/// Remove a passkey
#[utoipa::path(delete, path = "/api/v1/me/passkeys/{id}", tag = "me", params(("id" = String, Path)), request_body = PasswordOnly,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)), security(("staff" = [])))]
async fn remove_passkey(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(input): Json<PasswordOnly>,
) -> ApiResult<StatusCode> {
    session::confirm_password(&app, &signed_in.staff, "/password", &input.password).await?;
    let transaction = app.control.begin().await?;
    let name = second_factor::remove_passkey(&transaction, &signed_in.staff.id, &id)
        .await?
        .ok_or_else(|| Problem::not_found("passkey"))?;
    note(&app, &transaction, &signed_in, "staff.remove_passkey", json!({"id": id, "name": name})).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(StatusCode::NO_CONTENT)
}
