//! An event inside the store: names still words, properties still JSON text.

use std::sync::Arc;

use kabinet_model::event::{Event, EventKind, StoredEvent, Subject};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::query::Position;

/// Times outside 1970 … 2099 are refused: the columns keep seconds in 32 bits.
const LATEST_MS: i64 = 4_102_444_800_000;

/// The most bytes one event may have. A thousand of them must fit into two gigabytes: the limit of a column batch.
const MOST_BYTES: usize = 1 << 20;

/// One event. `sequence` is 0 until the writer gives it a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub sequence: u64,
    /// Text form of the subject.
    pub subject: Arc<str>,
    pub name: Arc<str>,
    pub kind: EventKind,
    pub timestamp_ms: i64,
    pub received_at_ms: i64,
    pub message_id: Box<str>,
    /// A JSON object.
    pub properties: Box<str>,
    /// A JSON object.
    pub context: Box<str>,
}

/// An event on its way to the log, with the hash its message id is remembered by.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub row: Row,
    pub id_hash: u128,
}

impl Row {
    /// The order of a subject's events.
    pub fn position(&self) -> Position {
        Position { timestamp_ms: self.timestamp_ms, sequence: self.sequence }
    }

    /// Bytes it takes in memory and log, about.
    pub fn weight(&self) -> usize {
        64 + self.subject.len() + self.name.len() + self.message_id.len() + self.properties.len() + self.context.len()
    }

    /// The event as callers see it.
    pub fn to_stored(&self) -> StoredEvent {
        StoredEvent {
            sequence: self.sequence,
            message_id: self.message_id.to_string(),
            name: self.name.to_string(),
            kind: self.kind,
            subject: parse_subject(&self.subject),
            timestamp_ms: self.timestamp_ms,
            received_at_ms: self.received_at_ms,
            properties: parse_object(&self.properties),
            context: parse_object(&self.context),
        }
    }
}

/// Turns an event into a row, or says why it cannot be stored.
pub(crate) fn prepare(event: Event) -> Result<Prepared, String> {
    if event.message_id.is_empty() {
        return Err("the message id is empty; send one that is unique for this event".to_owned());
    }
    if event.name.is_empty() {
        return Err("the event has no name".to_owned());
    }
    if !(0..LATEST_MS).contains(&event.timestamp_ms) {
        return Err(format!("the time {} ms lies outside the years 1970 to 2099", event.timestamp_ms));
    }
    let row = Row {
        sequence: 0,
        subject: event.subject.to_string().into(),
        name: event.name.into(),
        kind: event.kind,
        timestamp_ms: event.timestamp_ms,
        received_at_ms: event.received_at_ms,
        message_id: event.message_id.into(),
        properties: object_text(event.properties),
        context: object_text(event.context),
    };
    if row.weight() > MOST_BYTES {
        return Err(format!("the event has {} bytes, more than the {MOST_BYTES} one event may have", row.weight()));
    }
    let id_hash = hash_message_id(&row.message_id);
    Ok(Prepared { row, id_hash })
}

/// The first 128 bits of SHA-256: stable between versions, and nobody can make two ids collide.
pub(crate) fn hash_message_id(message_id: &str) -> u128 {
    let digest = Sha256::digest(message_id.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    u128::from_le_bytes(first)
}

/// The subject of a text form this crate wrote. A text without a prefix cannot come from it, so it is shown as it is.
pub(crate) fn parse_subject(text: &str) -> Subject {
    text.parse().unwrap_or_else(|_| Subject::Anonymous(text.to_owned()))
}

pub(crate) fn parse_object(text: &str) -> Map<String, Value> {
    if text == "{}" {
        return Map::new();
    }
    serde_json::from_str(text).unwrap_or_default()
}

fn object_text(object: Map<String, Value>) -> Box<str> {
    Value::Object(object).to_string().into()
}

/// The stored number of a kind.
pub(crate) fn kind_code(kind: EventKind) -> u8 {
    match kind {
        EventKind::Track => 0,
        EventKind::Identify => 1,
        EventKind::Page => 2,
        EventKind::Screen => 3,
        EventKind::Group => 4,
        EventKind::Alias => 5,
    }
}

/// The kind of a stored number.
pub(crate) fn kind_of_code(code: u8) -> Option<EventKind> {
    EventKind::ALL.get(usize::from(code)).copied()
}
