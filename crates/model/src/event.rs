//! What happened: the event as products send it and as the event store keeps it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The six calls of the Segment tracking vocabulary; every client library's message becomes one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// Something a person did.
    Track,
    /// Traits of a person.
    Identify,
    /// A page view.
    Page,
    /// A view of an app's screen.
    Screen,
    /// A person joins an account.
    Group,
    /// Two identities are the same person.
    Alias,
}

impl EventKind {
    /// All kinds, in the order of their stored numbers.
    pub const ALL: [EventKind; 6] =
        [EventKind::Track, EventKind::Identify, EventKind::Page, EventKind::Screen, EventKind::Group, EventKind::Alias];

    /// The lower-case word used in JSON, files and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Track => "track",
            EventKind::Identify => "identify",
            EventKind::Page => "page",
            EventKind::Screen => "screen",
            EventKind::Group => "group",
            EventKind::Alias => "alias",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A word that is not one of the six kinds of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no kind of event; use track, identify, page, screen, group or alias")]
pub struct UnknownEventKind(pub String);

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        EventKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownEventKind(text.to_owned()))
    }
}

/// The identity an event was sent under: the product's own user id, or an anonymous id made by a client library.
///
/// A person is a *set* of subjects, resolved when a question is asked, so that joining two identities (or taking them
/// apart again) never rewrites an event. The text form is `u:<user id>` or `a:<anonymous id>`; subjects sort by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    // First, so that the derived order is the order of the text forms.
    /// An anonymous id.
    Anonymous(String),
    /// The product's own user id.
    User(String),
}

impl Subject {
    /// A subject for the product's own user id.
    pub fn user(id: impl Into<String>) -> Self {
        Subject::User(id.into())
    }

    /// A subject for an anonymous id.
    pub fn anonymous(id: impl Into<String>) -> Self {
        Subject::Anonymous(id.into())
    }

    /// The id without its prefix.
    pub fn id(&self) -> &str {
        match self {
            Subject::User(id) | Subject::Anonymous(id) => id,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::User(id) => write!(formatter, "u:{id}"),
            Subject::Anonymous(id) => write!(formatter, "a:{id}"),
        }
    }
}

/// A text that names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' names no subject; write u:<user id> or a:<anonymous id>")]
pub struct InvalidSubject(pub String);

impl FromStr for Subject {
    type Err = InvalidSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix("u:") {
            return Ok(Subject::user(id));
        }
        if let Some(id) = text.strip_prefix("a:") {
            return Ok(Subject::anonymous(id));
        }
        Err(InvalidSubject(text.to_owned()))
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An event that passed the doors and waits to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The sender's id of this message; a second event with it is the same event.
    pub message_id: String,
    /// What happened, in the product's own words (`response_generated`).
    pub name: String,
    /// Which call it came from.
    pub kind: EventKind,
    /// The identity it was sent under.
    pub subject: Subject,
    /// When it happened, milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
    /// When it came in, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Properties of a track, page, screen or group call; traits of an identify call.
    pub properties: Map<String, Value>,
    /// The client library's context: device, page, campaign, address.
    pub context: Map<String, Value>,
}

/// An event with the number the store gave it. Numbers grow in the order of acknowledgement and are never used twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// The store's number, from 1.
    pub sequence: u64,
    /// The sender's id of this message.
    pub message_id: String,
    /// What happened, in the product's own words.
    pub name: String,
    /// Which call it came from.
    pub kind: EventKind,
    /// The identity it was sent under.
    pub subject: Subject,
    /// When it happened, milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
    /// When it came in, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Properties or traits.
    pub properties: Map<String, Value>,
    /// The client library's context.
    pub context: Map<String, Value>,
}

impl StoredEvent {
    /// The event under the number the store gave it.
    pub fn new(sequence: u64, event: Event) -> Self {
        StoredEvent {
            sequence,
            message_id: event.message_id,
            name: event.name,
            kind: event.kind,
            subject: event.subject,
            timestamp_ms: event.timestamp_ms,
            received_at_ms: event.received_at_ms,
            properties: event.properties,
            context: event.context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_its_text_form() {
        for subject in [Subject::user("42"), Subject::anonymous("a:b"), Subject::user("")] {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        assert!("x:1".parse::<Subject>().is_err());
    }

    #[test]
    fn subjects_sort_as_their_text_forms() {
        let mut subjects = [Subject::user("a"), Subject::anonymous("z"), Subject::user("B")];
        let mut texts: Vec<String> = subjects.iter().map(Subject::to_string).collect();
        subjects.sort();
        texts.sort();
        assert_eq!(subjects.iter().map(Subject::to_string).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn a_kind_survives_its_word() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
