//! Telegram's Bot API over HTTP.

mod pace;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::outcome::told;
use crate::{Outcome, Refusal, Secret};
use pace::Pace;

/// Where Telegram's own server is.
pub const OFFICIAL_BASE_URL: &str = "https://api.telegram.org";
/// The longest message text, in characters after parsing.
pub const MAXIMUM_TEXT: usize = 4096;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// A message that would have to wait longer for its turn is given back to the queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// One bot. Messages of one bot are paced: one per second and chat, 30 per second in all.
pub struct Bot {
    client: Client,
    base_url: Url,
    token: Secret,
    pace: Mutex<Pace>,
}

/// Settings that cannot work, found before anything is sent.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// The token has another form than `<digits>:<letters, digits, - and _>`.
    #[error("this is no bot token; BotFather gives one such as 123456789:AAE…")]
    Token,
    /// The base address is no plain HTTP(S) address.
    #[error("the address of the Bot API server must be like {OFFICIAL_BASE_URL}")]
    BaseUrl,
    /// The system's certificates could not be read.
    #[error("HTTPS cannot be set up: {0}")]
    Tls(String),
}

/// Who a bot is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Telegram's number of the bot.
    pub id: i64,
    /// Its name without the `@`.
    pub username: String,
}

/// A chat as the bot sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// Telegram's number of the chat.
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of a group or channel.
    pub title: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
}

impl Bot {
    /// Checks the form of the settings; does not call yet.
    ///
    /// # Errors
    /// A token or address that cannot be one.
    pub fn new(token: &str, base_url: &str) -> Result<Self, InvalidSettings> {
        use_ring();
        if !is_token(token) {
            return Err(InvalidSettings::Token);
        }
        let base_url: Url = base_url.parse().map_err(|_| InvalidSettings::BaseUrl)?;
        let is_plain = ["http", "https"].contains(&base_url.scheme())
            && base_url.username().is_empty()
            && base_url.password().is_none()
            && base_url.query().is_none()
            && base_url.fragment().is_none();
        if !is_plain {
            return Err(InvalidSettings::BaseUrl);
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|problem| InvalidSettings::Tls(problem.to_string()))?;
        Ok(Self { client, base_url, token: Secret::new(token), pace: Mutex::default() })
    }

    /// Who the bot is; proves that the token is right.
    ///
    /// # Errors
    /// What a message would have come to.
    pub async fn get_me(&self) -> Result<Me, Outcome> {
        self.call("getMe", |request| request).await.map_err(Failure::outcome)
    }

    /// The chat with that id or `@name`, when the bot can see it.
    ///
    /// # Errors
    /// What a message would have come to.
    pub async fn get_chat(&self, chat: &str) -> Result<Chat, Outcome> {
        let body = json!({ "chat_id": chat });
        self.call("getChat", |request| request.json(&body)).await.map_err(Failure::outcome)
    }

    /// Has Telegram send updates to `url`, with `secret` in `X-Telegram-Bot-Api-Secret-Token`.
    ///
    /// # Errors
    /// What a message would have come to.
    pub async fn set_webhook(&self, url: &str, secret: &Secret) -> Result<(), Outcome> {
        let body = json!({ "url": url, "secret_token": secret.reveal() });
        let done: Result<bool, Failure> = self.call("setWebhook", |request| request.json(&body)).await;
        done.map(|_| ()).map_err(Failure::outcome)
    }

    /// Stops updates to the webhook.
    ///
    /// # Errors
    /// What a message would have come to.
    pub async fn delete_webhook(&self) -> Result<(), Outcome> {
        let done: Result<bool, Failure> = self.call("deleteWebhook", |request| request).await;
        done.map(|_| ()).map_err(Failure::outcome)
    }

    /// Sends text in Telegram's HTML to a chat id or `@name`; see [`escape`].
    pub async fn send_message(&self, chat: &str, html: &str) -> Outcome {
        let body = json!({
            "chat_id": chat, "text": html, "parse_mode": "HTML", "link_preview_options": {"is_disabled": true},
        });
        self.send(chat, "sendMessage", |request| request.json(&body)).await
    }

    /// Sends a picture (JPEG or PNG) with a caption in Telegram's HTML.
    pub async fn send_photo(&self, chat: &str, photo: Vec<u8>, caption: &str) -> Outcome {
        let form = Form::new()
            .text("chat_id", chat.to_owned())
            .text("caption", caption.to_owned())
            .text("parse_mode", "HTML")
            .part("photo", Part::bytes(photo).file_name("photo"));
        self.send(chat, "sendPhoto", |request| request.multipart(form)).await
    }

