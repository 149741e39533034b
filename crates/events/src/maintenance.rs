//! Flush, compaction and erasure: everything that changes the set of files.
//!
//! All three hold the manifest's lock, so they happen one after another. Each writes its new files and syncs them, swaps
//! the manifest, changes what is in memory, and removes what the new manifest no longer names. A crash before the swap
//! leaves rubbish files, a crash after it leaves old ones; opening removes both.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use crate::dedup::{IdsByDay, encode_ids, is_kept, read_ids, utc_day};
use crate::error::StoreError;
use crate::log::{log_numbers, log_path};
use crate::manifest::{Erasure, IdsEntry, Manifest};
use crate::merge::{MergePlan, merge};
use crate::query::Position;
use crate::segment::{Segment, SegmentFile};
use crate::segment_writer::{RowRef, SegmentWriter, WrittenSegment};
use crate::shared::Shared;
use crate::state::State;
use crate::tail::TailEvent;
use crate::writer::{Command, Rotated};

/// Id files are merged into one when there are more.
const MOST_ID_FILES: usize = 8;

/// How soon a failed flush or compaction is tried again, at first …
const RETRY: Duration = Duration::from_secs(5);

/// … and at the latest, after failing again and again.
const LATEST_RETRY: Duration = Duration::from_secs(300);

/// Which segments a compaction takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All that are small, and all with erased events.
    All,
    /// A worthwhile number of small ones of like size, and all with erased events.
    Worthwhile,
}

/// Works until told to stop: flushes and compacts by the thresholds of the options.
pub(crate) fn run(shared: &Shared) {
    let _guard = StopOnPanic(shared);
    let age = shared.options.flush_age;
    let mut last_flush = Instant::now();
    let mut wait = age;
    let mut retry = RETRY;
    while shared.wait_for_maintenance(wait) {
        if shared.poisoned().is_some() {
            // Nothing can be written any more; wait for the end.
            wait = age;
            continue;
        }
        let is_old = last_flush.elapsed() >= age;
        match maintain(shared, is_old) {
            Ok(flushed) => {
                if flushed {
                    last_flush = Instant::now();
                }
                wait = age.saturating_sub(last_flush.elapsed()).max(Duration::from_millis(100));
                retry = RETRY;
            }
            Err(error) => {
                tracing::warn!(%error, "maintenance of the event store failed; it will be tried again");
                wait = retry;
                retry = (retry * 2).min(LATEST_RETRY);
            }
        }
    }
}

/// Without maintenance the tail would fill up and appends would wait for ever; so a panic stops the store aloud.
struct StopOnPanic<'a>(&'a Shared);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = "the maintenance thread panicked".to_owned();
            let error = self.0.note(StoreError::Poisoned { reason });
            let _ = self.0.commands.send(Command::FlushEnded(Some(error)));
        }
    }
}

fn maintain(shared: &Shared, is_old: bool) -> Result<bool, StoreError> {
    let options = &shared.options;
    let mut manifest = shared.lock_manifest();
    let (is_due, has_erasures) = {
        let state = shared.read();
        let is_full = state.active.len() >= options.flush_events || !state.frozen.is_empty();
        let is_long = shared.log_bytes.load(Ordering::Relaxed) >= options.flush_bytes;
        (is_full || is_long || (is_old && state.tail_len() > 0), !state.erased.is_empty())
    };
    if is_due || has_erasures {
        flush(shared, &mut manifest)?;
    }
    compact(shared, &mut manifest, Scope::Worthwhile)?;
    Ok(is_due || is_old)
}

/// Moves the tail into a segment and cuts the log.
pub(crate) fn flush(shared: &Shared, manifest: &mut Manifest) -> Result<(), StoreError> {
    let outcome = flush_tail(shared, manifest);
    let failure = outcome.as_ref().err().cloned();
    let _ = shared.commands.send(Command::FlushEnded(failure));
    outcome
}

