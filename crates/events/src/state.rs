//! What is in memory, and how events are found in it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::columns::ColumnsBuilder;
use crate::days::Days;
use crate::dictionary::Dictionary;
use crate::query::Position;
use crate::rollups::{Fact, Rollups};
use crate::row::{Prepared, Row};
use crate::segment::Segment;
use crate::tail::{TailChunk, TailEvent};

/// Subjects whose events up to a sequence number are forgotten.
pub(crate) type Erased = HashMap<u32, u64>;

/// Everything in memory. Guarded by one lock that is held for short work alone: queries take a [`Snapshot`] and go on
/// without it.
pub(crate) struct State {
    pub subjects: Dictionary,
    pub names: Dictionary,
    pub segments: Arc<Vec<Arc<Segment>>>,
    /// Parts of the tail that are being flushed, oldest first.
    pub frozen: Vec<Arc<TailChunk>>,
    pub active: TailChunk,
    pub erased: Arc<Erased>,
    pub rollups: Rollups,
    pub last_sequence: u64,
}

/// Which events of a person are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Subjects, each once.
    pub subjects: &'a [u32],
    /// Sorted names; `None` for all.
    pub names: Option<&'a [u32]>,
    pub from_ms: i64,
    pub before: Option<Position>,
    /// At most this many of the newest.
    pub limit: usize,
}

/// Where an event was found.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In a segment (by its place in the snapshot).
    Row { segment: usize, row: usize },
    /// In the tail.
    Tail(Arc<TailEvent>),
}

/// An event found, not yet read.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub position: Position,
    pub place: Place,
}

/// The segments and erasures of one moment.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub segments: Arc<Vec<Arc<Segment>>>,
    pub erased: Arc<Erased>,
}

impl State {
    pub fn new(days: Days) -> Self {
        State {
            subjects: Dictionary::default(),
            names: Dictionary::default(),
            segments: Arc::default(),
            frozen: Vec::new(),
            active: TailChunk::default(),
            erased: Arc::default(),
            rollups: Rollups::new(days),
            last_sequence: 0,
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot { segments: self.segments.clone(), erased: self.erased.clone() }
    }

    /// Takes in a durable event.
    pub fn add_event(&mut self, prepared: Prepared, day: i32) {
        let Prepared { mut row, id_hash } = prepared;
        let subject = self.subjects.intern(&row.subject);
        let name = self.names.intern(&row.name);
        row.subject = self.subjects.word(subject).clone();
        row.name = self.names.word(name).clone();
        self.last_sequence = row.sequence;
        self.rollups.add(Fact { subject, name, timestamp_ms: row.timestamp_ms });
        self.active.push(TailEvent { row, subject, name }, id_hash, day);
    }

    /// Takes in a segment read from disk at opening, and counts its events.
    pub fn add_loaded_segment(&mut self, segment: Segment) {
        for run in 0..segment.columns.runs() {
            let subject = segment.columns.subject_of_run(run);
            let through = self.erased.get(&subject).copied().unwrap_or(0);
            for row in segment.columns.rows_of_run(run) {
                if segment.columns.sequence(row) > through {
                    let name = segment.columns.name(row);
                    self.rollups.add(Fact { subject, name, timestamp_ms: segment.columns.time(row) });
                }
            }
        }
        Arc::make_mut(&mut self.segments).push(Arc::new(segment));
    }

    /// Gives columns the store's numbers.
    pub fn resolve(&mut self, columns: ColumnsBuilder) -> crate::columns::Columns {
        columns.resolve(&mut self.subjects, &mut self.names)
    }

    /// Forgets the events of subjects up to `through`.
    pub fn erase(&mut self, subjects: &[Arc<str>], through: u64) {
        for subject in subjects {
            let subject = self.subjects.intern(subject);
            // Whoever was erased before has only newer events left to count out.
            let facts = self.facts_of(subject);
            self.rollups.remove(subject, &facts);
            let limit = Arc::make_mut(&mut self.erased).entry(subject).or_default();
            *limit = through.max(*limit);
            // Events beyond `through` can exist when an erasure is read back from the log a second time.
            for fact in self.facts_of(subject) {
                self.rollups.add(fact);
            }
        }
    }

    /// Every visible event of a subject.
    fn facts_of(&self, subject: u32) -> Vec<Fact> {
        let through = self.erased.get(&subject).copied().unwrap_or(0);
        let mut facts = Vec::new();
        for segment in self.segments.iter() {
            let columns = &segment.columns;
            let visible = columns.rows_of(subject).filter(|row| columns.sequence(*row) > through);
            facts.extend(visible.map(|row| Fact { subject, name: columns.name(row), timestamp_ms: columns.time(row) }));
        }
        for event in self.tail_chunks().flat_map(|chunk| chunk.events_of(subject)) {
            if event.row.sequence > through {
                facts.push(Fact { subject, name: event.name, timestamp_ms: event.row.timestamp_ms });
            }
        }
        facts
    }

    /// The parts of the tail, oldest first.
    pub fn tail_chunks(&self) -> impl DoubleEndedIterator<Item = &TailChunk> {
        self.frozen.iter().map(|chunk| &**chunk).chain(std::iter::once(&self.active))
    }

    /// Events in the tail, erased ones included.
    pub fn tail_len(&self) -> usize {
        self.tail_chunks().map(TailChunk::len).sum()
    }

    /// Whether an event of the tail may be seen.
    pub fn is_visible(&self, event: &TailEvent) -> bool {
        is_visible(&self.erased, event.subject, event.row.sequence)
    }

    /// The visible events of the tail as the rollups see them.
    pub fn tail_facts(&self) -> Vec<Fact> {
        let events = self.tail_chunks().flat_map(|chunk| &chunk.events);
        events
            .filter(|event| self.is_visible(event))
            .map(|event| Fact { subject: event.subject, name: event.name, timestamp_ms: event.row.timestamp_ms })
            .collect()
    }

    /// Events of the tail that are wanted.
    pub fn tail_hits(&self, wanted: &Wanted<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for subject in wanted.subjects {
            for event in self.tail_chunks().flat_map(|chunk| chunk.events_of(*subject)) {
                let position = event.row.position();
                if wanted.accepts(event.name, position) && self.is_visible(event) {
                    hits.push(Hit { position, place: Place::Tail(event.clone()) });
                }
            }
        }
        hits
    }

    /// The rows of all frozen parts, to be written to a segment.
    pub fn frozen_rows(&self) -> Vec<Arc<TailEvent>> {
        let events = self.frozen.iter().flat_map(|chunk| &chunk.events);
        events.filter(|event| self.is_visible(event)).cloned().collect()
    }
}

impl Snapshot {
    /// Events of the segments that are wanted: of each subject and segment the newest `limit`.
    pub fn hits(&self, wanted: &Wanted<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (place, segment) in self.segments.iter().enumerate() {
            if segment.entry.last_ms < wanted.from_ms {
                continue;
            }
            for subject in wanted.subjects {
                self.run_hits(place, segment, *subject, wanted, &mut hits);
            }
        }
        hits
    }

