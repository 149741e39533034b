//! Answers about many persons: who was active when, and how often something happened.
//!
//! When every window starts and ends with a local day (in the store's zone) the rollups answer; otherwise the columns
//! are scanned, one thread per segment at a time, merging the tail. Both ways count into the same intervals.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use roaring::RoaringBitmap;

use crate::answers::{all_subjects, name_codes};
use crate::days::Days;
use crate::error::StoreError;
use crate::query::{Cancel, Person, PersonMap, Window};
use crate::row::parse_subject;
use crate::segment::Segment;
use crate::shared::Shared;
use crate::state::{Snapshot, is_visible};

/// Runs between two looks at the cancellation.
const RUNS_BETWEEN_CHECKS: usize = 1024;

/// A subject that is not counted.
const LEFT: u32 = u32::MAX;

pub(crate) fn distinct_persons(
    shared: &Shared,
    windows: &[Window],
    names: Option<&[String]>,
    persons: &dyn PersonMap,
    cancel: &Cancel,
) -> Result<Vec<u64>, StoreError> {
    let intervals = Intervals::of_windows(windows);
    let sets = if aligned_days(shared, &intervals.edges) {
        persons_from_rollups(shared, &intervals, names, persons, cancel)?
    } else {
        persons_from_columns(shared, &intervals, names, persons, cancel)?
    };
    let places: Vec<_> = windows.iter().map(|window| intervals.places_in(window)).collect();
    count_unions(sets, &places, cancel)
}

/// Sizes of the unions of neighbouring sets. Every union is that of two that overlap and whose widths are a power of
/// two; the sets are widened step by step, so a year of rolling months costs few unions and no second copy.
fn count_unions(
    mut sets: Vec<RoaringBitmap>,
    places: &[Range<usize>],
    cancel: &Cancel,
) -> Result<Vec<u64>, StoreError> {
    let widest = places.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    let mut counts = vec![0; places.len()];
    let mut width = 1;
    while width <= widest {
        for (count, places) in counts.iter_mut().zip(places) {
            if (width..2 * width).contains(&places.len()) {
                cancel.check()?;
                *count = sets[places.start].union_len(&sets[places.end - width]);
            }
        }
        // Nothing wider is asked for after the last step.
        let widened = if 2 * width <= widest { sets.len().saturating_sub(width) } else { 0 };
        for start in 0..widened {
            cancel.check()?;
            let (left, right) = sets.split_at_mut(start + width);
            left[start] |= &right[0];
        }
        width *= 2;
    }
    Ok(counts)
}

pub(crate) fn counts_by_bucket(
    shared: &Shared,
    name: &str,
    edges: &[i64],
    cancel: &Cancel,
) -> Result<Vec<u64>, StoreError> {
    let intervals = Intervals { edges: edges.to_vec() };
    let buckets = edges.len().saturating_sub(1);
    let mut counts = vec![0; buckets];
    let state = shared.read();
    let Some(name) = state.names.code(name) else {
        return Ok(counts);
    };
    if aligned(state.rollups.days(), edges) {
        for bucket in 0..buckets {
            if let Some((from, to)) = days_of(state.rollups.days(), edges[bucket], edges[bucket + 1]) {
                counts[bucket] = state.rollups.events_of_name(name, from, to).map(|(_, events)| events).sum();
            }
        }
        return Ok(counts);
    }
    for fact in state.tail_facts().into_iter().filter(|fact| fact.name == name) {
        if let Some(bucket) = intervals.place(fact.timestamp_ms) {
            counts[bucket] += 1;
        }
    }
    let snapshot = state.snapshot();
    drop(state);
    let scanned = scan(&snapshot, cancel, |segment, counts: &mut Vec<u64>, run| {
        counts.resize(buckets, 0);
        for_rows(segment, &snapshot, run, |row_name, time| {
            if row_name == name
                && let Some(bucket) = intervals.place(time)
            {
                counts[bucket] += 1;
            }
        });
    })?;
    for part in scanned {
        counts.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
    }
    Ok(counts)
}

/// Spans of time that follow one another: between every pair of neighbouring edges.
struct Intervals {
    /// Ascending.
    edges: Vec<i64>,
}

impl Intervals {
    /// The intervals all windows are made of.
    fn of_windows(windows: &[Window]) -> Self {
        let mut edges: Vec<i64> = windows.iter().flat_map(|window| [window.from_ms, window.until_ms]).collect();
        edges.sort_unstable();
        edges.dedup();
        Intervals { edges }
    }

    fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// The interval a time falls into.
    fn place(&self, ms: i64) -> Option<usize> {
        let after = self.edges.partition_point(|edge| *edge <= ms);
        (after > 0 && after < self.edges.len()).then(|| after - 1)
    }

    /// The intervals of a window; none when it ends before it starts.
    fn places_in(&self, window: &Window) -> Range<usize> {
        let from = self.edges.partition_point(|edge| *edge < window.from_ms);
        let until = self.edges.partition_point(|edge| *edge < window.until_ms);
        from..until.max(from)
    }
}

fn aligned_days(shared: &Shared, edges: &[i64]) -> bool {
    aligned(shared.read().rollups.days(), edges)
}

fn aligned(days: &Days, edges: &[i64]) -> bool {
    edges.iter().all(|edge| days.is_day_start(*edge))
}

/// First and last day of a span that starts and ends with a day.
fn days_of(days: &Days, from_ms: i64, until_ms: i64) -> Option<(i32, i32)> {
    (from_ms < until_ms).then(|| (days.day_of(from_ms), days.day_of(until_ms - 1)))
}

