use axum::extract::State;
use axum::http::StatusCode;
use kabinet_delivery::smtp::{InvalidSettings, Mail, Mailer};
use kabinet_delivery::telegram::{self, Bot};
use kabinet_delivery::{Outcome, smtp};
use kabinet_model::label::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::connections::{self, smtp_settings};
use super::model::{NewSmtp, NewTelegram, Security, Smtp, Telegram, is_chat};
use super::store::{self, SMTP, Stored, TELEGRAM};
use crate::App;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;
use crate::workspace::Workspace;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(put_smtp, delete_smtp))
        .routes(routes!(put_telegram, delete_telegram))
        .routes(routes!(test))
}

/// Whether a secret is stored; the secret itself is never told.
#[derive(Serialize, ToSchema)]
struct SecretView {
    set: bool,
}

#[derive(Serialize, ToSchema)]
struct SmtpView {
    host: String,
    port: u16,
    security: Security,
    username: Option<String>,
    password: SecretView,
    from: String,
    reply_to: Option<String>,
    #[schema(value_type = String)]
    language: Language,
    updated_at: String,
}

#[derive(Serialize, ToSchema)]
struct TelegramView {
    token: SecretView,
    chat_id: String,
    base_url: Option<String>,
    #[schema(value_type = String)]
    language: Language,
    updated_at: String,
}

/// Both channels; null where none is set up
#[derive(Serialize, ToSchema)]
struct Channels {
    smtp: Option<SmtpView>,
    telegram: Option<TelegramView>,
}

fn smtp_view(stored: Stored<Smtp>) -> SmtpView {
    let Smtp { host, port, security, username, from, reply_to, language } = stored.settings;
    let password = SecretView { set: stored.sealed_secret.is_some() };
    SmtpView {
        host,
        port,
        security,
        username,
        password,
        from,
        reply_to,
        language,
        updated_at: time::rfc3339(stored.updated_at),
    }
}

fn telegram_view(stored: Stored<Telegram>) -> TelegramView {
    let Telegram { chat_id, base_url, language } = stored.settings;
    let token = SecretView { set: stored.sealed_secret.is_some() };
    TelegramView { token, chat_id, base_url, language, updated_at: time::rfc3339(stored.updated_at) }
}

async fn channels(workspace: &Workspace) -> ApiResult<Channels> {
    let reader = workspace.records.reader();
    Ok(Channels {
        smtp: store::find(reader, SMTP).await?.map(smtp_view),
        telegram: store::find(reader, TELEGRAM).await?.map(telegram_view),
    })
}

/// The workspace's SMTP server and Telegram bot
#[utoipa::path(get, path = "/api/v1/{workspace}/channels", tag = "channels", params(("workspace" = String, Path)),
    responses((status = 200, body = Channels)), security(("staff" = ["channels.manage"])))]
async fn show(access: Allowed<needs::ChannelsManage>) -> ApiResult<Json<Channels>> {
    Ok(Json(channels(&access.workspace).await?))
}

/// Set up the SMTP server
#[utoipa::path(put, path = "/api/v1/{workspace}/channels/smtp", tag = "channels", params(("workspace" = String, Path)), request_body = NewSmtp,
    responses((status = 200, body = Channels), (status = 422, body = Problem)), security(("staff" = ["channels.manage"])))]
async fn put_smtp(
    State(app): State<App>,
    access: Allowed<needs::ChannelsManage>,
    Json(new): Json<NewSmtp>,
) -> ApiResult<Json<Channels>> {
    let settings = new.settings();
    check_smtp(&settings)?;
    let before: Option<Stored<Smtp>> = store::find(access.workspace.records.reader(), SMTP).await?;
    let secret = new.password.as_deref().filter(|password| !password.is_empty());
    if let Some(before) = &before
        && before.sealed_secret.is_some()
        && secret.is_none()
        && !settings.keeps_secret_of(&before.settings)
    {
        let detail = "Enter the password again: it is kept for the server and user it was given for.";
        return Err(Problem::invalid_field("/password", detail));
    }
    let by = (&access.actor, &access.request);
    store::save(&app, &access.workspace, SMTP, &settings, secret, before.as_ref(), by).await?;
    Ok(Json(channels(&access.workspace).await?))
}

fn check_smtp(settings: &Smtp) -> ApiResult<()> {
    let is_host = |host: &str| !host.is_empty() && host.len() <= 253 && !host.contains(['/', ' ', '@', '\\']);
    if !is_host(&settings.host) {
        return Err(Problem::invalid_field("/host", "A host is a name or an address, such as smtp.example.com."));
    }
    if settings.port == 0 {
        return Err(Problem::invalid_field(
            "/port",
            "A port is a number from 1 to 65535; mail servers use 25, 465 or 587.",
        ));
    }
    Mailer::new(smtp_settings(settings, None)).map(drop).map_err(|problem| match problem {
        InvalidSettings::Address { field, .. } => Problem::invalid_field(
            &format!("/{field}"),
            "This is no e-mail address; write panel@example.com or Panel <panel@example.com>.",
        ),
        InvalidSettings::Tls(_) => Problem::invalid_field("/host", problem.to_string()),
    })
}

