//! The store's handle.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use kabinet_model::event::{Event, Subject};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::days::Days;
use crate::error::StoreError;
use crate::log::MOST_RECORD_BYTES;
use crate::maintenance::{self, Scope};
use crate::options::{Maintenance, Options};
use crate::query::Cancel;
use crate::recovery::{Recovered, recover};
use crate::rollups::{Fact, Rollups};
use crate::row::{Prepared, prepare};
use crate::shared::Shared;
use crate::state::is_visible;
use crate::writer::{Append, Command, Reply, Writer};

/// Memory for appends that wait for the writer, in units of [`PERMIT_BYTES`].
const WAITING_PERMITS: usize = 65_536;
const PERMIT_BYTES: usize = 1024;

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
    /// Events in the tail (not yet in a segment).
    pub tail_events: u64,
    /// Subjects with events.
    pub subjects: u64,
    /// Segment files.
    pub segments: u64,
    /// Bytes of segments and log.
    pub bytes_on_disk: u64,
    /// Bytes the columns of the segments take in memory, about.
    pub column_bytes: u64,
    /// The last acknowledged sequence number; 0 when there is none.
    pub last_sequence: u64,
    /// Syncs of the log since the store was opened.
    pub log_syncs: u64,
    /// Message ids remembered.
    pub message_ids: u64,
    /// Erasures whose events may still stand in a file.
    pub pending_erasures: u64,
}

/// An embedded event store: a cheap handle, to be cloned and shared. When the last clone goes, the store is closed.
#[derive(Clone)]
pub struct EventStore {
    owner: Arc<Owner>,
}

/// Ends the threads when the last handle goes.
struct Owner {
    shared: Arc<Shared>,
    waiting: Arc<Semaphore>,
    running: Mutex<Option<Running>>,
}

struct Running {
    writer: JoinHandle<()>,
    maintenance: Option<JoinHandle<()>>,
    /// The lock file: other processes may open the store once it is dropped.
    lock: std::fs::File,
}

impl EventStore {
    /// Opens the store in `directory`, making it when there is none, and recovers what was acknowledged.
    pub fn open(directory: impl AsRef<Path>, options: Options) -> Result<EventStore, StoreError> {
        let directory = directory.as_ref();
        let Recovered { manifest, state, dedup, log, lock } = recover(directory, &options)?;
        let (sender, commands) = channel();
        let shared = Shared::new(directory.to_owned(), options, state, manifest, sender);
        maintenance::remove_unnamed(&shared, &shared.lock_manifest())?;
        let writer = Writer::new(shared.clone(), commands, log, dedup);
        let writer = spawn("events-writer", directory, move || writer.run())?;
        let maintenance = match shared.options.maintenance {
            Maintenance::Manual => None,
            Maintenance::Background => {
                let shared = shared.clone();
                Some(spawn("events-maintenance", directory, move || maintenance::run(&shared))?)
            }
        };
        let running = Mutex::new(Some(Running { writer, maintenance, lock }));
        let waiting = Arc::new(Semaphore::new(WAITING_PERMITS));
        Ok(EventStore { owner: Arc::new(Owner { shared, waiting, running }) })
    }

    /// Stores events and returns when they are durable: one outcome per event, in order. Callers that wait at the same
    /// time share one sync. On an error nothing is known to be stored: send the same events (same message ids) again.
    /// Dropping the future does not take the events back.
    pub async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, StoreError> {
        let (events, bytes) = prepare_all(events)?;
        let wanted = (bytes / PERMIT_BYTES + 1).min(WAITING_PERMITS) as u32;
        let permit = self.owner.waiting.clone().acquire_many_owned(wanted).await.map_err(|_| StoreError::Closed)?;
        let (sender, answer) = oneshot::channel();
        let reply: Reply = Box::new(move |result| {
            let _ = sender.send(result);
        });
        self.send(Command::Append(Append { events, bytes, reply, permit: Some(permit) }))?;
        answer.await.map_err(|_| self.gone())?
    }

    /// [`EventStore::append`] for threads that may block.
    pub fn append_blocking(&self, events: Vec<Event>) -> Result<Vec<Outcome>, StoreError> {
        let (events, bytes) = prepare_all(events)?;
        let (sender, answer) = sync_channel(1);
        let reply: Reply = Box::new(move |result| {
            let _ = sender.send(result);
        });
        self.send(Command::Append(Append { events, bytes, reply, permit: None }))?;
        answer.recv().map_err(|_| self.gone())?
    }

