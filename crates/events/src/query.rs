//! Questions about events: one trait, so that the embedded store and any later engine answer alike.
//!
//! Every method sees all events acknowledged before it was called and none that were erased. Methods block; call them
//! from a blocking thread ([`crate::EventStore::ask`] does so). Times are milliseconds since 1970 UTC.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kabinet_model::event::{StoredEvent, Subject};

use crate::error::StoreError;

/// A place in a timeline: events are ordered by time, and by sequence within a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
    /// The store's number of the event.
    pub sequence: u64,
}

impl From<&StoredEvent> for Position {
    fn from(event: &StoredEvent) -> Self {
        Position { timestamp_ms: event.timestamp_ms, sequence: event.sequence }
    }
}

/// A span of time, start included, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First millisecond inside.
    pub from_ms: i64,
    /// First millisecond after.
    pub until_ms: i64,
}

/// Whose activity a subject's events count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Person {
    /// The subject is a person by itself.
    Alone,
    /// All subjects with this number are one person.
    Shared(u64),
    /// The subject is not counted (filtered out by a rule, an internal account …).
    Left,
}

/// Resolves subjects to persons while a query runs; asked once per subject and query.
pub trait PersonMap: Sync {
    /// The person `subject` belongs to.
    fn person(&self, subject: &Subject) -> Person;
}

/// Counts every subject as a person by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct EachSubject;

impl PersonMap for EachSubject {
    fn person(&self, _: &Subject) -> Person {
        Person::Alone
    }
}

/// Stops a query from another thread; queries look at it between blocks of work.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every query that holds this token, soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// `Err(Cancelled)` once cancelled.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        Ok(())
    }
}

/// What is known of one event name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSummary {
    /// The event's name.
    pub name: String,
    /// Events with it.
    pub count: u64,
    /// Time of the latest one.
    pub last_ms: i64,
}

/// What is known of one subject without reading its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectSummary {
    /// The subject.
    pub subject: Subject,
    /// Time of its earliest event.
    pub first_ms: i64,
    /// Time of its latest event.
    pub last_ms: i64,
    /// Its events.
    pub count: u64,
}

/// What is known of a person (a set of subjects) without reading the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSummary {
    /// Time of the earliest event.
    pub first_ms: i64,
    /// Time of the latest event.
    pub last_ms: i64,
    /// All events.
    pub count: u64,
    /// Per event name, in the order of the names.
    pub names: Vec<NameSummary>,
}

/// Who has new events since some sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The subjects with at least one event in the span, in no particular order, each once.
    pub subjects: Vec<Subject>,
    /// The last sequence number of the span: ask from here next time.
    pub through: u64,
}

/// Questions every event engine answers. See the module's documentation for what holds for all methods.
pub trait EventQueries {
    /// The events of a person, newest first: at most `limit`, strictly before `before`, only with one of `names`.
    fn timeline(
        &self,
        subjects: &[Subject],
        before: Option<Position>,
        names: Option<&[String]>,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// Shows `visit` the events of a person from `from_ms` on, oldest first, only with one of `names`.
    fn fold_person(
        &self,
        subjects: &[Subject],
        names: Option<&[String]>,
        from_ms: i64,
        cancel: &Cancel,
        visit: &mut dyn FnMut(&StoredEvent),
    ) -> Result<(), StoreError>;

    /// What is known of a person without reading events; `None` when there is no event.
    fn person_summary(&self, subjects: &[Subject]) -> Result<Option<PersonSummary>, StoreError>;

    /// Distinct persons with an event in each window (windows may overlap), only counting events with one of `names`.
    fn distinct_persons(
        &self,
        windows: &[Window],
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError>;

    /// Events with this name in each span between neighbouring `edges` (ascending; one number fewer than edges).
    fn counts_by_bucket(&self, name: &str, edges: &[i64], cancel: &Cancel) -> Result<Vec<u64>, StoreError>;

    /// Every event name seen, sorted by name.
    fn event_names(&self) -> Result<Vec<NameSummary>, StoreError>;

    /// Every subject with an event, sorted.
    fn subjects(&self) -> Result<Vec<SubjectSummary>, StoreError>;

    /// The latest events by sequence number, newest first.
    fn recent(&self, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// The next `limit` events with a sequence number greater than `after`, in order; fewer when there are no more.
    fn read_from(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// Who has events among the next `limit` events after `after`. Far cheaper than [`EventQueries::read_from`].
    fn changes_from(&self, after: u64, limit: usize) -> Result<Changes, StoreError>;

    /// Distinct persons in each span between neighbouring `edges` (ascending; one number fewer than edges). With day
    /// starts as edges these are the daily active persons.
    fn activity(
        &self,
        edges: &[i64],
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError> {
        self.rolling_activity(edges, 1, names, persons, cancel)
    }

    /// Distinct persons in the `span` buckets that end with each bucket. With day starts as edges, spans of 1, 7 and 30
    /// give daily, weekly and monthly active persons; the first buckets look back no further than the first edge.
    fn rolling_activity(
        &self,
        edges: &[i64],
        span: usize,
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError> {
        let windows: Vec<Window> = (1..edges.len())
            .map(|end| Window { from_ms: edges[end.saturating_sub(span)], until_ms: edges[end] })
            .collect();
        self.distinct_persons(&windows, names, persons, cancel)
    }
}
