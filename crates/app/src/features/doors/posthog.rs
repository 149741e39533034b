//! PostHog's capture endpoints, as its client libraries use them.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{options, post};
use kabinet_model::event::{Event, EventKind, Subject};
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;

use super::body::{self, Limits};
use super::intake::{Intake, Item, Refusal, corrected_time, id_text, object, time_ms};
use crate::App;
use crate::features::keys;
use crate::http::access::client_ip;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::parse_json;

const MAX_BATCH: usize = 2_500;
const MAX_DISTINCT_ID: usize = 200;

const CAPTURE_PATHS: &[&str] = &["/batch", "/i/v0/e", "/e", "/capture", "/track", "/engage"];
const FLAG_PATHS: &[&str] = &["/flags", "/decide"];

/// These paths belong to another product's protocol, which documents them; each answers with and without a trailing slash.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let mut router = Router::new();
    for path in CAPTURE_PATHS {
        for path in [(*path).to_owned(), format!("{path}/")] {
            router = router.route(&path, post(capture).merge(options(preflight)));
        }
    }
    for path in FLAG_PATHS {
        for path in [(*path).to_owned(), format!("{path}/")] {
            router = router.route(&path, post(flags).merge(options(preflight)));
        }
    }
    OpenApiRouter::from(router)
}

/// A page on another origin asks first. Which origins a key takes is decided when the key is known; here nothing is promised but the form of the request.
async fn preflight(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow_origin(&headers, &mut response);
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.unwrap_or(HeaderValue::from_static("content-type")));
    response
}

fn allow_origin(headers: &HeaderMap, response: &mut Response) {
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    }
}

async fn capture(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    let sent = Sent::read(body).await?;
    let key = keys::find(&app, &sent.token()?, client_ip(&parts, &app)).await?;
    let intake = Intake::open(&app, key, "posthog", &parts.headers)?;
    let now = app.clock.now_ms();
    let sent_at = sent.sent_at;
    let items = sent.events.into_iter().map(|raw| item(raw, sent_at, now)).collect();
    intake.take(items).await?;
    let mut response = axum::Json(json!({"status": 1})).into_response();
    allow_origin(&parts.headers, &mut response);
    Ok(response)
}

/// Client libraries ask for feature flags when they start; there are none, and saying so keeps them quiet.
async fn flags(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    let sent = Sent::read(body).await?;
    keys::find(&app, &sent.token()?, client_ip(&parts, &app)).await?;
    let answer = json!({
        "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false,
        "config": {"enable_collect_everything": false}, "sessionRecording": false, "supportedCompression": ["gzip"],
    });
    let mut response = axum::Json(answer).into_response();
    allow_origin(&parts.headers, &mut response);
    Ok(response)
}

/// A body in any of its three shapes: one event, an array of events, or an envelope around a batch.
struct Sent {
    token: Option<String>,
    events: Vec<Value>,
    sent_at: Option<i64>,
}

impl Sent {
    async fn read(body: axum::body::Body) -> ApiResult<Sent> {
        let bytes = body::read(body, Limits::SERVER).await?;
        let json: Value = match bytes.strip_prefix(b"data=") {
            Some(form) => parse_json(&form_data(form)?)?,
            None => parse_json(&bytes)?,
        };
        let sent = match json {
            Value::Array(events) => Sent { token: None, events, sent_at: None },
            Value::Object(mut envelope) => {
                let sent_at = envelope.get("sent_at").and_then(time_ms);
                let token = token_of(&envelope);
                match envelope.remove("batch") {
                    Some(Value::Array(events)) => Sent { token, events, sent_at },
                    Some(_) => return Err(Problem::malformed("batch must be an array of events.")),
                    None => Sent { token, events: vec![Value::Object(envelope)], sent_at },
                }
            }
            _ => return Err(Problem::malformed("Send an event, an array of events, or an object with a batch.")),
        };
        if sent.events.len() > MAX_BATCH {
            return Err(Problem::too_large(format!(
                "A batch holds at most {MAX_BATCH} events; this one has {}.",
                sent.events.len()
            )));
        }
        Ok(sent)
    }

    /// The one key of the body. Events that name different ones are refused as a whole.
    fn token(&self) -> ApiResult<String> {
        let mut tokens: Vec<String> = self.token.iter().cloned().collect();
        tokens.extend(self.events.iter().filter_map(Value::as_object).filter_map(token_of));
        tokens.dedup();
        match tokens.as_slice() {
            [] => Err(Problem::unauthenticated("Send the key as api_key in the body.")),
            [token] if token.starts_with("phx_") => {
                Err(Problem::unauthenticated("This is a personal key; use a write key from Settings → API keys."))
            }
            [token] => Ok(token.clone()),
            _ => Err(Problem::unauthenticated("The events of one request must have the same key.")),
        }
    }
}

fn token_of(object: &Map<String, Value>) -> Option<String> {
    let inside = object.get("properties").and_then(|properties| properties.get("token"));
    ["api_key", "token", "$token"].iter().find_map(|name| id_text(object.get(*name))).or_else(|| id_text(inside))
}