    async fn send(&self, chat: &str, method: &str, body: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Outcome {
        let turn = self.pace.lock().expect("nobody panics with the lock").turn(chat, Instant::now(), PATIENCE);
        match turn {
            Ok(turn) => tokio::time::sleep_until(turn.into()).await,
            Err(wait) => {
                let detail = "other messages to this chat come first".to_owned();
                return Outcome::Later { detail, after: Some(wait) };
            }
        }
        match self.call::<Message>(method, body).await {
            Ok(message) => Outcome::Delivered { reference: message.message_id.to_string() },
            Err(failure) => {
                if let Failure::Answered { parameters: Parameters { retry_after: Some(seconds), .. }, .. } = failure {
                    let until = Instant::now() + Duration::from_secs(seconds);
                    self.pace.lock().expect("nobody panics with the lock").hold(chat, until);
                }
                failure.outcome()
            }
        }
    }

    async fn call<Answer: DeserializeOwned>(
        &self,
        method: &str,
        body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Failure> {
        let base = self.base_url.as_str().trim_end_matches('/');
        let url = format!("{base}/bot{}/{method}", self.token.reveal());
        let response = body(self.client.post(url)).send().await.map_err(Failure::from_transport)?;
        let status = response.status();
        let body = response.bytes().await.map_err(|problem| Failure::Unanswered(said(problem)))?;
        match serde_json::from_slice(&body) {
            Ok(Envelope { ok: true, result: Some(result), .. }) => {
                serde_json::from_value(result).map_err(|problem| Failure::Unanswered(problem.to_string()))
            }
            Ok(Envelope { ok: false, error_code: Some(code), description, parameters, .. }) => {
                Err(Failure::Answered { code, description: told(&description), parameters })
            }
            _ => Err(Failure::Unanswered(format!("the Bot API server answered {status} without a result"))),
        }
    }
}

impl std::fmt::Debug for Bot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bot").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

/// Text made harmless inside Telegram's HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    result: Option<Value>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

enum Failure {
    /// The request did not leave.
    Unsent(String),
    /// It left, and what came back tells nothing.
    Unanswered(String),
    /// Telegram said no.
    Answered { code: u16, description: String, parameters: Parameters },
}

impl Failure {
    fn from_transport(problem: reqwest::Error) -> Self {
        if problem.is_connect() || problem.is_builder() {
            Self::Unsent(said(problem))
        } else {
            Self::Unanswered(said(problem))
        }
    }

    fn outcome(self) -> Outcome {
        let (code, detail, parameters) = match self {
            Self::Unsent(detail) => return Outcome::Later { detail, after: None },
            Self::Unanswered(detail) => return Outcome::Uncertain { detail },
            Self::Answered { code, description, parameters } => (code, description, parameters),
        };
        let refused = |refusal, detail| Outcome::Refused { refusal, detail };
        if let Some(chat) = parameters.migrate_to_chat_id {
            return refused(Refusal::MovedTo(chat), detail);
        }
        match code {
            // 404 is what Telegram answers to a token it never gave out.
            401 | 404 => Outcome::Misconfigured { detail: format!("{detail}: the bot token is wrong") },
            403 => refused(Refusal::Blocked, detail),
            429 => Outcome::Later { detail, after: parameters.retry_after.map(Duration::from_secs) },
            500.. => Outcome::Later { detail, after: None },
            _ if detail.contains("chat not found") || detail.contains("PEER_ID_INVALID") => {
                refused(Refusal::NoSuchRecipient, detail)
            }
            _ => refused(Refusal::Content, detail),
        }
    }
}

/// What went wrong, without the address: it holds the token.
fn said(problem: reqwest::Error) -> String {
    let problem = problem.without_url();
    let mut text = problem.to_string();
    let mut source = std::error::Error::source(&problem);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    told(&text)
}

fn is_token(token: &str) -> bool {
    let is_secret = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.chars().all(|character| character.is_ascii_digit())
            && secret.len() >= 30
            && secret.chars().all(is_secret)
    })
}

/// Names ring as the process's TLS provider, unless someone has named one.
pub(crate) fn use_ring() {
    static ONCE: Once = Once::new();
    // The error says that a provider is installed already, which is all that is wanted.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