    /// The last acknowledged sequence number, and when it grows.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared().last_sequence.subscribe()
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
    /// compaction (the background thread does one soon). Their message ids stay remembered, as hashes, so that a retry
    /// brings nothing back; events with new ids are stored again. Blocks until the wish itself is durable.
    pub fn erase(&self, subjects: &[Subject]) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared().lock_manifest();
        let subjects = subjects.iter().map(|subject| subject.to_string().into()).collect();
        let (reply, answer) = sync_channel(1);
        self.send(Command::Erase { subjects, reply })?;
        answer.recv().map_err(|_| self.gone())??;
        self.shared().forget_read_ahead();
        self.shared().request_maintenance();
        Ok(())
    }

    /// Moves the tail into a segment. Blocks.
    pub fn flush(&self) -> Result<(), StoreError> {
        let shared = self.shared();
        shared.check_writable()?;
        maintenance::flush(shared, &mut shared.lock_manifest())
    }

    /// Flushes, merges small segments, and removes erased events from the disk. Blocks.
    pub fn compact(&self) -> Result<(), StoreError> {
        let shared = self.shared();
        shared.check_writable()?;
        let mut manifest = shared.lock_manifest();
        maintenance::flush(shared, &mut manifest)?;
        maintenance::compact(shared, &mut manifest, Scope::All)
    }

    /// Ends the store's threads after what was accepted is durable, and frees the folder. Blocks. Queries through
    /// other handles still answer from what was known. An error says that the store had stopped before.
    pub fn close(&self) -> Result<(), StoreError> {
        self.owner.stop();
        self.poisoned().map_or(Ok(()), |reason| Err(StoreError::Poisoned { reason }))
    }

    /// Why the store accepts nothing more until the process restarts, if so.
    pub fn poisoned(&self) -> Option<String> {
        self.shared().poisoned()
    }

    /// Figures about the store.
    pub fn stats(&self) -> Stats {
        let shared = self.shared();
        let state = shared.read();
        let bytes_of_segments: u64 = state.segments.iter().map(|segment| segment.entry.bytes).sum();
        Stats {
            events: state.rollups.events(),
            tail_events: state.tail_len() as u64,
            subjects: state.rollups.subjects().count() as u64,
            segments: state.segments.len() as u64,
            bytes_on_disk: bytes_of_segments + shared.log_bytes.load(Ordering::Relaxed),
            column_bytes: state.segments.iter().map(|segment| segment.columns.bytes() as u64).sum(),
            last_sequence: state.last_sequence,
            log_syncs: shared.log_syncs.load(Ordering::Relaxed),
            message_ids: shared.message_ids.load(Ordering::Relaxed),
            pending_erasures: state.erased.len() as u64,
        }
    }

    /// Reads every segment file and compares it with its checksum. Blocks, and takes as long as reading the disk does.
    pub fn verify_files(&self) -> Result<(), StoreError> {
        let segments = self.shared().read().segments.clone();
        segments.iter().try_for_each(|segment| segment.file.verify(&segment.entry))
    }

    /// Computes all rollups anew from the events and compares; the error says what differs. Appends wait meanwhile.
    pub fn check_rollups(&self) -> Result<(), String> {
        let state = self.shared().read();
        let mut counted = Rollups::new(Days::new(self.shared().options.zone.clone()));
        for segment in state.segments.iter() {
            let columns = &segment.columns;
            for run in 0..columns.runs() {
                let subject = columns.subject_of_run(run);
                for row in columns.rows_of_run(run) {
                    if is_visible(&state.erased, subject, columns.sequence(row)) {
                        let (name, timestamp_ms) = (columns.name(row), columns.time(row));
                        counted.add(Fact { subject, name, timestamp_ms });
                    }
                }
            }
        }
        state.tail_facts().into_iter().for_each(|fact| counted.add(fact));
        state.rollups.difference(&counted).map_or(Ok(()), Err)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.owner.shared
    }

    fn send(&self, command: Command) -> Result<(), StoreError> {
        if self.shared().closing.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        self.shared().commands.send(command).map_err(|_| self.gone())
    }

    /// Why the writer does not answer.
    fn gone(&self) -> StoreError {
        self.poisoned().map_or(StoreError::Closed, |reason| StoreError::Poisoned { reason })
    }
}

impl Owner {
    fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(|poison| poison.into_inner()).take();
        let Some(running) = running else {
            return;
        };
        self.shared.closing.store(true, Ordering::Release);
        self.shared.stop_maintenance();
        if let Some(maintenance) = running.maintenance {
            join(maintenance);
        }
        // A flush called by hand finishes first; it still needs the writer.
        let _last = self.shared.lock_manifest();
        let _ = self.shared.commands.send(Command::Stop);
        join(running.writer);
        self.waiting.close();
        drop(running.lock);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.stop();
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a thread of the event store panicked");
    }
}

fn spawn(name: &str, directory: &Path, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(|error| StoreError::io("start a thread for", directory, &error))
}

/// Turns events into rows on the caller's thread, so that the writer has less to do.
fn prepare_all(events: Vec<Event>) -> Result<(Vec<Result<Prepared, String>>, usize), StoreError> {
    let prepared: Vec<Result<Prepared, String>> = events.into_iter().map(prepare).collect();
    let bytes = prepared.iter().flatten().map(|prepared| prepared.row.weight()).sum();
    let limit = MOST_RECORD_BYTES / 2;
    if bytes > limit {
        return Err(StoreError::TooLarge { bytes: bytes as u64, limit: limit as u64 });
    }
    Ok((prepared, bytes))
}
