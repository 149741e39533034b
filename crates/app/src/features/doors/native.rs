//! Kabinet's own door for events.

use axum::extract::{Request, State};
use kabinet_model::event::{Event, EventKind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Limits};
use super::intake::{Answer, Intake, Item, Refusal, corrected_time, id_text, subject};
use crate::App;
use crate::features::keys;
use crate::http::access::{bearer, client_ip};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path, parse_json};

const MAX_BATCH: usize = 1_000;
const MEMBERS: &[&str] = &["id", "event", "type", "user_id", "anonymous_id", "timestamp", "properties", "context"];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send))
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
struct BatchAnswer {
    accepted: usize,
    duplicates: usize,
    refused: usize,
    /// One for each item, in order.
    items: Vec<ItemAnswer>,
}

#[derive(Serialize, ToSchema)]
struct ItemAnswer {
    index: usize,
    /// `accepted`, `duplicate` or `refused`.
    outcome: &'static str,
    /// Where in the item the fault is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Send events: a JSON array or one object a line
///
/// Each is `{id?, event, type?, user_id?, anonymous_id?, timestamp?, properties?, context?}`. An event with an `id` is stored once, however often it is sent.
#[utoipa::path(post, path = "/api/v1/{workspace}/events", tag = "doors", params(("workspace" = String, Path)), request_body = Vec<Object>,
    responses((status = 200, body = BatchAnswer), (status = 401, body = Problem)), security(("write_key" = []), ("secret_key" = ["events.write"])))]
async fn send(State(app): State<App>, Path(slug): Path<String>, request: Request) -> ApiResult<Json<BatchAnswer>> {
    let (parts, body) = request.into_parts();
    let text = bearer(&parts.headers)
        .ok_or_else(|| Problem::unauthenticated("Send a key as Authorization: Bearer wk_… or sk_…"))?;
    let key = keys::find(&app, text, client_ip(&parts, &app)).await?;
    if key.workspace != slug {
        return Err(Problem::not_found("workspace"));
    }
    let limits = if key.is_trusted() { Limits::SERVER } else { Limits::PUBLIC };
    let intake = Intake::open(&app, key, "native", &parts.headers)?;
    let raws = split(&body::read(body, limits).await?)?;
    let now = app.clock.now_ms();
    let answers = intake.take(raws.into_iter().map(|raw| item(raw, now)).collect()).await?;
    Ok(Json(summary(answers)))
}

/// An array, or one object a line.
fn split(bytes: &[u8]) -> ApiResult<Vec<Value>> {
    let raws: Vec<Value> = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => parse_json(bytes)?,
        _ => serde_json::Deserializer::from_slice(bytes)
            .into_iter::<Value>()
            .collect::<Result<_, _>>()
            .map_err(|error| Problem::malformed(format!("The body is not valid JSON: {error}.")))?,
    };
    if raws.len() > MAX_BATCH {
        return Err(Problem::too_large(format!("Send at most {MAX_BATCH} events at once; these are {}.", raws.len())));
    }
    Ok(raws)
}

fn item(raw: Value, now: i64) -> Item {
    let event = match &raw {
        Value::Object(message) => event(message, now),
        _ => Err(Refusal::new("", "An event is an object.")),
    };
    Item { raw, event }
}

fn event(message: &Map<String, Value>, now: i64) -> Result<Event, Refusal> {
    if let Some(unknown) = message.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Refusal::new(
            &format!("/{unknown}"),
            format!("There is no such member; known are {}.", MEMBERS.join(", ")),
        ));
    }
    let kind = match id_text(message.get("type")) {
        None => EventKind::Track,
        Some(word) => word
            .parse()
            .map_err(|error: kabinet_model::event::UnknownEventKind| Refusal::new("/type", error.to_string()))?,
    };
    let name = match (id_text(message.get("event")), kind) {
        (Some(name), _) => name,
        (None, EventKind::Track) => return Err(Refusal::new("/event", "The event name is missing.")),
        (None, kind) => format!("${kind}"),
    };
    let mut context = object_or_refusal(message, "context")?;
    let subject = subject(id_text(message.get("user_id")), id_text(message.get("anonymous_id")), &mut context)
        .map_err(|_| Refusal::new("/user_id", "Say whom it is about: user_id, anonymous_id or both."))?;
    Ok(Event {
        message_id: id_text(message.get("id")).unwrap_or_default(),
        name,
        kind,
        subject,
        timestamp_ms: corrected_time(message.get("timestamp"), None, now)?,
        received_at_ms: now,
        properties: object_or_refusal(message, "properties")?,
        context,
    })
}

fn object_or_refusal(message: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match message.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(_) => Err(Refusal::new(&format!("/{name}"), format!("{name} must be an object."))),
    }
}

fn summary(answers: Vec<Answer>) -> BatchAnswer {
    let mut batch = BatchAnswer { accepted: 0, duplicates: 0, refused: 0, items: Vec::with_capacity(answers.len()) };
    for (index, answer) in answers.into_iter().enumerate() {
        let (outcome, refusal) = match answer {
            Answer::Accepted => ("accepted", None),
            Answer::Duplicate => ("duplicate", None),
            Answer::Refused(refusal) => ("refused", Some(refusal)),
        };
        match outcome {
            "accepted" => batch.accepted += 1,
            "duplicate" => batch.duplicates += 1,
            _ => batch.refused += 1,
        }
        let (pointer, detail) = refusal.map(|refusal| (refusal.pointer, refusal.detail)).unzip();
        batch.items.push(ItemAnswer { index, outcome, pointer, detail });
    }
    batch
}