    fn run_hits(&self, place: usize, segment: &Segment, subject: u32, wanted: &Wanted<'_>, hits: &mut Vec<Hit>) {
        let columns = &segment.columns;
        let mut rows = columns.rows_from(columns.rows_of(subject), wanted.from_ms);
        if let Some(before) = wanted.before {
            rows = columns.rows_before(rows, before);
        }
        let through = self.erased.get(&subject).copied().unwrap_or(0);
        let found = rows
            .rev()
            .filter(|row| wanted.accepts_name(columns.name(*row)) && columns.sequence(*row) > through)
            .take(wanted.limit);
        hits.extend(
            found.map(|row| Hit { position: columns.position(row), place: Place::Row { segment: place, row } }),
        );
    }
}

impl Wanted<'_> {
    fn accepts(&self, name: u32, position: Position) -> bool {
        position.timestamp_ms >= self.from_ms
            && self.before.is_none_or(|before| position < before)
            && self.accepts_name(name)
    }

    fn accepts_name(&self, name: u32) -> bool {
        self.names.is_none_or(|names| names.binary_search(&name).is_ok())
    }
}

/// Whether an event may be seen.
pub(crate) fn is_visible(erased: &Erased, subject: u32, sequence: u64) -> bool {
    erased.get(&subject).is_none_or(|through| sequence > *through)
}

/// A row of a segment as callers see it.
pub(crate) fn row_of_segment(state: &State, segment: &Segment, row: usize, body: crate::segment::Body) -> Row {
    let position = segment.columns.position(row);
    Row {
        sequence: position.sequence,
        subject: state.subjects.word(segment.columns.subject_of_row(row)).clone(),
        name: state.names.word(segment.columns.name(row)).clone(),
        kind: body.kind,
        timestamp_ms: position.timestamp_ms,
        received_at_ms: body.received_at_ms,
        message_id: body.message_id.into(),
        properties: body.properties.into(),
        context: body.context.into(),
    }
}