fn flush_tail(shared: &Shared, manifest: &mut Manifest) -> Result<(), StoreError> {
    let rotated = ask_for_rotation(shared)?;
    let (mut events, ids) = {
        let state = shared.read();
        let mut ids = IdsByDay::new();
        for (day, hashes) in state.frozen.iter().flat_map(|chunk| &chunk.ids) {
            ids.entry(*day).or_default().extend(hashes);
        }
        (state.frozen_rows(), ids)
    };
    if rotated.log_from == manifest.log_from {
        return Ok(());
    }
    events.sort_by(|a, b| (&a.row.subject, a.row.position()).cmp(&(&b.row.subject, b.row.position())));
    change_files(shared, manifest, |next| {
        let segment = write_tail_segment(shared, next, &events)?;
        add_ids(shared, next, ids)?;
        next.covered_sequence = rotated.through;
        next.log_from = rotated.log_from;
        next.erasures = pending_erasures(shared);
        let segments = segment.into_iter().collect::<Vec<_>>();
        next.segments.extend(segments.iter().map(|written| written.entry.clone()));
        Ok(segments)
    })?
    .install(shared, |state, added| {
        let mut segments = state.segments.as_ref().clone();
        segments.extend(added);
        state.segments = Arc::new(segments);
        state.frozen.clear();
    });
    remove_unnamed(shared, manifest)
}

fn ask_for_rotation(shared: &Shared) -> Result<Rotated, StoreError> {
    let (reply, answer) = sync_channel(1);
    shared.commands.send(Command::Rotate(reply)).map_err(|_| StoreError::Closed)?;
    answer.recv().map_err(|_| StoreError::Closed)?
}

fn write_tail_segment(
    shared: &Shared,
    next: &mut Manifest,
    events: &[Arc<TailEvent>],
) -> Result<Option<WrittenSegment>, StoreError> {
    let Some(sequence_base) = events.iter().map(|event| event.row.sequence).min() else {
        return Ok(None);
    };
    let name = next.next_name("parquet");
    let directory = shared.segments_directory();
    let mut writer = SegmentWriter::create(&*shared.options.files, &directory, name, sequence_base)?;
    for event in events {
        let row = &event.row;
        writer.push(RowRef {
            subject: &row.subject,
            position: Position { timestamp_ms: row.timestamp_ms, sequence: row.sequence },
            name: &row.name,
            kind: row.kind.as_str(),
            message_id: &row.message_id,
            received_at_ms: row.received_at_ms,
            properties: &row.properties,
            context: &row.context,
        })?;
    }
    writer.finish(false).map(Some)
}

/// Writes the message ids of a flush beside those of earlier ones.
fn add_ids(shared: &Shared, next: &mut Manifest, mut ids: IdsByDay) -> Result<(), StoreError> {
    let today = utc_day((shared.options.clock)());
    let keep_days = i32::from(shared.options.dedup_days.max(7));
    let directory = shared.segments_directory();
    next.ids.retain(|entry| is_kept(entry.last_day, today, keep_days));
    if next.ids.len() >= MOST_ID_FILES {
        for entry in next.ids.drain(..) {
            for (day, hashes) in read_ids(&directory.join(&entry.file))? {
                ids.entry(day).or_default().extend(hashes);
            }
        }
        ids.retain(|day, _| is_kept(*day, today, keep_days));
    }
    let Some(last_day) = ids.keys().next_back().copied() else {
        return Ok(());
    };
    let file = next.next_name("ids");
    let path = directory.join(&file);
    let mut writer = shared.options.files.create(&path).map_err(|error| StoreError::io("create", &path, &error))?;
    writer.write_all(&encode_ids(&ids)).map_err(|error| StoreError::io("write", &path, &error))?;
    writer.sync().map_err(|error| StoreError::Poisoned { reason: format!("sync {}: {error}", path.display()) })?;
    next.ids.push(IdsEntry { file, last_day });
    Ok(())
}

fn pending_erasures(shared: &Shared) -> Vec<Erasure> {
    let erased = shared.erased_words();
    erased.into_iter().map(|(subject, through)| Erasure { subject: subject.to_string(), through }).collect()
}

