//! The store's handle.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, RwLock};

use kabinet_model::event::{Event, StoredEvent, Subject};
use tokio::sync::watch;

use crate::error::StoreError;
use crate::options::Options;
use crate::query::{
    Cancel, Changes, EventQueries, NameSummary, Person, PersonMap, PersonSummary, Position, SubjectSummary, Window,
};

/// What became of one event of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored and durable under this number.
    Accepted {
        /// The store's number of the event.
        sequence: u64,
    },
    /// An event with the same message id is stored already; this one was dropped.
    Duplicate,
    /// Not stored; sending it again will not help.
    Refused {
        /// What does not fit.
        reason: String,
    },
}

/// Figures about a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Events that can be seen.
    pub events: u64,
    /// Of these, in the tail (not yet in a segment).
    pub tail_events: u64,
    /// Subjects seen.
    pub subjects: u64,
    /// Segment files.
    pub segments: u64,
    /// Bytes of the store's folder.
    pub bytes_on_disk: u64,
    /// The last acknowledged sequence number; 0 when there is none.
    pub last_sequence: u64,
    /// Syncs of the log since the store was opened.
    pub log_syncs: u64,
    /// Message ids remembered.
    pub message_ids: u64,
}

/// An embedded event store: a cheap handle, to be cloned and shared.
#[derive(Clone)]
pub struct EventStore {
    shared: Arc<Shared>,
}

struct Shared {
    contents: RwLock<Contents>,
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Contents {
    events: Vec<StoredEvent>,
    message_ids: HashSet<String>,
    last: u64,
}

impl EventStore {
    /// Opens the store in `directory`, making it when there is none, and recovers what was acknowledged.
    pub fn open(_directory: impl AsRef<Path>, _options: Options) -> Result<EventStore, StoreError> {
        let (last, _) = watch::channel(0);
        Ok(EventStore { shared: Arc::new(Shared { contents: RwLock::default(), last }) })
    }

    /// Stores events and returns when they are durable: one outcome per event, in order. Callers that wait at the same
    /// time share one sync. On an error nothing is known to be stored: send the same events (same message ids) again.
    pub async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, StoreError> {
        self.append_blocking(events)
    }

    /// [`EventStore::append`] for threads that may block.
    pub fn append_blocking(&self, events: Vec<Event>) -> Result<Vec<Outcome>, StoreError> {
        let mut contents = self.shared.contents.write().unwrap_or_else(|poison| poison.into_inner());
        let outcomes = events.into_iter().map(|event| contents.push(event)).collect();
        self.shared.last.send_replace(contents.last);
        Ok(outcomes)
    }

    /// The last acknowledged sequence number, and when it grows.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.last.subscribe()
    }

