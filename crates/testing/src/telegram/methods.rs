//! The methods the product uses. Anything else is 404, as with the real server.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Map, Value, json};

use super::{
    ALWAYS_BUSY, BLOCKED, BROKEN, BUSY_ONCE, Call, Calls, DEACTIVATED, KICKED, NOT_FOUND, SILENT, TOKEN, UPGRADED,
    UPGRADED_TO,
};

const MAXIMUM_TEXT: usize = 4096;
const MAXIMUM_CAPTION: usize = 1024;

#[derive(Clone, Default)]
struct Bot {
    calls: Calls,
    webhook: Arc<std::sync::Mutex<String>>,
}

enum Answer {
    Result(Value),
    Error(u16, &'static str, Value),
    BadGateway,
    Silence,
}

pub(super) fn router(calls: Calls) -> Router {
    let bot = Bot { calls, ..Bot::default() };
    Router::new()
        .route("/{bot}/{method}", any(call))
        .fallback(|| async { Answer::not_found() })
        .layer(DefaultBodyLimit::max(50 << 20))
        .with_state(bot)
}

async fn call(State(bot): State<Bot>, Path((token, method)): Path<(String, String)>, request: Request) -> Answer {
    if token.strip_prefix("bot") != Some(TOKEN) {
        return Answer::error(401, "Unauthorized");
    }
    let parameters = match parameters(request).await {
        Ok(parameters) => parameters,
        Err(problem) => return problem,
    };
    let answer = bot.answer(&method, &parameters);
    let taken = matches!(answer, Answer::Result(_) | Answer::Silence);
    let call = Call { method, parameters, taken };
    bot.calls.lock().expect("nobody panics with the lock").push(call);
    answer
}

impl Bot {
    fn answer(&self, method: &str, parameters: &Value) -> Answer {
        match method {
            "getMe" => Answer::Result(json!({
                "id": 7_000_000_001_i64, "is_bot": true, "first_name": "Kabinet test bot",
                "username": "kabinet_test_bot", "can_join_groups": true,
                "can_read_all_group_messages": false, "supports_inline_queries": false,
            })),
            "getChat" => self.in_chat(parameters, |chat| chat),
            "sendMessage" => match text_problem(parameters, "text", MAXIMUM_TEXT) {
                Some(problem) => problem,
                None => self.in_chat(parameters, |chat| self.message(&chat, parameters)),
            },
            "sendPhoto" | "sendDocument" => {
                let file = if method == "sendPhoto" { "photo" } else { "document" };
                if parameters[file].is_null() {
                    let text = "Bad Request: there is no photo in the request";
                    return Answer::error(400, text);
                }
                match text_problem(parameters, "caption", MAXIMUM_CAPTION) {
                    Some(problem) => problem,
                    None => self.in_chat(parameters, |chat| self.message(&chat, parameters)),
                }
            }
            "setWebhook" => {
                let url = parameters["url"].as_str().unwrap_or_default();
                if !url.is_empty() && !url.starts_with("https://") {
                    return Answer::error(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
                }
                url.clone_into(&mut self.webhook.lock().expect("nobody panics with the lock"));
                Answer::Result(json!(true))
            }
            "deleteWebhook" => {
                self.webhook.lock().expect("nobody panics with the lock").clear();
                Answer::Result(json!(true))
            }
            "getWebhookInfo" => {
                let url = self.webhook.lock().expect("nobody panics with the lock").clone();
                Answer::Result(json!({
                    "url": url, "has_custom_certificate": false, "pending_update_count": 0,
                }))
            }
            _ => Answer::not_found(),
        }
    }

    fn in_chat(&self, parameters: &Value, result: impl FnOnce(Value) -> Value) -> Answer {
        let chat = match &parameters["chat_id"] {
            Value::Null => return Answer::error(400, "Bad Request: chat_id is empty"),
            Value::String(name) if name.starts_with('@') => {
                json!({"id": -100_777, "type": "channel", "title": name, "username": &name[1..]})
            }
            Value::String(text) => match text.parse::<i64>() {
                Ok(id) => chat(id),
                Err(_) => return Answer::error(400, "Bad Request: chat not found"),
            },
            number => chat(number.as_i64().unwrap_or(NOT_FOUND)),
        };
        let busy = |seconds: i64, text| Answer::Error(429, text, json!({"retry_after": seconds}));
        match chat["id"].as_i64().expect("every chat has an id") {
            NOT_FOUND => Answer::error(400, "Bad Request: chat not found"),
            BLOCKED => Answer::error(403, "Forbidden: bot was blocked by the user"),
            KICKED => Answer::error(403, "Forbidden: bot was kicked from the supergroup chat"),
            DEACTIVATED => Answer::error(403, "Forbidden: user is deactivated"),
            UPGRADED => Answer::Error(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                json!({"migrate_to_chat_id": UPGRADED_TO}),
            ),
            BUSY_ONCE if self.calls_to(BUSY_ONCE) == 0 => busy(1, "Too Many Requests: retry after 1"),
            ALWAYS_BUSY => busy(30, "Too Many Requests: retry after 30"),
            BROKEN => Answer::BadGateway,
            SILENT => Answer::Silence,
            _ => Answer::Result(result(chat)),
        }
    }

    fn calls_to(&self, chat: i64) -> usize {
        let calls = self.calls.lock().expect("nobody panics with the lock");
        calls.iter().filter(|call| call.chat() == chat.to_string()).count()
    }

    fn message(&self, chat: &Value, parameters: &Value) -> Value {
        let number = self.calls.lock().expect("nobody panics with the lock").len() + 1;
        json!({
            "message_id": number, "date": 1_790_000_000, "chat": chat,
            "text": parameters["text"], "caption": parameters["caption"],
        })
    }
}

fn chat(id: i64) -> Value {
    if id < 0 {
        json!({"id": id, "type": "supergroup", "title": "Staff"})
    } else {
        json!({"id": id, "type": "private", "first_name": "Test"})
    }
}

fn text_problem(parameters: &Value, name: &str, maximum: usize) -> Option<Answer> {
    let text = parameters[name].as_str().unwrap_or_default();
    if name == "text" && text.trim().is_empty() {
        return Some(Answer::error(400, "Bad Request: message text is empty"));
    }
    let is_html = parameters["parse_mode"] == "HTML";
    if is_html && !is_telegram_html(text) {
        return Some(Answer::error(400, "Bad Request: can't parse entities"));
    }
    let length = if is_html { without_tags(text).chars().count() } else { text.chars().count() };
    (length > maximum).then(|| Answer::error(400, "Bad Request: message is too long"))
}

/// Whether every `<` opens or closes a tag Telegram knows, in pairs.
fn is_telegram_html(text: &str) -> bool {
    const TAGS: [&str; 9] = ["b", "strong", "i", "em", "u", "s", "code", "pre", "a"];
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else {
            return false;
        };
        let tag = &rest[start + 1..start + length];
        rest = &rest[start + length + 1..];
        match tag.strip_prefix('/') {
            Some(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            None => {
                let name = tag.split(' ').next().unwrap_or_default();
                if !TAGS.contains(&name) {
                    return false;
                }
                open.push(name);
            }
        }
    }
    open.is_empty()
}

fn without_tags(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => kept.push(character),
            _ => {}
        }
    }
    kept
}

