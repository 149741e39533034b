use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::forgery;
use super::sign_in::{self, Admitted};
use crate::App;
use crate::features::second_factor::{self, Ceremony};
use crate::http::access::Caller;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::limits;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(options)).routes(routes!(create))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyChallenge {
    /// From `second_factor_required`; without it any passkey that knows its owner will do.
    challenge: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeySignIn {
    state: String,
    /// What `navigator.credentials.get` returned, as JSON.
    credential: Value,
}

/// What the browser needs to ask for a passkey: WebAuthn request options and `state`
#[utoipa::path(post, path = "/api/v1/session/passkey/options", tag = "session", request_body = PasskeyChallenge,
    responses((status = 200, body = Object), (status = 409, body = Problem), (status = 429, body = Problem)), security(()))]
async fn options(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(asked): Json<PasskeyChallenge>,
) -> ApiResult<Json<Value>> {
    forgery::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::TOKEN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    let staff_id = match asked.challenge {
        None => None,
        Some(challenge) => {
            let over = || Problem::invalid_field("/challenge", "This took too long. Enter your password again.");
            Some(second_factor::peek(&app, Ceremony::SecondStep, &challenge).await?.ok_or_else(over)?)
        }
    };
    second_factor::start_sign_in(&app, staff_id.as_deref()).await.map(Json)
}

/// Sign in with a passkey
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "session", request_body = PasskeySignIn,
    responses((status = 201, body = super::http::SessionView), (status = 401, body = Problem), (status = 429, body = Problem)), security(()))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(shown): Json<PasskeySignIn>,
) -> ApiResult<Admitted> {
    forgery::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::LOGIN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    let pending = second_factor::finish(&app, "/state", &shown.state).await?;
    let staff = second_factor::finish_sign_in(&app, pending, shown.credential).await?;
    match staff.filter(|staff| !staff.disabled) {
        Some(staff) => sign_in::admit(&app, staff, "passkey", false, &caller.request).await,
        None => Err(sign_in::refused(&app, None, "passkey not accepted", &caller.request).await),
    }
}
