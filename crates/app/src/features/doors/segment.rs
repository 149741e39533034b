//! The Segment HTTP tracking API: what its client libraries, and RudderStack's, send.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kabinet_model::event::{Event, EventKind};
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Limits};
use super::intake::{Intake, Item, Refusal, corrected_time, id_text, object, subject, time_ms};
use crate::App;
use crate::features::keys;
use crate::http::access::{bearer, client_ip};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Path, parse_json};

const MAX_BATCH: usize = 2_500;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(call))
}

/// One call of the Segment tracking API: `identify`, `track`, `page`, `screen`, `group`, `alias` or `batch`
///
/// A batch is answered 200 even when some of its items are refused; the debugger shows which and why.
#[utoipa::path(post, path = "/v1/{call}", tag = "doors", params(("call" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 401, body = Problem)), security(("write_key" = []), ("secret_key" = ["events.write"])))]
async fn call(State(app): State<App>, Path(call): Path<String>, request: Request) -> ApiResult<impl IntoResponse> {
    let kind = match call.as_str() {
        "batch" => None,
        other => Some(other.parse::<EventKind>().map_err(|_| Problem::not_found("call"))?),
    };
    let (parts, body) = request.into_parts();
    let ip = client_ip(&parts, &app);
    let (key, message) = match header_key(&parts.headers) {
        // A key in the headers is checked before the body costs anything. A Bearer token that is none of ours belongs to
        // another login scheme, which puts the key in the body.
        Some(text) if keys::looks_like_one(&text) || bearer(&parts.headers).is_none() => {
            let key = keys::find(&app, &text, ip).await?;
            let limits = if key.is_trusted() { Limits::SERVER } else { Limits::PUBLIC };
            (key, read(body, limits).await?)
        }
        _ => {
            let message = read(body, Limits::PUBLIC).await?;
            let text = id_text(message.get("writeKey")).ok_or_else(no_key)?;
            (keys::find(&app, &text, ip).await?, message)
        }
    };
    let intake = Intake::open(&app, key, "segment", &parts.headers)?;
    let now = app.clock.now_ms();
    let items = match kind {
        Some(kind) => vec![item(Value::Object(message), Some(kind), &Map::new(), None, now)],
        None => batch(message, now)?,
    };
    intake.take(items).await?;
    Ok((StatusCode::OK, axum::Json(json!({"success": true}))))
}

async fn read(body: Body, limits: Limits) -> ApiResult<Map<String, Value>> {
    parse_json(&body::read(body, limits).await?)
}

fn no_key() -> Problem {
    Problem::unauthenticated(
        "Send the write key as Basic authentication (key as the user name, empty password), as Bearer, or as writeKey in the body.",
    )
}

fn header_key(headers: &HeaderMap) -> Option<String> {
    if let Some(token) = bearer(headers) {
        return Some(token.to_owned());
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    Some(plain.split_once(':').map_or(plain.clone(), |(user, _)| user.to_owned()))
}

fn batch(message: Map<String, Value>, now: i64) -> ApiResult<Vec<Item>> {
    let Some(Value::Array(messages)) = message.get("batch") else {
        return Err(Problem::malformed("A batch holds its messages in an array called batch."));
    };
    if messages.len() > MAX_BATCH {
        return Err(Problem::too_large(format!(
            "A batch holds at most {MAX_BATCH} messages; this one has {}.",
            messages.len()
        )));
    }
    let shared_context = object(message.get("context"));
    let sent_at = message.get("sentAt").and_then(time_ms);
    Ok(messages.iter().map(|raw| item(raw.clone(), None, &shared_context, sent_at, now)).collect())
}

fn item(
    raw: Value,
    kind: Option<EventKind>,
    shared_context: &Map<String, Value>,
    sent_at: Option<i64>,
    now: i64,
) -> Item {
    let event = match &raw {
        Value::Object(message) => event(message, kind, shared_context, sent_at, now),
        _ => Err(Refusal::new("", "A message is an object.")),
    };
    Item { raw, event }
}

fn event(
    message: &Map<String, Value>,
    kind: Option<EventKind>,
    shared_context: &Map<String, Value>,
    sent_at: Option<i64>,
    now: i64,
) -> Result<Event, Refusal> {
    let kind = match kind {
        Some(kind) => kind,
        None => {
            let word = id_text(message.get("type")).ok_or_else(|| Refusal::new("/type", "The type is missing."))?;
            word.parse()
                .map_err(|error: kabinet_model::event::UnknownEventKind| Refusal::new("/type", error.to_string()))?
        }
    };
    let mut context = shared_context.clone();
    context.extend(object(message.get("context")));
    let sent_at = message.get("sentAt").and_then(time_ms).or(sent_at);
    let timestamp_ms = corrected_time(message.get("timestamp").or(message.get("originalTimestamp")), sent_at, now)?;
    let subject = subject(id_text(message.get("userId")), id_text(message.get("anonymousId")), &mut context)?;
    let (name, properties) = name_and_properties(kind, message, &mut context)?;
    Ok(Event {
        message_id: id_text(message.get("messageId")).unwrap_or_default(),
        name,
        kind,
        subject,
        timestamp_ms,
        received_at_ms: now,
        properties,
        context,
    })
}

/// Only a track call has a name of its own; the others get the names PostHog made common.
fn name_and_properties(
    kind: EventKind,
    message: &Map<String, Value>,
    context: &mut Map<String, Value>,
) -> Result<(String, Map<String, Value>), Refusal> {
    let mut properties = object(message.get("properties"));
    Ok(match kind {
        EventKind::Track => {
            let name =
                id_text(message.get("event")).ok_or_else(|| Refusal::new("/event", "The event name is missing."))?;
            (name, properties)
        }
        EventKind::Identify => {
            let mut traits = object(context.remove("traits").as_ref());
            traits.extend(object(message.get("traits")));
            ("$identify".into(), traits)
        }
        EventKind::Page | EventKind::Screen => {
            for word in ["name", "category"] {
                if let Some(value) = message.get(word).filter(|value| !value.is_null()) {
                    properties.insert(word.into(), value.clone());
                }
            }
            (if kind == EventKind::Page { "$pageview" } else { "$screen" }.into(), properties)
        }
        EventKind::Group => {
            let group =
                id_text(message.get("groupId")).ok_or_else(|| Refusal::new("/groupId", "The group id is missing."))?;
            let mut traits = object(message.get("traits"));
            traits.insert("group_id".into(), group.into());
            ("$group".into(), traits)
        }
        EventKind::Alias => {
            let previous = id_text(message.get("previousId"))
                .ok_or_else(|| Refusal::new("/previousId", "The previous id is missing."))?;
            properties.insert("previous_id".into(), previous.into());
            ("$alias".into(), properties)
        }
    })
}