/// Merges segments; removes erased events for good.
pub(crate) fn compact(shared: &Shared, manifest: &mut Manifest, scope: Scope) -> Result<(), StoreError> {
    let (segments, erased) = {
        let state = shared.read();
        (state.segments.clone(), state.erased.clone())
    };
    // An erasure that reaches into the tail is not done before the next flush.
    let done: Vec<(u32, u64)> = erased
        .iter()
        .map(|(subject, through)| (*subject, *through))
        .filter(|(_, through)| *through <= manifest.covered_sequence)
        .collect();
    let holds_erased = |segment: &Segment| {
        done.iter().any(|(subject, through)| {
            segment.columns.rows_of(*subject).any(|row| segment.columns.sequence(row) <= *through)
        })
    };
    let chosen = choose(&segments, scope, shared.options.compact_segments, holds_erased);
    if chosen.is_empty() && done.is_empty() {
        return Ok(());
    }
    let inputs: Vec<Arc<Segment>> = chosen.iter().map(|place| segments[*place].clone()).collect();
    if done.is_empty() && scope == Scope::Worthwhile && !has_room_for_copies(shared, &inputs)? {
        return Ok(());
    }
    let input_files: BTreeSet<String> = inputs.iter().map(|segment| segment.entry.file.clone()).collect();
    let erased_words = shared.erased_words();
    for segment in &inputs {
        segment.file.verify(&segment.entry)?;
    }
    let directory = shared.segments_directory();
    let plan = MergePlan {
        files: &*shared.options.files,
        directory: &directory,
        target: shared.options.segment_events,
        erased: &erased_words,
        stopped: &|| shared.closing.load(Ordering::Acquire),
    };
    let done_words: BTreeSet<Arc<str>> = {
        let state = shared.read();
        done.iter().map(|(subject, _)| state.subjects.word(*subject).clone()).collect()
    };
    change_files(shared, manifest, |next| {
        let written = if inputs.is_empty() { Vec::new() } else { merge(&plan, &inputs, next)? };
        next.segments.retain(|entry| !input_files.contains(&entry.file));
        next.segments.extend(written.iter().map(|written| written.entry.clone()));
        next.erasures.retain(|erasure| !done_words.contains(erasure.subject.as_str()));
        Ok(written)
    })?
    .install(shared, |state, added| {
        let kept = state.segments.iter().filter(|segment| !input_files.contains(&segment.entry.file)).cloned();
        state.segments = Arc::new(kept.chain(added).collect());
        let erased = Arc::make_mut(&mut state.erased);
        for (subject, _) in &done {
            erased.remove(subject);
        }
    });
    remove_unnamed(shared, manifest)
}

/// Whether merging leaves the room that must stay free. Merging can wait; the room is for events and for staff.
fn has_room_for_copies(shared: &Shared, inputs: &[Arc<Segment>]) -> Result<bool, StoreError> {
    let directory = &shared.directory;
    let space = shared.options.files.space(directory);
    let space = space.map_err(|error| StoreError::io("ask for the free space of", directory, &error))?;
    let copies: u64 = inputs.iter().map(|segment| segment.entry.bytes).sum();
    Ok(space.free >= shared.options.free_floor.needed(space).saturating_add(copies))
}

/// Places of the segments to merge.
fn choose(
    segments: &[Arc<Segment>],
    scope: Scope,
    worthwhile: usize,
    holds_erased: impl Fn(&Segment) -> bool,
) -> BTreeSet<usize> {
    let mut chosen: BTreeSet<usize> = (0..segments.len()).filter(|place| holds_erased(&segments[*place])).collect();
    let mut small: Vec<usize> = (0..segments.len()).filter(|place| !segments[*place].entry.sealed).collect();
    small.sort_by_key(|place| segments[*place].entry.events);
    if scope == Scope::Worthwhile {
        small.truncate(like_sized(&small, segments));
        if small.len() < worthwhile.max(2) {
            small.clear();
        }
    }
    if small.len() > 1 {
        chosen.extend(small);
    }
    chosen
}

