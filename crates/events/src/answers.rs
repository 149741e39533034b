//! The embedded engine's answers about single persons; `activity` counts many, `arrivals` follows the order of arrival.
//!
//! A question first takes what it needs from the tail and a snapshot of the segments under the lock, then reads files
//! without it. So it sees every event acknowledged before it began, and no flush or compaction disturbs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kabinet_model::event::{StoredEvent, Subject};

use crate::activity;
use crate::arrivals;
use crate::error::StoreError;
use crate::query::{
    Cancel, Changes, EventQueries, NameSummary, PersonMap, PersonSummary, Position, SubjectSummary, Window,
};
use crate::rollups::Tally;
use crate::row::{Row, parse_subject};
use crate::shared::Shared;
use crate::state::{Hit, Place, Snapshot, State, Wanted, row_of_segment};
use crate::store::EventStore;

/// Events read from files at once: bounds memory, and the time until a cancellation is seen.
const BLOCK: usize = 2048;

impl EventQueries for EventStore {
    fn timeline(
        &self,
        subjects: &[Subject],
        before: Option<Position>,
        names: Option<&[String]>,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (mut hits, snapshot) = find(self.shared(), subjects, names, i64::MIN, before, limit);
        hits.sort_unstable_by_key(|hit| std::cmp::Reverse(hit.position));
        hits.truncate(limit);
        let mut events = Vec::with_capacity(hits.len());
        for block in hits.chunks(BLOCK) {
            cancel.check()?;
            events.extend(read_hits(self.shared(), &snapshot, block)?);
        }
        Ok(events)
    }

    fn fold_person(
        &self,
        subjects: &[Subject],
        names: Option<&[String]>,
        from_ms: i64,
        cancel: &Cancel,
        visit: &mut dyn FnMut(&StoredEvent),
    ) -> Result<(), StoreError> {
        let (mut hits, snapshot) = find(self.shared(), subjects, names, from_ms, None, usize::MAX);
        hits.sort_unstable_by_key(|hit| hit.position);
        for block in hits.chunks(BLOCK) {
            cancel.check()?;
            read_hits(self.shared(), &snapshot, block)?.iter().for_each(&mut *visit);
        }
        Ok(())
    }

    fn person_summary(&self, subjects: &[Subject]) -> Result<Option<PersonSummary>, StoreError> {
        let state = self.shared().read();
        let mut summary: Option<PersonSummary> = None;
        let mut names: BTreeMap<&str, Tally> = BTreeMap::new();
        for rollup in subject_codes(&state, subjects).iter().filter_map(|subject| state.rollups.subject(*subject)) {
            let summary = summary.get_or_insert_with(|| PersonSummary {
                first_ms: i64::MAX,
                last_ms: i64::MIN,
                count: 0,
                names: Vec::new(),
            });
            summary.first_ms = summary.first_ms.min(rollup.first_ms);
            summary.last_ms = summary.last_ms.max(rollup.total.last_ms);
            summary.count += rollup.total.count;
            for (name, tally) in &rollup.names {
                let sum = names.entry(state.names.word(*name)).or_insert(Tally { count: 0, last_ms: i64::MIN });
                sum.count += tally.count;
                sum.last_ms = sum.last_ms.max(tally.last_ms);
            }
        }
        if let Some(summary) = &mut summary {
            summary.names = names.into_iter().map(|(name, tally)| name_summary(name, tally)).collect();
        }
        Ok(summary)
    }

