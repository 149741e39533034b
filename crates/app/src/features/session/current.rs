use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::model::Session;
use super::{cookie, forgery, store};
use crate::App;
use crate::features::staff::Staff;
use crate::http::access::{Principal, RequestFacts, request_facts};
use crate::http::error::{ApiResult, Problem};
use crate::secrets::token_hash;

/// How often the time of last use is written, at most.
const LAST_SEEN_EVERY_MS: i64 = 60_000;

/// The person who is signed in. Keys have nobody behind them and never get this.
pub struct SignedIn {
    pub staff: Staff,
    pub session: Session,
    pub request: RequestFacts,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        signed_in(parts, app).await
    }
}

/// Checks the session cookie of a request, and that the request was meant by the person.
async fn signed_in(parts: &Parts, app: &App) -> ApiResult<SignedIn> {
    let token = cookie::token(&parts.headers, &app.config)
        .ok_or_else(|| Problem::unauthenticated("Sign in, or send a secret key as Authorization: Bearer sk_…"))?;
    forgery::check_cookie_request(&parts.method, &parts.headers, &app.config.public_url)?;
    let ended = || Problem::unauthenticated("Your session has ended. Sign in again.");
    let (session, staff) = store::by_token_hash(app.control.reader(), &token_hash(&token)).await?.ok_or_else(ended)?;
    let now = app.clock.now_ms();
    if session.is_over(now) || staff.disabled {
        return Err(ended());
    }
    let request = request_facts(parts, app);
    require_known_address(&staff, &request)?;
    app.desk.count_request(&staff.id)?;
    if now - session.last_seen_at >= LAST_SEEN_EVERY_MS
        && let Err(error) = store::touch(app.control.writer(), &session.id, &request, now).await
    {
        // Reading goes on while nothing can be written, e.g. on a full disk.
        tracing::warn!(%error, "the time of last use of a session was not written");
    }
    Ok(SignedIn { staff, session, request })
}

/// The caller behind a session cookie.
pub async fn principal(parts: &Parts, app: &App) -> ApiResult<Principal> {
    let SignedIn { staff, session, .. } = signed_in(parts, app).await?;
    Ok(Principal {
        actor: staff.actor(),
        permissions: staff.access.permissions(),
        workspaces: staff.access.workspaces,
        session_id: Some(session.id),
    })
}

/// 403 when the person may not come from this address.
pub(super) fn require_known_address(staff: &Staff, request: &RequestFacts) -> ApiResult<()> {
    let allowed = &staff.access.ip_allow_list;
    if allowed.is_empty() || request.ip.is_some_and(|ip| allowed.iter().any(|network| network.contains(ip))) {
        return Ok(());
    }
    Err(Problem {
        code: "address_not_allowed".into(),
        ..Problem::forbidden(
            "You may not sign in from this address. A super admin can change your address list under Settings → Staff.",
        )
    })
}
