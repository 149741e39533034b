//! The one thread that writes the log.
//!
//! It takes every append that waits, drops what was acknowledged before, numbers the rest, writes one record and syncs
//! once, shows the events to readers, and only then answers: an acknowledgement always comes after a sync that covers it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use tokio::sync::OwnedSemaphorePermit;

use crate::codec::{EventsEncoder, encode_erasure};
use crate::dedup::{Dedup, utc_day};
use crate::error::StoreError;
use crate::log::LogWriter;
use crate::options::Maintenance;
use crate::row::Prepared;
use crate::shared::Shared;
use crate::store::Outcome;

/// The most bytes of events that share one record, unless one append alone brings more.
const GROUP_BYTES: usize = 8 << 20;

/// Appends wait when the tail holds this many times what starts a flush: memory stays bounded when segments are written
/// more slowly than events come.
const FULL_TAIL: usize = 8;

/// Takes the answer to an append.
pub(crate) type Reply = Box<dyn FnOnce(Result<Vec<Outcome>, StoreError>) + Send>;

/// What the writer is asked to do.
pub(crate) enum Command {
    Append(Append),
    /// Start a new log file and freeze the tail.
    Rotate(SyncSender<Result<Rotated, StoreError>>),
    /// Forget the events of these subjects acknowledged so far.
    Erase {
        subjects: Vec<Arc<str>>,
        reply: SyncSender<Result<(), StoreError>>,
    },
    /// A flush ended; with an error when the tail could not be moved.
    FlushEnded(Option<StoreError>),
    Stop,
}

/// Events of one call.
pub(crate) struct Append {
    pub events: Vec<Result<Prepared, String>>,
    pub bytes: usize,
    pub reply: Reply,
    /// The call's share of the memory for waiting calls, given back with the answer.
    pub permit: Option<OwnedSemaphorePermit>,
}