/// Set up the Telegram bot
#[utoipa::path(put, path = "/api/v1/{workspace}/channels/telegram", tag = "channels", params(("workspace" = String, Path)), request_body = NewTelegram,
    responses((status = 200, body = Channels), (status = 422, body = Problem)), security(("staff" = ["channels.manage"])))]
async fn put_telegram(
    State(app): State<App>,
    access: Allowed<needs::ChannelsManage>,
    Json(new): Json<NewTelegram>,
) -> ApiResult<Json<Channels>> {
    let settings = new.settings();
    let before: Option<Stored<Telegram>> = store::find(access.workspace.records.reader(), TELEGRAM).await?;
    let secret = new.token.as_deref().filter(|token| !token.is_empty());
    if !is_chat(&settings.chat_id) {
        return Err(Problem::invalid_field(
            "/chat_id",
            "A chat is a number such as -1001234567890, or the @name of a public one.",
        ));
    }
    let stays = before
        .as_ref()
        .is_some_and(|before| before.sealed_secret.is_some() && before.settings.base_url == settings.base_url);
    if secret.is_none() && !stays {
        let detail = "Enter the token BotFather gave; it is kept for the Bot API server it was given for.";
        return Err(Problem::invalid_field("/token", detail));
    }
    let base_url = settings.base_url.as_deref().unwrap_or(&app.config.telegram_api);
    // A stored token was checked when it came; any of the right form serves to check the address.
    let token = secret.unwrap_or("1:checking-the-address-of-the-server");
    Bot::new(token, base_url).map(drop).map_err(|problem| match problem {
        telegram::InvalidSettings::Token => Problem::invalid_field("/token", problem.to_string()),
        _ => Problem::invalid_field("/base_url", problem.to_string()),
    })?;
    let by = (&access.actor, &access.request);
    store::save(&app, &access.workspace, TELEGRAM, &settings, secret, before.as_ref(), by).await?;
    Ok(Json(channels(&access.workspace).await?))
}

/// Forget the SMTP server and its secret
#[utoipa::path(delete, path = "/api/v1/{workspace}/channels/smtp", tag = "channels", params(("workspace" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("staff" = ["channels.manage"])))]
async fn delete_smtp(State(app): State<App>, access: Allowed<needs::ChannelsManage>) -> ApiResult<StatusCode> {
    store::delete(&app, &access.workspace, SMTP, &access.actor, &access.request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget the Telegram bot and its secret
#[utoipa::path(delete, path = "/api/v1/{workspace}/channels/telegram", tag = "channels", params(("workspace" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("staff" = ["channels.manage"])))]
async fn delete_telegram(State(app): State<App>, access: Allowed<needs::ChannelsManage>) -> ApiResult<StatusCode> {
    store::delete(&app, &access.workspace, TELEGRAM, &access.actor, &access.request).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTest {
    /// An e-mail address, or a chat other than the stored one.
    #[serde(default)]
    to: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct TestResult {
    /// `delivered`, `later`, `refused`, `misconfigured` or `uncertain`
    outcome: String,
    /// What the other side said.
    detail: String,
}

/// Send a test message over a channel and tell what became of it
#[utoipa::path(post, path = "/api/v1/{workspace}/channels/{kind}/test", tag = "channels", params(("workspace" = String, Path), ("kind" = String, Path)),
    request_body = NewTest, responses((status = 200, body = TestResult), (status = 404, body = Problem), (status = 422, body = Problem)),
    security(("staff" = ["channels.manage"])))]
async fn test(
    State(app): State<App>,
    access: Allowed<needs::ChannelsManage>,
    Path(path): Path<(String, String)>,
    Json(test): Json<NewTest>,
) -> ApiResult<Json<TestResult>> {
    let (_, kind) = path;
    let to = test.to.filter(|to| !to.trim().is_empty());
    let outcome = match kind.as_str() {
        SMTP => {
            let to = to.ok_or_else(|| Problem::invalid_field("/to", "Say to which address the test goes."))?;
            test_smtp(&app, &access.workspace, to).await
        }
        TELEGRAM => test_telegram(&app, &access.workspace, to).await?,
        _ => return Err(Problem::not_found("channel")),
    };
    Ok(Json(TestResult { outcome: outcome.code().to_owned(), detail: outcome.detail().to_owned() }))
}

async fn test_smtp(app: &App, workspace: &Workspace, to: String) -> Outcome {
    let mail: smtp::Mail = Mail {
        id: Uuid::now_v7().to_string(),
        to,
        subject: format!("Kabinet · {}: test", workspace.slug),
        plain: "Mail from Kabinet arrives.\n".into(),
        html: None,
    };
    match connections::mailer(app, workspace).await {
        Ok(mailer) => mailer.send(&mail).await,
        Err(unable) => unable,
    }
}

async fn test_telegram(app: &App, workspace: &Workspace, to: Option<String>) -> ApiResult<Outcome> {
    let stored = store::telegram_chat(workspace.records.reader()).await?;
    let chat = to.or(stored).unwrap_or_default();
    Ok(match connections::bot(app, workspace).await {
        Ok(bot) => bot.send_message(&chat, &format!("Kabinet · {}: messages arrive here.", workspace.slug)).await,
        Err(unable) => unable,
    })
}