/// The call's parameters from the query and a JSON, form or multipart body.
async fn parameters(request: Request) -> Result<Value, Answer> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_err(|_| Answer::error(400, "Bad Request: can't parse query"))?;
    let mut all: Map<String, Value> = query.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    if kind.starts_with("multipart/form-data") {
        let unreadable = |_| Answer::error(400, "Bad Request: can't parse multipart");
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|_| Answer::error(400, "Bad Request: can't parse multipart"))?;
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            let value = match field.file_name().map(str::to_owned) {
                Some(file) => {
                    let bytes = field.bytes().await.map_err(unreadable)?;
                    json!({"file_name": file, "bytes": bytes.len()})
                }
                None => Value::String(field.text().await.map_err(unreadable)?),
            };
            all.insert(name, value);
        }
    } else {
        let body = axum::body::to_bytes(request.into_body(), 50 << 20)
            .await
            .map_err(|_| Answer::error(413, "Request Entity Too Large"))?;
        let unreadable = || Answer::error(400, "Bad Request: can't parse body");
        if kind.starts_with("application/json") {
            let body: Value = serde_json::from_slice(&body).map_err(|_| unreadable())?;
            all.extend(body.as_object().cloned().ok_or_else(unreadable)?);
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let text = String::from_utf8_lossy(&body);
            let uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
            let Query(form) = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| unreadable())?;
            all.extend(form.into_iter().map(|(name, value)| (name, Value::String(value))));
        }
    }
    Ok(Value::Object(all))
}

impl Answer {
    fn error(code: u16, description: &'static str) -> Self {
        Self::Error(code, description, Value::Null)
    }

    fn not_found() -> Self {
        Self::error(404, "Not Found")
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Result(result) => axum::Json(json!({"ok": true, "result": result})).into_response(),
            Self::Error(code, description, parameters) => {
                let mut body = json!({"ok": false, "error_code": code, "description": description});
                if !parameters.is_null() {
                    body["parameters"] = parameters;
                }
                let status = StatusCode::from_u16(code).expect("a valid HTTP status");
                (status, axum::Json(body)).into_response()
            }
            Self::BadGateway => {
                (StatusCode::BAD_GATEWAY, axum::response::Html("<h1>502 Bad Gateway</h1>")).into_response()
            }
            // A body that fails before its first byte makes the server drop the connection.
            Self::Silence => {
                let broken = futures::stream::once(async { Err::<&[u8], _>("dropped") });
                Body::from_stream(broken).into_response()
            }
        }
    }
}
