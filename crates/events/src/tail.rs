//! The newest events: acknowledged, in the log, in memory, not yet in a segment.

use std::collections::HashMap;
use std::sync::Arc;

use crate::dedup::IdsByDay;
use crate::row::Row;

/// An event of the tail with the store's numbers of its subject and name.
#[derive(Debug)]
pub(crate) struct TailEvent {
    pub row: Row,
    pub subject: u32,
    pub name: u32,
}

/// A part of the tail. The active one grows; a flush freezes it and starts another.
#[derive(Default)]
pub(crate) struct TailChunk {
    /// In the order of their sequence numbers.
    pub events: Vec<Arc<TailEvent>>,
    by_subject: HashMap<u32, Vec<u32>>,
    /// Message ids of these events.
    pub ids: IdsByDay,
    /// Bytes in memory, about.
    pub bytes: usize,
}

impl TailChunk {
    pub fn push(&mut self, event: TailEvent, id_hash: u128, day: i32) {
        self.by_subject.entry(event.subject).or_default().push(self.events.len() as u32);
        self.ids.entry(day).or_default().push(id_hash);
        self.bytes += event.row.weight();
        self.events.push(Arc::new(event));
    }

    /// The events of a subject, in the order of their sequence numbers.
    pub fn events_of(&self, subject: u32) -> impl Iterator<Item = &Arc<TailEvent>> {
        let places = self.by_subject.get(&subject).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|place| &self.events[*place as usize])
    }

    /// The events with a sequence number greater than `after`.
    pub fn events_after(&self, after: u64) -> &[Arc<TailEvent>] {
        let skipped = self.events.partition_point(|event| event.row.sequence <= after);
        &self.events[skipped..]
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }
}