/// A form field: percent-encoded JSON, or percent-encoded base64 of JSON.
fn form_data(form: &[u8]) -> ApiResult<Vec<u8>> {
    use base64::Engine as _;
    let field = form.split(|byte| *byte == b'&').next().unwrap_or_default();
    let wrong = || Problem::malformed("The form field data is neither JSON nor base64 of JSON.");
    let mut plain = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [*bytes.next().ok_or_else(wrong)?, *bytes.next().ok_or_else(wrong)?];
                plain.extend(hex::decode(digits).map_err(|_| wrong())?);
            }
            b'+' => plain.push(b' '),
            other => plain.push(*other),
        }
    }
    if matches!(plain.first(), Some(b'{' | b'[')) {
        return Ok(plain);
    }
    base64::engine::general_purpose::STANDARD.decode(plain).map_err(|_| wrong())
}

fn item(raw: Value, sent_at: Option<i64>, now: i64) -> Item {
    let event = match &raw {
        Value::Object(message) => event(message, sent_at, now),
        _ => Err(Refusal::new("", "An event is an object.")),
    };
    Item { raw, event }
}

fn event(message: &Map<String, Value>, sent_at: Option<i64>, now: i64) -> Result<Event, Refusal> {
    let name = id_text(message.get("event")).ok_or_else(|| Refusal::new("/event", "The event name is missing."))?;
    let mut properties = object(message.get("properties"));
    let distinct_id = distinct_id(message, &properties)?;
    let sent_at = message.get("sent_at").and_then(time_ms).or(sent_at);
    let timestamp_ms = corrected_time(message.get("timestamp"), sent_at, now)?;
    let message_id = id_text(message.get("uuid")).or_else(|| id_text(properties.get("$insert_id"))).unwrap_or_default();
    let mut context = Map::new();
    for name in ["$lib", "$lib_version", "$os", "$browser", "$device_id", "$session_id", "$ip"] {
        if let Some(value) = properties.remove(name) {
            context.insert(name.trim_start_matches('$').into(), value);
        }
    }
    let subject = if is_anonymous(&distinct_id, &properties, &context) {
        Subject::anonymous(distinct_id.clone())
    } else {
        Subject::user(distinct_id.clone())
    };
    let (kind, properties) = kind_and_properties(&name, message, properties, &mut context)?;
    Ok(Event { message_id, name, kind, subject, timestamp_ms, received_at_ms: now, properties, context })
}

/// At the top, then `$distinct_id`, then among the properties; anything but text is written as text, and cut at 200 characters.
fn distinct_id(message: &Map<String, Value>, properties: &Map<String, Value>) -> Result<String, Refusal> {
    let found = message.get("distinct_id").or(message.get("$distinct_id")).or(properties.get("distinct_id"));
    let text = match found {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    if text.trim().is_empty() {
        return Err(Refusal::new("/distinct_id", "The distinct_id is missing."));
    }
    Ok(text.chars().take(MAX_DISTINCT_ID).collect())
}

/// Servers send the user's id; browsers send a device id until the visitor is identified, and say so.
fn is_anonymous(distinct_id: &str, properties: &Map<String, Value>, context: &Map<String, Value>) -> bool {
    properties.get("$process_person_profile") == Some(&Value::Bool(false))
        || properties.get("$is_identified") == Some(&Value::Bool(false))
        || context.get("device_id").and_then(Value::as_str) == Some(distinct_id)
}

fn kind_and_properties(
    name: &str,
    message: &Map<String, Value>,
    mut properties: Map<String, Value>,
    context: &mut Map<String, Value>,
) -> Result<(EventKind, Map<String, Value>), Refusal> {
    match name {
        "$identify" | "$set" => {
            if let Some(anonymous) = id_text(properties.get("$anon_distinct_id")) {
                context.insert("anonymous_id".into(), anonymous.into());
            }
            let mut traits = object(properties.get("$set_once").or(message.get("$set_once")));
            traits.extend(object(properties.get("$set").or(message.get("$set"))));
            Ok((EventKind::Identify, traits))
        }
        "$create_alias" | "$merge_dangerously" => {
            let alias = id_text(properties.get("alias"))
                .ok_or_else(|| Refusal::new("/properties/alias", "The alias is missing."))?;
            Ok((EventKind::Alias, Map::from_iter([("previous_id".into(), alias.into())])))
        }
        "$groupidentify" => {
            let mut traits = object(properties.get("$group_set"));
            for (from, to) in [("$group_key", "group_id"), ("$group_type", "group_type")] {
                if let Some(value) = properties.remove(from) {
                    traits.insert(to.into(), value);
                }
            }
            Ok((EventKind::Group, traits))
        }
        "$pageview" => Ok((EventKind::Page, properties)),
        "$screen" => Ok((EventKind::Screen, properties)),
        _ => Ok((EventKind::Track, properties)),
    }
}
