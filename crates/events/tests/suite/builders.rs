//! Events and stores for tests.

use std::path::Path;
use std::sync::Arc;

use kabinet_events::{
    Event, EventKind, EventQueries, EventStore, FreeFloor, Maintenance, Options, Outcome, StoredEvent, Subject,
};
use serde_json::{Map, Value, json};

/// 2026-03-01 00:00 UTC.
pub const MARCH: i64 = 1_772_323_200_000;
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// An event of a user, named by who, what and when.
pub fn event(user: &str, name: &str, timestamp_ms: i64) -> Event {
    event_with_id(&format!("{user} {name} {timestamp_ms}"), Subject::user(user), name, timestamp_ms)
}

pub fn event_with_id(message_id: &str, subject: Subject, name: &str, timestamp_ms: i64) -> Event {
    Event {
        message_id: message_id.to_owned(),
        name: name.to_owned(),
        kind: EventKind::Track,
        subject,
        timestamp_ms,
        received_at_ms: timestamp_ms.saturating_add(5),
        properties: object(json!({ "at": timestamp_ms })),
        context: Map::new(),
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// Tiny sizes, no background thread, a fixed clock.
pub fn options() -> Options {
    Options {
        maintenance: Maintenance::Manual,
        free_floor: FreeFloor::NONE,
        segment_events: 40,
        compact_segments: 2,
        clock: Arc::new(|| MARCH),
        ..Options::default()
    }
}

pub fn open(directory: &Path) -> EventStore {
    EventStore::open(directory, options()).expect("the store opens")
}

/// Appends events that must all be new.
pub fn append(store: &EventStore, events: Vec<Event>) -> Vec<u64> {
    let outcomes = store.append_blocking(events).expect("the events are stored");
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Accepted { sequence } => sequence,
            other => panic!("not accepted: {other:?}"),
        })
        .collect()
}

/// Every event of a store, in the order of arrival.
pub fn all_events(store: &dyn EventQueries) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.sequence);
        let more = store.read_from(after, 997).expect("the events are read");
        if more.is_empty() {
            return events;
        }
        events.extend(more);
    }
}
