//! PostHog's capture endpoints, as its client libraries use them.

use axum::extract::{Request, State};
use axum::routing::post;
use axum::{Json, Router};
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
            router = router.route(&path, post(capture));
        }
    }
    for path in FLAG_PATHS {
        for path in [(*path).to_owned(), format!("{path}/")] {
            router = router.route(&path, post(flags));
        }
    }
    OpenApiRouter::from(router)
}

async fn capture(State(app): State<App>, request: Request) -> ApiResult<Json<Value>> {
    let (parts, body) = request.into_parts();
    let sent = Sent::read(body).await?;
    let key = keys::find(&app, &sent.token()?, client_ip(&parts, &app)).await?;
    let intake = Intake::open(&app, key, "posthog", &parts.headers)?;
    let now = app.clock.now_ms();
    let sent_at = sent.sent_at.or_else(|| time_of_sending(parts.uri.query().unwrap_or("")));
    let items = sent.events.into_iter().map(|raw| item(raw, sent_at, now)).collect();
    intake.take(items).await?;
    Ok(Json(json!({"status": 1})))
}

/// Browsers say when they sent a request in the query, as `_=<milliseconds since the epoch>`.
fn time_of_sending(query: &str) -> Option<i64> {
    query.split('&').find_map(|pair| pair.strip_prefix("_=")?.parse().ok())
}

/// Client libraries ask for feature flags when they start; there are none, and saying so keeps them quiet.
async fn flags(State(app): State<App>, request: Request) -> ApiResult<Json<Value>> {
    let (parts, body) = request.into_parts();
    let sent = Sent::read(body).await?;
    keys::find(&app, &sent.token()?, client_ip(&parts, &app)).await?;
    let no_flags = json!({
        "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false,
        "config": {"enable_collect_everything": false}, "sessionRecording": false, "supportedCompression": ["gzip"],
    });
    Ok(Json(no_flags))
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
    let told = match name.as_str() {
        "$create_alias" | "$merge_dangerously" => alias(distinct_id, &properties, &context)?,
        "$groupidentify" => group(distinct_id, properties),
        _ => {
            let subject = if is_anonymous(&distinct_id, &properties, &context) {
                Subject::anonymous(distinct_id)
            } else {
                Subject::user(distinct_id)
            };
            action(&name, subject, message, properties, &mut context)
        }
    };
    let Told { kind, subject, properties } = told;
    Ok(Event { message_id, name, kind, subject, timestamp_ms, received_at_ms: now, properties, context })
}

/// What an event says, in the vocabulary of [`EventKind`].
struct Told {
    kind: EventKind,
    subject: Subject,
    properties: Map<String, Value>,
}

/// At the top, then `$distinct_id`, then among the properties; anything but text is written as text, and cut at 200 characters.
fn distinct_id(message: &Map<String, Value>, properties: &Map<String, Value>) -> Result<String, Refusal> {
    let places = [message.get("distinct_id"), message.get("$distinct_id"), properties.get("distinct_id")];
    let text = match places.into_iter().flatten().find(|value| !value.is_null()) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
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

/// Something a person did, or, when it does nothing but tell traits, an identification.
fn action(
    name: &str,
    subject: Subject,
    message: &Map<String, Value>,
    mut properties: Map<String, Value>,
    context: &mut Map<String, Value>,
) -> Told {
    let mut traits = Map::new();
    for member in ["$set_once", "$set"] {
        let inside = properties.remove(member);
        traits.extend(object(inside.as_ref().or(message.get(member))));
    }
    let kind = match name {
        "$identify" | "$set" => {
            if let Some(anonymous) = id_text(properties.get("$anon_distinct_id")) {
                context.insert("anonymous_id".into(), anonymous.into());
            }
            return Told { kind: EventKind::Identify, subject, properties: traits };
        }
        "$pageview" => EventKind::Page,
        "$screen" => EventKind::Screen,
        _ => EventKind::Track,
    };
    if !traits.is_empty() {
        context.insert("traits".into(), traits.into());
    }
    Told { kind, subject, properties }
}

/// Two ids are one person. The Python library sends the old id as `distinct_id` and the user's as `alias`; all others send them the other way round.
fn alias(distinct_id: String, properties: &Map<String, Value>, context: &Map<String, Value>) -> Result<Told, Refusal> {
    let alias =
        id_text(properties.get("alias")).ok_or_else(|| Refusal::new("/properties/alias", "The alias is missing."))?;
    let is_python = context.get("lib").and_then(Value::as_str) == Some("posthog-python");
    let (user, previous) = if is_python { (alias, distinct_id) } else { (distinct_id, alias) };
    Ok(Told {
        kind: EventKind::Alias,
        subject: Subject::user(user),
        properties: Map::from_iter([("previous_id".into(), previous.into())]),
    })
}

/// Traits of a group. It says nothing about a person: libraries make up the `distinct_id`.
fn group(distinct_id: String, mut properties: Map<String, Value>) -> Told {
    let mut traits = object(properties.get("$group_set"));
    for (from, to) in [("$group_key", "group_id"), ("$group_type", "group_type")] {
        if let Some(value) = properties.remove(from) {
            traits.insert(to.into(), value);
        }
    }
    Told { kind: EventKind::Group, subject: Subject::anonymous(distinct_id), properties: traits }
}
