use axum::extract::State;
use axum::http::HeaderMap;
use kabinet_records::RecordError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::token;
use crate::App;
use crate::features::session::{self, Admitted, SessionView};
use crate::features::staff::{self, Access};
use crate::http::access::Caller;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::limits;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read, create))
}

#[derive(Serialize, ToSchema)]
struct SetupState {
    /// True while there is no staff.
    needed: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetupInput {
    /// From the console where Kabinet was started.
    token: String,
    email: String,
    name: String,
    password: String,
}

/// Whether the first person still has to be made
#[utoipa::path(get, path = "/api/v1/setup", tag = "session", responses((status = 200, body = SetupState)), security(()))]
async fn read(State(app): State<App>) -> ApiResult<Json<SetupState>> {
    Ok(Json(SetupState { needed: staff::is_empty(app.control.reader()).await? }))
}

/// Become the first super admin
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", request_body = SetupInput,
    responses((status = 201, body = SessionView), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)), security(()))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(input): Json<SetupInput>,
) -> ApiResult<Admitted> {
    session::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::TOKEN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    if !staff::is_empty(app.control.reader()).await? {
        return Err(done());
    }
    let staff = staff::prepare(&app, &input.email, &input.name, Access::everything(), &input.password).await?;
    let transaction = app.control.begin().await?;
    staff::lock(&transaction).await?;
    if !staff::is_empty(&transaction).await? {
        return Err(done());
    }
    if !token::take(&transaction, input.token.trim()).await? {
        let detail =
            "This is not the set-up token. It is printed in the console at each start, and only the newest one counts.";
        return Err(Problem { code: "wrong_setup_token".into(), ..Problem::unauthenticated(detail) });
    }
    staff::join(&app, &transaction, &staff, &staff.actor(), &caller.request).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    session::admit(&app, staff, "setup token", false, &caller.request).await
}

fn done() -> Problem {
    Problem::conflict("setup_done", "Kabinet is set up already. Sign in, or ask a super admin for an invitation.")
}
