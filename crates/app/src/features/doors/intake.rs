//! What all doors share: who sends, what an item must be, and what becomes of it.

use axum::http::{HeaderMap, header};
use kabinet_events::Outcome;
use kabinet_model::event::{Event, EventKind, Subject};
use kabinet_model::ids::MAX_ID_LENGTH;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

use super::debugger::{DebugItem, Verdict};
use crate::App;
use crate::features::keys::Key;
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

const MAX_NAME_LENGTH: usize = 200;
const MAX_EVENT_BYTES: usize = 64 << 10;
const MAX_MESSAGE_ID_LENGTH: usize = 200;
/// A public key may tell of the last 30 days and, for clocks that run fast, of the next 10 minutes.
const PUBLIC_PAST_MS: i64 = 30 * 24 * 3600 * 1000;
const PUBLIC_FUTURE_MS: i64 = 10 * 60 * 1000;
/// What a visitor could claim to be somebody else or to have paid; only a secret key is believed about it.
const PROTECTED_TRAITS: &[&str] =
    &["email", "phone", "telegram_id", "telegram_username", "role", "plan", "revenue", "verified", "status", "balance"];

/// A door that was opened with a key.
pub struct Intake {
    pub workspace: Arc<Workspace>,
    pub key: Key,
    /// `segment`, `posthog` or `native`.
    pub door: &'static str,
    /// The client library, as it calls itself.
    pub client: String,
}

impl Intake {
    /// Checks that the key may send events from where the request comes from.
    pub fn open(app: &App, key: Key, door: &'static str, headers: &HeaderMap) -> ApiResult<Intake> {
        let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        if !key.allows_origin(origin) {
            let detail = format!(
                "Pages on {} may not use this key; add the origin to it under Settings → API keys.",
                origin.unwrap_or("")
            );
            return Err(Problem { code: "origin_refused".into(), ..Problem::forbidden(detail) });
        }
        if !key.scopes.allows(kabinet_model::role::Permission::EventsWrite) {
            return Err(Problem::forbidden("This key may not send events; it lacks the scope events.write."));
        }
        let workspace = app.workspace(&key.workspace).ok_or_else(|| Problem::not_found("workspace"))?;
        let client = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
            .chars()
            .take(100)
            .collect();
        Ok(Intake { workspace, key, door, client })
    }

    /// Stores what can be stored and answers per item, in order. All accepted ones are durable when this returns.
    pub async fn take(&self, items: Vec<Item>) -> ApiResult<Vec<Answer>> {
        self.workspace.rates.admit(&self.key, items.len())?;
        let now = self.workspace.clock.now_ms();
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(items.len());
        let mut events = Vec::new();
        let mut debug = Vec::with_capacity(items.len());
        for item in items {
            let checked = item.event.and_then(|event| self.check(event, now));
            let (name, subject) =
                checked.as_ref().map(|event| (event.name.clone(), event.subject.to_string())).unwrap_or_default();
            debug.push((item.raw, name, subject));
            match checked {
                Ok(event) => {
                    events.push(event);
                    answers.push(None);
                }
                Err(refusal) => answers.push(Some(Answer::Refused(refusal))),
            }
        }
        let mut outcomes =
            if events.is_empty() { Vec::new() } else { self.workspace.events.append(events).await? }.into_iter();
        let answers: Vec<Answer> = answers
            .into_iter()
            .map(|answer| {
                answer.unwrap_or_else(|| Answer::from(outcomes.next().expect("one outcome per appended event")))
            })
            .collect();
        for ((raw, name, subject), answer) in debug.into_iter().zip(&answers) {
            self.workspace.debugger.show(self.debug_item(now, raw, name, subject, answer));
        }
        Ok(answers)
    }

    fn debug_item(&self, now: i64, raw: Value, name: String, subject: String, answer: &Answer) -> DebugItem {
        let (outcome, reason, pointer) = match answer {
            Answer::Accepted => (Verdict::Accepted, None, None),
            Answer::Duplicate => (Verdict::Duplicate, None, None),
            Answer::Refused(refusal) => (Verdict::Refused, Some(refusal.detail.clone()), Some(refusal.pointer.clone())),
        };
        DebugItem {
            id: Uuid::now_v7().to_string(),
            at_ms: now,
            door: self.door,
            client: self.client.clone(),
            key_name: self.key.name.clone(),
            name,
            subject,
            outcome,
            reason,
            pointer,
            raw,
        }
    }