    fn distinct_persons(
        &self,
        windows: &[Window],
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError> {
        activity::distinct_persons(self.shared(), windows, names, persons, cancel)
    }

    fn counts_by_bucket(&self, name: &str, edges: &[i64], cancel: &Cancel) -> Result<Vec<u64>, StoreError> {
        activity::counts_by_bucket(self.shared(), name, edges, cancel)
    }

    fn event_names(&self) -> Result<Vec<NameSummary>, StoreError> {
        let state = self.shared().read();
        let mut names: Vec<NameSummary> =
            state.rollups.names().map(|(name, tally)| name_summary(state.names.word(name), tally)).collect();
        names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(names)
    }

    fn subjects(&self) -> Result<Vec<SubjectSummary>, StoreError> {
        let state = self.shared().read();
        let mut subjects: Vec<SubjectSummary> = state
            .rollups
            .subjects()
            .map(|(subject, rollup)| SubjectSummary {
                subject: parse_subject(state.subjects.word(subject)),
                first_ms: rollup.first_ms,
                last_ms: rollup.total.last_ms,
                count: rollup.total.count,
            })
            .collect();
        drop(state);
        subjects.sort_unstable_by(|a, b| a.subject.cmp(&b.subject));
        Ok(subjects)
    }

    fn recent(&self, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        arrivals::recent(self.shared(), limit)
    }

    fn read_from(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        arrivals::read_from(self.shared(), after, limit)
    }

    fn changes_from(&self, after: u64, limit: usize) -> Result<Changes, StoreError> {
        Ok(arrivals::changes_from(self.shared(), after, limit))
    }
}

/// The wanted events, in no order, with the snapshot they are to be read from.
fn find(
    shared: &Shared,
    subjects: &[Subject],
    names: Option<&[String]>,
    from_ms: i64,
    before: Option<Position>,
    limit: usize,
) -> (Vec<Hit>, Snapshot) {
    let state = shared.read();
    let subjects = subject_codes(&state, subjects);
    let names = names.map(|names| name_codes(&state, names));
    let wanted = Wanted { subjects: &subjects, names: names.as_deref(), from_ms, before, limit };
    let mut hits = state.tail_hits(&wanted);
    let snapshot = state.snapshot();
    drop(state);
    hits.extend(snapshot.hits(&wanted));
    (hits, snapshot)
}

/// Reads the events of `hits`, in their order.
fn read_hits(shared: &Shared, snapshot: &Snapshot, hits: &[Hit]) -> Result<Vec<StoredEvent>, StoreError> {
    read_as(shared, snapshot, hits, Row::to_stored)
}

/// Reads the events of `hits`, in their order, and keeps of each what `make` makes of it.
pub(crate) fn read_as<T>(
    shared: &Shared,
    snapshot: &Snapshot,
    hits: &[Hit],
    make: impl Fn(&Row) -> T,
) -> Result<Vec<T>, StoreError> {
    let mut made: Vec<Option<T>> = Vec::new();
    made.resize_with(hits.len(), || None);
    let mut rows: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, hit) in hits.iter().enumerate() {
        match &hit.place {
            Place::Tail(event) => made[index] = Some(make(&event.row)),
            Place::Row { segment, row } => rows.entry(*segment).or_default().push((*row, index)),
        }
    }
    for (segment, mut rows) in rows {
        let segment = &snapshot.segments[segment];
        rows.sort_unstable();
        let places: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        let bodies = segment.file.read_bodies(&places)?;
        let state = shared.read();
        let read: Vec<(usize, Row)> = rows
            .into_iter()
            .zip(bodies)
            .map(|((row, index), body)| (index, row_of_segment(&state, segment, row, body)))
            .collect();
        drop(state);
        for (index, row) in read {
            made[index] = Some(make(&row));
        }
    }
    Ok(made.into_iter().flatten().collect())
}

fn subject_codes(state: &State, subjects: &[Subject]) -> Vec<u32> {
    let mut codes: Vec<u32> = subjects.iter().filter_map(|subject| state.subjects.code(&subject.to_string())).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The numbers of names that were ever seen, sorted.
pub(crate) fn name_codes(state: &State, names: &[String]) -> Vec<u32> {
    let mut codes: Vec<u32> = names.iter().filter_map(|name| state.names.code(name)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn name_summary(name: &str, tally: Tally) -> NameSummary {
    NameSummary { name: name.to_owned(), count: tally.count, last_ms: tally.last_ms }
}

/// The words of all subjects known now.
pub(crate) fn all_subjects(shared: &Shared, cancel: &Cancel) -> Result<Vec<Arc<str>>, StoreError> {
    cancel.check()?;
    Ok(shared.read().subjects.words().to_vec())
}