/// How many of the smallest segments to merge: the biggest one taken is at most twice all the smaller ones together, so
/// a big segment is rewritten only when the small ones have grown to half of it.
fn like_sized(small: &[usize], segments: &[Arc<Segment>]) -> usize {
    let mut sum = 0;
    let mut taken = 0;
    for (before, place) in small.iter().enumerate() {
        let events = segments[*place].entry.events;
        if events <= sum * 2 {
            taken = before + 1;
        }
        sum += events;
    }
    taken
}

/// New files are named by the manifest; memory does not know them yet.
struct Changed {
    added: Vec<(WrittenSegment, SegmentFile)>,
}

impl Changed {
    /// Opens the new segments, then changes what is in memory at once.
    fn install(self, shared: &Shared, change: impl FnOnce(&mut State, Vec<Arc<Segment>>)) {
        let mut segments = Vec::new();
        for (written, file) in self.added {
            let columns = shared.write().resolve(written.columns);
            segments.push(Arc::new(Segment { entry: written.entry, columns, file }));
        }
        change(&mut shared.write(), segments);
    }
}

/// Writes new files with `write`, then swaps the manifest. On an error the old manifest stands (unless the store is
/// poisoned) and the files of the attempt are removed.
fn change_files(
    shared: &Shared,
    manifest: &mut Manifest,
    write: impl FnOnce(&mut Manifest) -> Result<Vec<WrittenSegment>, StoreError>,
) -> Result<Changed, StoreError> {
    if let Some(reason) = shared.poisoned() {
        return Err(StoreError::Poisoned { reason });
    }
    let mut next = manifest.clone();
    match write_and_swap(shared, &mut next, write) {
        Ok(added) => {
            *manifest = next;
            Ok(Changed { added })
        }
        Err(error) => {
            manifest.next_file = next.next_file;
            // After a poisoning it is unknown which manifest stands, so every file may be needed.
            if !matches!(error, StoreError::Poisoned { .. })
                && let Err(second) = remove_unnamed(shared, manifest)
            {
                tracing::warn!(error = %second, "could not remove the files of a failed attempt");
            }
            Err(shared.note(error))
        }
    }
}

fn write_and_swap(
    shared: &Shared,
    next: &mut Manifest,
    write: impl FnOnce(&mut Manifest) -> Result<Vec<WrittenSegment>, StoreError>,
) -> Result<Vec<(WrittenSegment, SegmentFile)>, StoreError> {
    let directory = shared.segments_directory();
    let mut added = Vec::new();
    for written in write(next)? {
        // Opened before the swap: a file that cannot be read back must not take the place of good ones.
        let file = SegmentFile::open(&directory.join(&written.entry.file))?;
        added.push((written, file));
    }
    shared
        .options
        .files
        .sync_directory(&directory)
        .map_err(|error| StoreError::Poisoned { reason: format!("sync {}: {error}", directory.display()) })?;
    next.swap(&*shared.options.files, &shared.directory)?;
    Ok(added)
}

/// Removes every file the manifest does not name: left by a crash, by a failed attempt, or just replaced.
pub(crate) fn remove_unnamed(shared: &Shared, manifest: &Manifest) -> Result<(), StoreError> {
    let mut unnamed: Vec<PathBuf> = Vec::new();
    let directory = shared.segments_directory();
    for path in files_of(&directory)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !manifest.names(name) {
            unnamed.push(path);
        }
    }
    let log = shared.log_directory();
    let old = log_numbers(&log)?.into_iter().filter(|number| *number < manifest.log_from);
    unnamed.extend(old.map(|number| log_path(&log, number)));
    for path in unnamed {
        shared.options.files.remove(&path).map_err(|error| StoreError::io("remove", &path, &error))?;
    }
    Ok(())
}

/// The store's files in its segments folder.
pub(crate) fn files_of(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error| StoreError::io("list", directory, &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "parquet" || extension == "ids") {
            paths.push(path);
        }
    }
    Ok(paths)
}
