//! A Telegram Bot API server over HTTP: `{base}/bot{token}/{method}`, with JSON, form and
//! multipart bodies and the answers and error texts of api.telegram.org.
//!
//! Which failure it plays is decided by the chat, so that the same failures can be had by hand:
//!
//! | chat | answer |
//! | --- | --- |
//! | [`NOT_FOUND`] | 400 chat not found |
//! | [`BLOCKED`] | 403 bot was blocked by the user |
//! | [`KICKED`] | 403 bot was kicked from the supergroup chat |
//! | [`DEACTIVATED`] | 403 user is deactivated |
//! | [`UPGRADED`] | 400 with `parameters.migrate_to_chat_id` = [`UPGRADED_TO`] |
//! | [`BUSY_ONCE`] | the first call 429 with `parameters.retry_after` = 1, then taken |
//! | [`ALWAYS_BUSY`] | 429 with `parameters.retry_after` = 30 |
//! | [`BROKEN`] | 502 with an HTML page, as a proxy in between answers |
//! | [`SILENT`] | the message is taken, then the connection drops without an answer |
//! | anyone else | taken |

mod methods;

use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::eventually;

/// The one token this server knows.
pub const TOKEN: &str = "7000000001:AAHtestTokenOfTheKabinetBotNotASecret";
/// 400 chat not found.
pub const NOT_FOUND: i64 = -400;
/// 403 blocked by the user.
pub const BLOCKED: i64 = 403;
/// 403 kicked from the group.
pub const KICKED: i64 = -100_403;
/// 403 the user deleted the account.
pub const DEACTIVATED: i64 = 404;
/// 400 the group became a supergroup with another id.
pub const UPGRADED: i64 = -301;
/// The id [`UPGRADED`] answers with.
pub const UPGRADED_TO: i64 = -100_301;
/// 429 at the first call only.
pub const BUSY_ONCE: i64 = -429;
/// 429 at every call.
pub const ALWAYS_BUSY: i64 = -430;
/// 502 at every call.
pub const BROKEN: i64 = -502;
/// Takes the message and drops the connection.
pub const SILENT: i64 = -1;

/// A running server; it ends with the runtime it was started on, or when dropped.
#[derive(Debug)]
pub struct TelegramServer {
    base_url: String,
    calls: Calls,
    task: tokio::task::JoinHandle<()>,
}

type Calls = Arc<Mutex<Vec<Call>>>;

/// One call with a right token, whatever its answer was.
#[derive(Clone, Debug)]
pub struct Call {
    /// Such as `sendMessage`.
    pub method: String,
    /// Parameters; an uploaded file stands as `{"file_name": …, "bytes": count}`.
    pub parameters: Value,
    /// Whether the message was taken.
    pub taken: bool,
}

impl Call {
    /// The chat the call names, as text: an id or `@name`.
    #[must_use]
    pub fn chat(&self) -> String {
        match &self.parameters["chat_id"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The parameter's text; empty when there is none.
    #[must_use]
    pub fn text(&self, parameter: &str) -> &str {
        self.parameters[parameter].as_str().unwrap_or_default()
    }
}

impl TelegramServer {
    /// Starts a server on a free port of the loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let calls = Calls::default();
        let router: Router = methods::router(Arc::clone(&calls));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the server serves");
        });
        Self { base_url: format!("http://{address}"), calls, task }
    }

    /// What stands in for `https://api.telegram.org`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// All calls so far, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("nobody panics with the lock").clone()
    }

    /// The calls of `method` to `chat` whose message was taken.
    #[must_use]
    pub fn taken(&self, method: &str, chat: &str) -> Vec<Call> {
        let wanted = |call: &Call| call.taken && call.method == method && call.chat() == chat;
        self.calls().into_iter().filter(wanted).collect()
    }

    /// The first message text taken for `chat`; waits for it.
    pub async fn message_to(&self, chat: &str) -> String {
        let what = format!("a message to chat {chat}");
        eventually(&what, || async { self.taken("sendMessage", chat).first().map(|call| call.text("text").to_owned()) })
            .await
    }
}

impl Drop for TelegramServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BUSY_ONCE, NOT_FOUND, TOKEN, TelegramServer};

    async fn call(server: &TelegramServer, token: &str, method: &str, body: Value) -> (u16, Value) {
        // One process may test several things; only the first installation counts.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = format!("{}/bot{token}/{method}", server.base_url());
        let request = reqwest::Client::new().post(url).json(&body);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    #[tokio::test]
    async fn answers_like_the_real_one() {
        let server = TelegramServer::start().await;
        let (status, body) = call(&server, "1:wrong", "getMe", json!({})).await;
        assert_eq!(status, 401);
        assert_eq!(body, json!({"ok": false, "error_code": 401, "description": "Unauthorized"}));

        let (status, body) = call(&server, TOKEN, "getMe", json!({})).await;
        assert_eq!((status, &body["result"]["is_bot"]), (200, &json!(true)));

        let (_, body) = call(&server, TOKEN, "getChat", json!({"chat_id": NOT_FOUND})).await;
        assert_eq!(body["description"], "Bad Request: chat not found");

        let message = json!({"chat_id": BUSY_ONCE, "text": "<b>1 &lt; 2</b>", "parse_mode": "HTML"});
        let (status, body) = call(&server, TOKEN, "sendMessage", message.clone()).await;
        assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(1)));
        let (status, _) = call(&server, TOKEN, "sendMessage", message).await;
        assert_eq!(status, 200);
        assert_eq!(server.message_to("-429").await, "<b>1 &lt; 2</b>");

        let broken = json!({"chat_id": 5, "text": "a <b> c", "parse_mode": "HTML"});
        let (_, body) = call(&server, TOKEN, "sendMessage", broken).await;
        assert_eq!(body["description"], "Bad Request: can't parse entities");
    }
}
