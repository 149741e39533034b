//! Signing in with a password. All ways in (password, passkey, invitation, setup) end in [`admit`].

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kabinet_records::{RecordError, sql};
use serde_json::{Value, json};

use super::http::SessionView;
use super::model::Lifetime;
use super::{cookie, current, store};
use crate::App;
use crate::features::audit;
use crate::features::second_factor::{self, Ceremony};
use crate::features::staff::{self, Checked, Staff};
use crate::http::access::{Actor, RequestFacts};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::limits;

/// What somebody shows to be let in.
pub struct Credentials {
    pub email: String,
    pub password: String,
    /// Six digits of an authenticator app.
    pub code: Option<String>,
    pub recovery_code: Option<String>,
    pub remember: bool,
}

/// A session that was just opened: 201 with its cookie.
pub struct Admitted {
    view: SessionView,
    cookie: axum::http::HeaderValue,
}

impl IntoResponse for Admitted {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(header::SET_COOKIE, self.cookie)], Json(self.view)).into_response()
    }
}

/// Lets a person in who gave the right password and, where one is set up, the second factor.
pub async fn with_password(app: &App, credentials: Credentials, request: &RequestFacts) -> ApiResult<Admitted> {
    limits::take(app, &limits::LOGIN_BY_ADDRESS, &limits::address(request.ip)).await?;
    let account = staff::fold_email(&credentials.email);
    limits::take(app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
    let staff = staff::by_email(app.control.reader(), &credentials.email).await?;
    let Some(staff) = staff.filter(|staff| !staff.disabled) else {
        app.desk.passwords.check_nobodys(&credentials.password).await?;
        return Err(refused(app, None, "no such account, or disabled", request).await);
    };
    match app.desk.passwords.check(&credentials.password, &staff.password_hash).await? {
        Checked::Wrong => {
            limits::failed(app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
            return Err(refused(app, Some(&staff), "wrong password", request).await);
        }
        Checked::RightButHashIsOld => {
            let hash = app.desk.passwords.hash(&credentials.password).await?;
            staff::update_password(app.control.writer(), &staff.id, &hash).await?;
        }
        Checked::Right => {}
    }
    limits::forget(app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
    let means = second_step(app, &staff, &credentials, request).await?;
    admit(app, staff, means, credentials.remember, request).await
}

/// Checks the second factor, when the person has one. The answer names what signed them in.
async fn second_step(
    app: &App,
    staff: &Staff,
    credentials: &Credentials,
    request: &RequestFacts,
) -> ApiResult<&'static str> {
    let status = second_factor::status(app.control.reader(), &staff.id).await?;
    if !status.is_set() {
        return Ok("password");
    }
    let (right, means) = match (&credentials.code, &credentials.recovery_code) {
        (Some(code), _) => (second_factor::use_totp_code(app, &staff.id, code).await?, "password and code"),
        (None, Some(code)) => {
            (second_factor::use_recovery_code(app, &staff.id, code).await?, "password and recovery code")
        }
        (None, None) => return Err(second_factor_required(app, staff, &status).await?),
    };
    if right {
        return Ok(means);
    }
    Err(refused(app, Some(staff), "wrong second factor", request).await)
}

async fn second_factor_required(app: &App, staff: &Staff, status: &second_factor::Status) -> ApiResult<Problem> {
    let challenge = second_factor::begin(app, Ceremony::SecondStep, Some(&staff.id), &Value::Null).await?;
    let problem = Problem {
        code: "second_factor_required".into(),
        ..Problem::unauthenticated("Enter the code of your authenticator app, use a passkey, or enter a recovery code.")
    };
    Ok(problem.with("methods", json!(status.methods())).with("challenge", challenge))
}

/// Opens a session for a person whose identity is proven.
pub async fn admit(
    app: &App,
    mut staff: Staff,
    means: &str,
    remember: bool,
    request: &RequestFacts,
) -> ApiResult<Admitted> {
    if let Err(problem) = current::require_known_address(&staff, request) {
        refused(app, Some(&staff), "address not allowed", request).await;
        return Err(problem);
    }
    let now = app.clock.now_ms();
    let lifetime = Lifetime::of(&staff.access, remember);
    let transaction = app.control.begin().await?;
    let (session, token) = store::open(&transaction, &staff, lifetime, request, now).await?;
    sql::run(
        &transaction,
        "UPDATE staff SET last_login_at = $1 WHERE id = $2",
        vec![now.into(), staff.id.clone().into()],
    )
    .await?;
    staff.last_login_at = Some(now);
    let entry = audit::Entry {
        action: "session.create",
        entity_kind: "session",
        entity_id: &session.id,
        before: Value::Null,
        after: json!({"means": means, "expires_at": session.expires_at}),
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    limits::sweep(app).await?;
    let cookie = cookie::set(&token.text, lifetime.is_kept.then_some(lifetime.total_ms), &app.config);
    let view = super::http::session_view(app, &staff, &session).await?;
    Ok(Admitted { view, cookie })
}

/// Records that somebody was not let in, and gives the one answer that tells nothing about which part was wrong.
pub(super) async fn refused(app: &App, staff: Option<&Staff>, why: &str, request: &RequestFacts) -> Problem {
    let entry = audit::Entry {
        action: "session.refuse",
        entity_kind: "staff",
        entity_id: staff.map_or("unknown", |staff| staff.id.as_str()),
        before: Value::Null,
        after: json!({"email": staff.map(|staff| &staff.email)}),
        reason: Some(why),
    };
    if let Err(problem) = audit::record_alone(app, &Actor::system(), request, entry).await {
        return problem;
    }
    Problem { code: "invalid_credentials".into(), ..Problem::unauthenticated("E-mail, password or code is wrong.") }
}

/// Asks a signed-in person for the password again, before a change that somebody at an unlocked screen must not make.
pub async fn confirm_password(app: &App, staff: &Staff, pointer: &str, password: &str) -> ApiResult<()> {
    let account = staff::fold_email(&staff.email);
    limits::take(app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
    if app.desk.passwords.check(password, &staff.password_hash).await? == Checked::Wrong {
        limits::failed(app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
        return Err(Problem {
            code: "wrong_password".into(),
            ..Problem::invalid_field(pointer, "This is not your current password.")
        });
    }
    limits::forget(app, &limits::LOGIN_BY_ACCOUNT, &account).await
}