/// Numbers for persons: subject → person, dense.
fn person_numbers(shared: &Shared, persons: &dyn PersonMap, cancel: &Cancel) -> Result<Vec<u32>, StoreError> {
    let subjects = all_subjects(shared, cancel)?;
    let mut shared_numbers: HashMap<u64, u32> = HashMap::new();
    let mut numbers = Vec::with_capacity(subjects.len());
    for (place, subject) in subjects.iter().enumerate() {
        if place.is_multiple_of(RUNS_BETWEEN_CHECKS) {
            cancel.check()?;
        }
        // A person's number is that of its first subject, so numbers of lone subjects are never taken twice.
        let number = match persons.person(&parse_subject(subject)) {
            Person::Alone => place as u32,
            Person::Shared(id) => *shared_numbers.entry(id).or_insert(place as u32),
            Person::Left => LEFT,
        };
        numbers.push(number);
    }
    Ok(numbers)
}

/// The person of a subject. Subjects that appeared after the numbers were made did so after the question was asked.
fn person_of(numbers: &[u32], subject: u32) -> Option<u32> {
    numbers.get(subject as usize).copied().filter(|number| *number != LEFT)
}

fn persons_from_rollups(
    shared: &Shared,
    intervals: &Intervals,
    names: Option<&[String]>,
    persons: &dyn PersonMap,
    cancel: &Cancel,
) -> Result<Vec<RoaringBitmap>, StoreError> {
    let numbers = person_numbers(shared, persons, cancel)?;
    let (by_day, days): (BTreeMap<i32, RoaringBitmap>, Days) = {
        let state = shared.read();
        let days = state.rollups.days();
        let names = names.map(|names| name_codes(&state, names));
        let span = intervals.edges.first().zip(intervals.edges.last());
        let span = span.and_then(|(first, last)| days_of(days, *first, *last));
        let active = span.map(|(from, to)| state.rollups.active_subjects(from, to, names.as_deref()));
        (active.unwrap_or_default(), days.clone())
    };
    let mut sets = vec![RoaringBitmap::new(); intervals.len()];
    for (interval, set) in sets.iter_mut().enumerate() {
        cancel.check()?;
        if let Some((from, to)) = days_of(&days, intervals.edges[interval], intervals.edges[interval + 1]) {
            for (_, subjects) in by_day.range(from..=to) {
                set.extend(subjects.iter().filter_map(|subject| person_of(&numbers, subject)));
            }
        }
    }
    Ok(sets)
}

fn persons_from_columns(
    shared: &Shared,
    intervals: &Intervals,
    names: Option<&[String]>,
    persons: &dyn PersonMap,
    cancel: &Cancel,
) -> Result<Vec<RoaringBitmap>, StoreError> {
    let numbers = person_numbers(shared, persons, cancel)?;
    let mut sets = vec![RoaringBitmap::new(); intervals.len()];
    let state = shared.read();
    let names = names.map(|names| name_codes(&state, names));
    let is_wanted = |name: u32| names.as_ref().is_none_or(|names| names.binary_search(&name).is_ok());
    for fact in state.tail_facts().into_iter().filter(|fact| is_wanted(fact.name)) {
        if let Some((person, interval)) = person_of(&numbers, fact.subject).zip(intervals.place(fact.timestamp_ms)) {
            sets[interval].insert(person);
        }
    }
    let snapshot = state.snapshot();
    drop(state);
    let scanned = scan(&snapshot, cancel, |segment, sets: &mut Vec<RoaringBitmap>, run| {
        sets.resize(intervals.len(), RoaringBitmap::new());
        let Some(person) = person_of(&numbers, segment.columns.subject_of_run(run)) else {
            return;
        };
        let mut last = None;
        for_rows(segment, &snapshot, run, |name, time| {
            let interval = intervals.place(time).filter(|_| is_wanted(name));
            if interval.is_some() && interval != last {
                last = interval;
                interval.into_iter().for_each(|interval| {
                    sets[interval].insert(person);
                });
            }
        });
    })?;
    for part in scanned {
        sets.iter_mut().zip(part).for_each(|(set, part)| *set |= part);
    }
    Ok(sets)
}

/// Shows name and time of every visible row of a run.
fn for_rows(segment: &Segment, snapshot: &Snapshot, run: usize, mut visit: impl FnMut(u32, i64)) {
    let columns = &segment.columns;
    let subject = columns.subject_of_run(run);
    for row in columns.rows_of_run(run) {
        if is_visible(&snapshot.erased, subject, columns.sequence(row)) {
            visit(columns.name(row), columns.time(row));
        }
    }
}

/// Goes over all runs of all segments on as many threads as there are cores; each thread gathers a part of its own.
fn scan<Part: Default + Send>(
    snapshot: &Snapshot,
    cancel: &Cancel,
    visit: impl Fn(&Segment, &mut Part, usize) + Sync,
) -> Result<Vec<Part>, StoreError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut part = Part::default();
        while let Some(segment) = snapshot.segments.get(next.fetch_add(1, Ordering::Relaxed)) {
            for run in 0..segment.columns.runs() {
                if run.is_multiple_of(RUNS_BETWEEN_CHECKS) {
                    cancel.check()?;
                }
                visit(segment, &mut part, run);
            }
        }
        Ok(part)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(snapshot.segments.len());
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
