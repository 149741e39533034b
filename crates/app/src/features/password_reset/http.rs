use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kabinet_model::label::Language;
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, RecordError};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::features::staff::{self, Staff};
use crate::features::{audit, session};
use crate::http::access::{Actor, Caller, RequestFacts};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::limits;
use crate::mailer::{self, Mail};
use crate::secrets::{Token, token_hash};

const LIFETIME_MS: i64 = 60 * 60_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask, choose))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    token: String,
    password: String,
}

/// Ask for a link by mail
///
/// The answer is the same, and as fast, whether or not the address is somebody's.
#[utoipa::path(post, path = "/api/v1/password-reset", tag = "session", request_body = ResetRequest,
    responses((status = 202), (status = 429, body = Problem)), security(()))]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(asked): Json<ResetRequest>,
) -> ApiResult<StatusCode> {
    session::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::MAIL_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    limits::take(&app, &limits::MAIL_BY_ACCOUNT, &staff::fold_email(&asked.email)).await?;
    // Looking the person up and mailing go on after the answer has left, so its time tells nothing.
    tokio::spawn(async move {
        if let Err(problem) = send_link(&app, &asked.email, &caller.request).await {
            tracing::warn!(detail = problem.detail, "a password reset was not started");
        }
    });
    Ok(StatusCode::ACCEPTED)
}

async fn send_link(app: &App, email: &str, request: &RequestFacts) -> ApiResult<()> {
    let Some(staff) = staff::by_email(app.control.reader(), email).await?.filter(|staff| !staff.disabled) else {
        return Ok(());
    };
    let now = app.clock.now_ms();
    let token = Token::fresh();
    let transaction = app.control.begin().await?;
    let delete = "DELETE FROM password_reset WHERE staff_id = $1 OR expires_at <= $2";
    sql::run(&transaction, delete, vec![staff.id.clone().into(), now.into()]).await?;
    let insert = "INSERT INTO password_reset (token_hash, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    let values = vec![token.hash.into(), staff.id.clone().into(), now.into(), (now + LIFETIME_MS).into()];
    sql::run(&transaction, insert, values).await?;
    let entry = audit::Entry {
        action: "password_reset.ask",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: Value::Null,
        after: json!({"expires_at": now + LIFETIME_MS}),
        reason: None,
    };
    audit::record(&transaction, &Actor::system(), request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    let link = format!("{}/reset-password?token={}", app.config.public_url.trim_end_matches('/'), token.text);
    mailer::send_to_staff(app, &staff.access, mail(&staff, &link)).await;
    Ok(())
}

fn mail(staff: &Staff, link: &str) -> Mail {
    let (subject, before, after) = match staff.locale.unwrap_or(Language::En) {
        Language::En => (
            "Choose a new password",
            "Open this link within an hour to choose a new password for Kabinet:",
            "If you did not ask for it, do nothing; your password stays as it is.",
        ),
        Language::Ru => (
            "Новый пароль",
            "Откройте эту ссылку в течение часа, чтобы придумать новый пароль для Kabinet:",
            "Если вы этого не просили, ничего не делайте: пароль останется прежним.",
        ),
        Language::Uz => (
            "Yangi parol",
            "Kabinet uchun yangi parol tanlash uchun bu havolani bir soat ichida oching:",
            "Agar so‘ramagan bo‘lsangiz, hech narsa qilmang: parolingiz o‘zgarmaydi.",
        ),
    };
    Mail { to: staff.email.clone(), subject: subject.into(), text: format!("{before}\n\n{link}\n\n{after}\n") }
}

/// Choose another password with the link's token; ends all sessions
#[utoipa::path(put, path = "/api/v1/password-reset", tag = "session", request_body = NewPassword,
    responses((status = 204), (status = 422, body = Problem), (status = 429, body = Problem)), security(()))]
async fn choose(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(new): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    session::check_origin(&headers, &app.config.public_url)?;
    limits::take(&app, &limits::TOKEN_BY_ADDRESS, &limits::address(caller.request.ip)).await?;
    let staff = owner(&app, app.control.reader(), &new.token).await?;
    staff::require_good("/password", &new.password, &[&staff.email, &staff.name])?;
    let hash = app.desk.passwords.hash(&new.password).await?;
    let transaction = app.control.begin().await?;
    // Read again where nobody else writes, so that one link serves once.
    let staff = owner(&app, &transaction, &new.token).await?;
    let delete = "DELETE FROM password_reset WHERE staff_id = $1";
    if sql::run(&transaction, delete, vec![staff.id.clone().into()]).await? == 0 {
        return Err(over());
    }
    staff::update_password(&transaction, &staff.id, &hash).await?;
    let ended = session::end_all(&transaction, &staff.id).await?;
    let entry = audit::Entry {
        action: "staff.reset_password",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: json!({"sessions": ended}),
        after: json!({"sessions": 0}),
        reason: None,
    };
    audit::record(&transaction, &staff.actor(), &caller.request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    limits::forget(&app, &limits::LOGIN_BY_ACCOUNT, &staff::fold_email(&staff.email)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose link it is.
async fn owner<C: ConnectionTrait>(app: &App, connection: &C, token: &str) -> ApiResult<Staff> {
    let query = "SELECT staff_id FROM password_reset WHERE token_hash = $1 AND expires_at > $2";
    let row = sql::one(connection, query, vec![token_hash(token).into(), app.clock.now_ms().into()])
        .await?
        .ok_or_else(over)?;
    let staff_id: String = row.get("staff_id")?;
    staff::by_id(connection, &staff_id).await?.filter(|staff| !staff.disabled).ok_or_else(over)
}

fn over() -> Problem {
    Problem {
        code: "reset_link_over".into(),
        ..Problem::invalid_field("/token", "This link was used or has expired. Ask for another one.")
    }
}