    /// The rules every event keeps, whichever door it came through.
    fn check(&self, mut event: Event, now: i64) -> Result<Event, Refusal> {
        check_text("/event", "event name", &event.name, MAX_NAME_LENGTH)?;
        let (id_pointer, message_id_pointer) = match self.door {
            "segment" => ("/userId", "/messageId"),
            "posthog" => ("/distinct_id", "/uuid"),
            _ => ("/user_id", "/id"),
        };
        check_text(id_pointer, "user id", event.subject.id(), MAX_ID_LENGTH)?;
        if event.message_id.is_empty() {
            event.message_id = Uuid::now_v7().to_string();
        }
        if event.message_id.len() > MAX_MESSAGE_ID_LENGTH {
            return Err(Refusal::new(
                message_id_pointer,
                format!("A message id has at most {MAX_MESSAGE_ID_LENGTH} bytes."),
            ));
        }
        let bytes = json_size(&event.properties) + json_size(&event.context);
        if bytes > MAX_EVENT_BYTES {
            return Err(Refusal::new(
                "/properties",
                format!("One event may hold {MAX_EVENT_BYTES} bytes of properties and context; this one has {bytes}."),
            ));
        }
        if !self.key.is_trusted() {
            self.distrust(&mut event, now);
        }
        event.received_at_ms = now;
        Ok(event)
    }

    /// Anybody can read a public key out of a page, so what it says about time and identity is bounded.
    fn distrust(&self, event: &mut Event, now: i64) {
        let allowed = event.timestamp_ms.clamp(now - PUBLIC_PAST_MS, now + PUBLIC_FUTURE_MS);
        if allowed != event.timestamp_ms {
            event.context.insert("claimed_timestamp_ms".into(), event.timestamp_ms.into());
            event.timestamp_ms = allowed;
        }
        let mut ignored = Vec::new();
        if event.kind == EventKind::Identify {
            ignored.extend(remove_protected(&mut event.properties));
        }
        if let Some(Value::Object(traits)) = event.context.get_mut("traits") {
            ignored.extend(remove_protected(traits));
        }
        if !ignored.is_empty() {
            event.context.insert("ignored_traits".into(), ignored.into());
        }
    }
}

/// Takes what only a secret key is believed about out of `traits`, and names it.
fn remove_protected(traits: &mut Map<String, Value>) -> Vec<&'static str> {
    PROTECTED_TRAITS.iter().copied().filter(|name| traits.remove(*name).is_some()).collect()
}

fn json_size(map: &Map<String, Value>) -> usize {
    serde_json::to_vec(map).map_or(0, |bytes| bytes.len())
}

fn check_text(pointer: &str, what: &str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, format!("The {what} is missing.")));
    }
    if text.chars().count() > limit {
        return Err(Refusal::new(pointer, format!("The {what} has more than {limit} characters.")));
    }
    if text.chars().any(|character| character == '\0') {
        return Err(Refusal::new(pointer, format!("The {what} holds a NUL character.")));
    }
    Ok(())
}

/// One item as it came, and what a door made of it.
pub struct Item {
    pub raw: Value,
    pub event: Result<Event, Refusal>,
}

/// Why an item was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// JSON pointer into the item.
    pub pointer: String,
    pub detail: String,
}

impl Refusal {
    pub fn new(pointer: &str, detail: impl Into<String>) -> Refusal {
        Refusal { pointer: pointer.to_owned(), detail: detail.into() }
    }
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Duplicate,
    Refused(Refusal),
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Answer {
        match outcome {
            Outcome::Accepted { .. } => Answer::Accepted,
            Outcome::Duplicate => Answer::Duplicate,
            Outcome::Refused { reason } => Answer::Refused(Refusal::new("", reason)),
        }
    }
}

/// An id as clients send it: text, or a number; anything else counts as absent.
pub fn id_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub fn object(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    }
}

/// Whom an event is about: the user when one is named, else the anonymous visitor. When both are named, the anonymous id is kept in the context as `anonymous_id`, from which
/// the two become one person.
pub fn subject(
    user_id: Option<String>,
    anonymous_id: Option<String>,
    context: &mut Map<String, Value>,
) -> Result<Subject, Refusal> {
    match (user_id.filter(|id| !id.is_empty()), anonymous_id.filter(|id| !id.is_empty())) {
        (Some(user), anonymous) => {
            if let Some(anonymous) = anonymous.filter(|anonymous| *anonymous != user) {
                context.insert("anonymous_id".into(), anonymous.into());
            }
            Ok(Subject::user(user))
        }
        (None, Some(anonymous)) => Ok(Subject::anonymous(anonymous)),
        (None, None) => Err(Refusal::new("/userId", "Say whom it is about: userId, anonymousId or both.")),
    }
}

/// A time as clients send it: RFC 3339 text, or milliseconds since the epoch.
pub fn time_ms(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond()),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// When it happened by our clock: the client's time, moved by how far the client's clock was off when it sent the message.
pub fn corrected_time(timestamp: Option<&Value>, sent_at: Option<i64>, now: i64) -> Result<i64, Refusal> {
    let Some(value) = timestamp.filter(|value| !value.is_null()) else { return Ok(now) };
    let Some(time) = time_ms(value) else {
        return Err(Refusal::new("/timestamp", "A time is written like 2026-11-21T12:40:03.000Z."));
    };
    match sent_at {
        Some(sent_at) => Ok(time.saturating_add(now.saturating_sub(sent_at))),
        None => Ok(time),
    }
}
