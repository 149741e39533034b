//! Events in the order of their numbers: for whoever follows the store, and for the latest ones.
//!
//! Segments are sorted by subject, so a span of numbers lies scattered over their pages. Whoever reads old events in order
//! (a follower that starts anew) would decode every page again for each small span; so a wide span is read at once and
//! kept until it is used up.

use kabinet_model::event::StoredEvent;

use crate::answers::read_as;
use crate::error::StoreError;
use crate::query::Changes;
use crate::row::{Row, parse_subject};
use crate::shared::Shared;
use crate::state::{Hit, Place, Snapshot, State, is_visible};

/// How far to read ahead, in events …
const AHEAD_EVENTS: u64 = 65_536;

/// … and in bytes of the segments' pages.
const AHEAD_BYTES: u64 = 32 << 20;

/// Spans looked at for the latest events are at least this wide.
const RECENT_SPAN: usize = 64;

/// Events of a span of numbers, read and not yet asked for.
pub(crate) struct ReadAhead {
    after: u64,
    through: u64,
    rows: Vec<Row>,
}

pub(crate) fn recent(shared: &Shared, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut through = shared.read().last_sequence;
    // Erased events leave gaps, so further spans are looked at until there are enough.
    while events.len() < limit && through > 0 {
        let missing = limit - events.len();
        let after = through.saturating_sub(missing.max(RECENT_SPAN) as u64);
        let (hits, snapshot) = arrivals(shared, after, through);
        let newest = &hits[hits.len().saturating_sub(missing)..];
        events.extend(read_as(shared, &snapshot, newest, Row::to_stored)?.into_iter().rev());
        through = after;
    }
    Ok(events)
}

pub(crate) fn read_from(shared: &Shared, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut after = after;
    // Erased events leave gaps, and old events end where the tail begins; neither must look like the end.
    while events.len() < limit {
        let missing = limit - events.len();
        let (last, tail_from) = {
            let state = shared.read();
            (state.last_sequence, first_in_tail(&state))
        };
        if after >= last {
            break;
        }
        if after + 1 >= tail_from {
            let through = after.saturating_add(missing as u64).min(last);
            let (hits, snapshot) = arrivals(shared, after, through);
            events.extend(read_as(shared, &snapshot, &hits, Row::to_stored)?);
            after = through;
        } else {
            let (old, through) = read_old(shared, after, missing, tail_from - 1)?;
            events.extend(old);
            after = through;
        }
    }
    Ok(events)
}

/// Events of the segments with numbers above `after`, and the number up to which there are no others.
fn read_old(shared: &Shared, after: u64, limit: usize, last_old: u64) -> Result<(Vec<StoredEvent>, u64), StoreError> {
    let mut slot = shared.lock_read_ahead();
    let ahead = match slot.take() {
        Some(ahead) if (ahead.after..ahead.through).contains(&after) => ahead,
        _ => read_ahead(shared, after, limit, last_old)?,
    };
    let skipped = ahead.rows.partition_point(|row| row.sequence <= after);
    let events: Vec<StoredEvent> = {
        let state = shared.read();
        let visible = ahead.rows[skipped..].iter().filter(|row| is_row_visible(&state, row));
        visible.take(limit).map(Row::to_stored).collect()
    };
    match events.last() {
        Some(event) if events.len() == limit && event.sequence < ahead.through => {
            let through = event.sequence;
            *slot = Some(ahead);
            Ok((events, through))
        }
        _ => Ok((events, ahead.through)),
    }
}

fn read_ahead(shared: &Shared, after: u64, limit: usize, last_old: u64) -> Result<ReadAhead, StoreError> {
    let segments = shared.read().segments.clone();
    let bytes_a_row = segments.iter().map(|segment| segment.file.bytes_a_row()).max().unwrap_or(1);
    let width = (AHEAD_BYTES / bytes_a_row.max(1)).min(AHEAD_EVENTS).max(limit as u64);
    let through = after.saturating_add(width).min(last_old);
    let (hits, snapshot) = arrivals(shared, after, through);
    Ok(ReadAhead { after, through, rows: read_as(shared, &snapshot, &hits, Row::clone)? })
}

pub(crate) fn changes_from(shared: &Shared, after: u64, limit: usize) -> Changes {
    let last = shared.read().last_sequence;
    let step = limit.max(1) as u64;
    let mut through = after;
    let (mut hits, mut snapshot) = (Vec::new(), shared.read().snapshot());
    // Erased events leave gaps, so further spans are looked at until something is found.
    while hits.is_empty() && through < last {
        let from = through;
        through = from.saturating_add(step).min(last);
        (hits, snapshot) = arrivals(shared, from, through);
    }
    let mut subjects: Vec<u32> = hits
        .iter()
        .map(|hit| match &hit.place {
            Place::Tail(event) => event.subject,
            Place::Row { segment, row } => snapshot.segments[*segment].columns.subject_of_row(*row),
        })
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    let state = shared.read();
    let subjects = subjects.into_iter().map(|subject| parse_subject(state.subjects.word(subject))).collect();
    Changes { subjects, through }
}

/// The visible events with numbers above `after` up to `through`, in the order of their numbers.
fn arrivals(shared: &Shared, after: u64, through: u64) -> (Vec<Hit>, Snapshot) {
    let state = shared.read();
    let mut hits = Vec::new();
    for event in state.tail_chunks().flat_map(|chunk| chunk.events_after(after)) {
        if event.row.sequence > through {
            break;
        }
        if state.is_visible(event) {
            hits.push(Hit { position: event.row.position(), place: Place::Tail(event.clone()) });
        }
    }
    let snapshot = state.snapshot();
    drop(state);
    hits.extend(old_arrivals(&snapshot, after, through));
    hits.sort_unstable_by_key(|hit| hit.position.sequence);
    (hits, snapshot)
}

fn old_arrivals(snapshot: &Snapshot, after: u64, through: u64) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (place, segment) in snapshot.segments.iter().enumerate() {
        if segment.entry.last_sequence <= after || segment.entry.first_sequence > through {
            continue;
        }
        let columns = &segment.columns;
        let inside = (0..columns.len()).filter(|row| {
            let sequence = columns.sequence(*row);
            sequence > after && sequence <= through
        });
        for row in inside {
            let (position, subject) = (columns.position(row), columns.subject_of_row(row));
            if is_visible(&snapshot.erased, subject, position.sequence) {
                hits.push(Hit { position, place: Place::Row { segment: place, row } });
            }
        }
    }
    hits
}

/// The number of the oldest event in the tail, or of the next event when the tail is empty.
fn first_in_tail(state: &State) -> u64 {
    let first = state.tail_chunks().find_map(|chunk| chunk.events.first());
    first.map_or(state.last_sequence + 1, |event| event.row.sequence)
}

/// Whether an event read earlier was not erased since.
fn is_row_visible(state: &State, row: &Row) -> bool {
    state.erased.is_empty()
        || state.subjects.code(&row.subject).is_none_or(|subject| is_visible(&state.erased, subject, row.sequence))
}