/// Where the log was cut for a flush.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotated {
    /// The file written from now on.
    pub log_from: u64,
    /// The last event before it.
    pub through: u64,
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    commands: Receiver<Command>,
    log: LogWriter,
    dedup: Dedup,
    today: i32,
    last_sequence: u64,
    parked: VecDeque<Append>,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, commands: Receiver<Command>, log: LogWriter, dedup: Dedup) -> Self {
        let last_sequence = shared.read().last_sequence;
        let writer = Writer { shared, commands, log, dedup, today: i32::MIN, last_sequence, parked: VecDeque::new() };
        writer.publish_figures();
        writer
    }

    /// Works until told to stop.
    pub fn run(mut self) {
        let _guard = PoisonOnPanic(self.shared.clone());
        while let Some(command) = self.next_command() {
            let mut next = Some(command);
            while let Some(command) = next {
                next = match command {
                    Command::Append(first) if self.tail_is_full() => {
                        self.parked.push_back(first);
                        self.shared.request_maintenance();
                        None
                    }
                    Command::Append(first) => self.commit_with(first),
                    Command::Rotate(reply) => {
                        let _ = reply.send(self.rotate());
                        None
                    }
                    Command::Erase { subjects, reply } => {
                        let _ = reply.send(self.erase(&subjects));
                        None
                    }
                    Command::FlushEnded(failure) => {
                        self.refuse_parked(failure);
                        None
                    }
                    Command::Stop => return,
                };
            }
        }
    }

    fn next_command(&mut self) -> Option<Command> {
        if !self.parked.is_empty()
            && !self.tail_is_full()
            && let Some(append) = self.parked.pop_front()
        {
            return Some(Command::Append(append));
        }
        self.commands.recv().ok()
    }

    fn tail_is_full(&self) -> bool {
        let options = &self.shared.options;
        options.maintenance == Maintenance::Background
            && self.shared.poisoned().is_none()
            && self.shared.read().tail_len() >= options.flush_events.saturating_mul(FULL_TAIL)
    }

    fn refuse_parked(&mut self, failure: Option<StoreError>) {
        if let Some(failure) = failure {
            for append in self.parked.drain(..) {
                (append.reply)(Err(failure.clone()));
            }
        }
    }

    /// Commits `first` together with whatever waits; returns a command met on the way that is no append.
    fn commit_with(&mut self, first: Append) -> Option<Command> {
        let mut bytes = first.bytes;
        let mut group = vec![first];
        let mut other = None;
        while bytes < GROUP_BYTES {
            let next = match self.parked.pop_front() {
                Some(append) => append,
                None => match self.commands.try_recv() {
                    Ok(Command::Append(append)) => append,
                    Ok(command) => {
                        other = Some(command);
                        break;
                    }
                    Err(_) => break,
                },
            };
            bytes += next.bytes;
            group.push(next);
        }
        self.commit(group);
        other
    }

    fn commit(&mut self, group: Vec<Append>) {
        let now = (self.shared.options.clock)();
        let day = utc_day(now);
        if day != self.today {
            self.dedup.expire(day);
            self.today = day;
        }
        let mut sorted = self.sort_out(group, now);
        let stored = self.store(std::mem::take(&mut sorted.fresh), sorted.encoder, day);
        for (reply, outcomes, permit) in sorted.answers {
            // An answer without new events needs no write: it stands even on a full disk.
            let is_stored_already = !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Accepted { .. }));
            match &stored {
                Err(error) if !(is_stored_already && sorted.repeats_are_old) => reply(Err(error.clone())),
                _ => reply(Ok(outcomes)),
            }
            drop(permit);
        }
    }

    /// Decides what becomes of every event, as if the write will succeed.
    fn sort_out(&self, group: Vec<Append>, now: i64) -> SortedGroup {
        let mut sorted = SortedGroup {
            encoder: EventsEncoder::new(self.last_sequence + 1, now),
            fresh: Vec::new(),
            answers: Vec::with_capacity(group.len()),
            repeats_are_old: true,
        };
        let mut ids_of_group = HashSet::new();
        for append in group {
            let mut outcomes = Vec::with_capacity(append.events.len());
            for event in append.events {
                outcomes.push(match event {
                    Err(reason) => Outcome::Refused { reason },
                    Ok(prepared) if self.dedup.contains(prepared.id_hash) => Outcome::Duplicate,
                    Ok(prepared) if !ids_of_group.insert(prepared.id_hash) => {
                        sorted.repeats_are_old = false;
                        Outcome::Duplicate
                    }
                    Ok(mut prepared) => {
                        let sequence = self.last_sequence + 1 + sorted.fresh.len() as u64;
                        prepared.row.sequence = sequence;
                        sorted.encoder.push(&prepared.row);
                        sorted.fresh.push(prepared);
                        Outcome::Accepted { sequence }
                    }
                });
            }
            sorted.answers.push((append.reply, outcomes, append.permit));
        }
        sorted
    }

    /// Makes events durable, then visible.
    fn store(&mut self, fresh: Vec<Prepared>, encoder: EventsEncoder, day: i32) -> Result<(), StoreError> {
        if fresh.is_empty() {
            return Ok(());
        }
        self.shared.check_writable()?;
        self.check_room()?;
        self.log.append(&encoder.finish()).map_err(|error| self.shared.note(error))?;
        self.last_sequence += fresh.len() as u64;
        for prepared in &fresh {
            self.dedup.insert(day, prepared.id_hash);
        }
        let tail_len = {
            let mut state = self.shared.write();
            for prepared in fresh {
                state.add_event(prepared, day);
            }
            state.active.len()
        };
        self.shared.last_sequence.send_replace(self.last_sequence);
        self.publish_figures();
        let options = &self.shared.options;
        if tail_len >= options.flush_events || self.log.length() >= options.flush_bytes {
            self.shared.request_maintenance();
        }
        Ok(())
    }

    fn check_room(&self) -> Result<(), StoreError> {
        let options = &self.shared.options;
        let directory = &self.shared.directory;
        let space = options
            .files
            .space(directory)
            .map_err(|error| StoreError::io("ask for the free space of", directory, &error))?;
        let needed = options.free_floor.needed(space);
        if space.free < needed {
            return Err(StoreError::DiskFull {
                detail: format!("{} bytes are free, {needed} must stay free", space.free),
            });
        }
        Ok(())
    }

    fn rotate(&mut self) -> Result<Rotated, StoreError> {
        if let Some(reason) = self.shared.poisoned() {
            return Err(StoreError::Poisoned { reason });
        }
        let log_from = self.log.rotate().map_err(|error| self.shared.note(error))?;
        let mut state = self.shared.write();
        if !state.active.is_empty() {
            let frozen = Arc::new(std::mem::take(&mut state.active));
            state.frozen.push(frozen);
        }
        drop(state);
        self.publish_figures();
        Ok(Rotated { log_from, through: self.last_sequence })
    }

    // No check of the free space: removing data must work on a full disk.
    fn erase(&mut self, subjects: &[Arc<str>]) -> Result<(), StoreError> {
        self.shared.check_writable()?;
        let now = (self.shared.options.clock)();
        let record = encode_erasure(self.last_sequence, now, subjects);
        self.log.append(&record).map_err(|error| self.shared.note(error))?;
        self.shared.write().erase(subjects, self.last_sequence);
        self.publish_figures();
        Ok(())
    }

    fn publish_figures(&self) {
        self.shared.log_syncs.store(self.log.syncs(), Ordering::Relaxed);
        self.shared.log_bytes.store(self.log.length(), Ordering::Relaxed);
        self.shared.message_ids.store(self.dedup.len(), Ordering::Relaxed);
    }
}

/// A group with every event's fate.
struct SortedGroup {
    encoder: EventsEncoder,
    fresh: Vec<Prepared>,
    answers: Vec<(Reply, Vec<Outcome>, Option<OwnedSemaphorePermit>)>,
    /// Every duplicate was acknowledged before this group.
    repeats_are_old: bool,
}

/// A writer that panicked may have left a record half-shown; nothing more may be acknowledged after it.
struct PoisonOnPanic(Arc<Shared>);

impl Drop for PoisonOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.note(StoreError::Poisoned { reason: "the writer thread panicked".to_owned() });
        }
    }
}