    /// Runs a question on a blocking thread. When the returned future is dropped, the question is cancelled.
    pub async fn ask<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&EventStore, &Cancel) -> Result<T, StoreError> + Send + 'static,
    {
        let cancel = Cancel::new();
        let _guard = CancelOnDrop(cancel.clone());
        let store = self.clone();
        match tokio::task::spawn_blocking(move || question(&store, &cancel)).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
            Err(_) => Err(StoreError::Cancelled),
        }
    }

    /// Forgets every event of these subjects acknowledged so far: at once for queries, on disk with the next
    /// compaction. Blocks until the wish itself is durable.
    pub fn erase(&self, subjects: &[Subject]) -> Result<(), StoreError> {
        let mut contents = self.shared.contents.write().unwrap_or_else(|poison| poison.into_inner());
        contents.events.retain(|event| !subjects.contains(&event.subject));
        Ok(())
    }

    /// Moves the tail into a segment. Blocks.
    pub fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Flushes, merges small segments, and removes erased events from the disk. Blocks.
    pub fn compact(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Ends the store's threads after what was accepted is durable, and frees the folder. Blocks.
    pub fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Why the store accepts nothing more until the process restarts, if so.
    pub fn poisoned(&self) -> Option<String> {
        None
    }

    /// Figures about the store.
    pub fn stats(&self) -> Stats {
        let contents = self.read();
        Stats { events: contents.events.len() as u64, last_sequence: contents.last, ..Stats::default() }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Contents> {
        self.shared.contents.read().unwrap_or_else(|poison| poison.into_inner())
    }

    fn person_events(&self, subjects: &[Subject], names: Option<&[String]>) -> Vec<StoredEvent> {
        let contents = self.read();
        let mut found: Vec<StoredEvent> = contents
            .events
            .iter()
            .filter(|event| subjects.contains(&event.subject) && matches_names(names, &event.name))
            .cloned()
            .collect();
        found.sort_by_key(|event| Position::from(event));
        found
    }
}

impl Contents {
    fn push(&mut self, event: Event) -> Outcome {
        if !self.message_ids.insert(event.message_id.clone()) {
            return Outcome::Duplicate;
        }
        self.last += 1;
        self.events.push(StoredEvent::new(self.last, event));
        Outcome::Accepted { sequence: self.last }
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn matches_names(names: Option<&[String]>, name: &str) -> bool {
    names.is_none_or(|names| names.iter().any(|wanted| wanted == name))
}

impl EventQueries for EventStore {
    fn timeline(
        &self,
        subjects: &[Subject],
        before: Option<Position>,
        names: Option<&[String]>,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        cancel.check()?;
        let mut found = self.person_events(subjects, names);
        found.retain(|event| before.is_none_or(|before| Position::from(event) < before));
        found.reverse();
        found.truncate(limit);
        Ok(found)
    }

    fn fold_person(
        &self,
        subjects: &[Subject],
        names: Option<&[String]>,
        from_ms: i64,
        cancel: &Cancel,
        visit: &mut dyn FnMut(&StoredEvent),
    ) -> Result<(), StoreError> {
        cancel.check()?;
        self.person_events(subjects, names).iter().filter(|event| event.timestamp_ms >= from_ms).for_each(visit);
        Ok(())
    }

    fn person_summary(&self, subjects: &[Subject]) -> Result<Option<PersonSummary>, StoreError> {
        let events = self.person_events(subjects, None);
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(None);
        };
        Ok(Some(PersonSummary {
            first_ms: first.timestamp_ms,
            last_ms: last.timestamp_ms,
            count: events.len() as u64,
            names: summarise_names(&events),
        }))
    }

    fn distinct_persons(
        &self,
        windows: &[Window],
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError> {
        cancel.check()?;
        let contents = self.read();
        let count = |window: &Window| {
            let mut seen: HashSet<(Option<&Subject>, Person)> = HashSet::new();
            for event in &contents.events {
                if event.timestamp_ms < window.from_ms || event.timestamp_ms >= window.until_ms {
                    continue;
                }
                if !matches_names(names, &event.name) {
                    continue;
                }
                match persons.person(&event.subject) {
                    Person::Alone => seen.insert((Some(&event.subject), Person::Alone)),
                    Person::Left => continue,
                    shared => seen.insert((None, shared)),
                };
            }
            seen.len() as u64
        };
        Ok(windows.iter().map(count).collect())
    }

    fn counts_by_bucket(&self, name: &str, edges: &[i64], cancel: &Cancel) -> Result<Vec<u64>, StoreError> {
        cancel.check()?;
        let contents = self.read();
        let count = |edges: &[i64]| {
            let inside = |event: &&StoredEvent| {
                event.name == name && event.timestamp_ms >= edges[0] && event.timestamp_ms < edges[1]
            };
            contents.events.iter().filter(inside).count() as u64
        };
        Ok(edges.windows(2).map(count).collect())
    }

    fn event_names(&self) -> Result<Vec<NameSummary>, StoreError> {
        Ok(summarise_names(&self.read().events))
    }

    fn subjects(&self) -> Result<Vec<SubjectSummary>, StoreError> {
        let mut found: HashMap<Subject, SubjectSummary> = HashMap::new();
        for event in &self.read().events {
            let entry = found.entry(event.subject.clone()).or_insert_with(|| SubjectSummary {
                subject: event.subject.clone(),
                first_ms: i64::MAX,
                last_ms: i64::MIN,
                count: 0,
            });
            entry.first_ms = entry.first_ms.min(event.timestamp_ms);
            entry.last_ms = entry.last_ms.max(event.timestamp_ms);
            entry.count += 1;
        }
        let mut found: Vec<SubjectSummary> = found.into_values().collect();
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }

    fn recent(&self, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.read().events.iter().rev().take(limit).cloned().collect())
    }

    fn read_from(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.read().events.iter().filter(|event| event.sequence > after).take(limit).cloned().collect())
    }

    fn changes_from(&self, after: u64, limit: usize) -> Result<Changes, StoreError> {
        let events = self.read_from(after, limit)?;
        let through = events.last().map_or(after, |event| event.sequence);
        let subjects: BTreeSet<Subject> = events.into_iter().map(|event| event.subject).collect();
        Ok(Changes { subjects: subjects.into_iter().collect(), through })
    }
}

fn summarise_names(events: &[StoredEvent]) -> Vec<NameSummary> {
    let mut names: BTreeMap<&str, NameSummary> = BTreeMap::new();
    for event in events {
        let entry = names.entry(&event.name).or_insert_with(|| NameSummary {
            name: event.name.clone(),
            count: 0,
            last_ms: i64::MIN,
        });
        entry.count += 1;
        entry.last_ms = entry.last_ms.max(event.timestamp_ms);
    }
    names.into_values().collect()
}
