//! What the handle, the writer thread and the maintenance thread share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::watch;

use crate::arrivals::ReadAhead;
use crate::error::StoreError;
use crate::manifest::Manifest;
use crate::options::Options;
use crate::state::State;
use crate::writer::Command;

/// The open store without its threads.
pub(crate) struct Shared {
    pub directory: PathBuf,
    pub options: Options,
    pub state: RwLock<State>,
    /// Held during a flush, a compaction or an erasure: these happen one after another.
    pub manifest: Mutex<Manifest>,
    pub last_sequence: watch::Sender<u64>,
    pub commands: Sender<Command>,
    pub log_syncs: AtomicU64,
    pub log_bytes: AtomicU64,
    pub message_ids: AtomicU64,
    pub closing: AtomicBool,
    /// Old events that were read for the next call of whoever follows the store.
    read_ahead: Mutex<Option<ReadAhead>>,
    poison: OnceLock<String>,
    signal: Mutex<Signal>,
    signalled: Condvar,
}

#[derive(Default)]
struct Signal {
    wanted: bool,
    stopped: bool,
}

impl Shared {
    pub fn new(
        directory: PathBuf,
        options: Options,
        state: State,
        manifest: Manifest,
        commands: Sender<Command>,
    ) -> Arc<Self> {
        let (last_sequence, _) = watch::channel(state.last_sequence);
        Arc::new(Shared {
            directory,
            options,
            state: RwLock::new(state),
            manifest: Mutex::new(manifest),
            last_sequence,
            commands,
            log_syncs: AtomicU64::new(0),
            log_bytes: AtomicU64::new(0),
            message_ids: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            read_ahead: Mutex::default(),
            poison: OnceLock::new(),
            signal: Mutex::default(),
            signalled: Condvar::new(),
        })
    }

    /// A thread that panics under a lock leaves it poisoned; the data of this store is only ever replaced whole or added
    /// to, so the others may go on reading.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(|poison| poison.into_inner())
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(|poison| poison.into_inner())
    }

    pub fn lock_manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    pub fn segments_directory(&self) -> PathBuf {
        self.directory.join(SEGMENTS)
    }

    pub fn log_directory(&self) -> PathBuf {
        self.directory.join(LOG)
    }

    /// Remembers an error after which nothing may be written any more, and passes it on.
    pub fn note(&self, error: StoreError) -> StoreError {
        if let StoreError::Poisoned { reason } = &error
            && self.poison.set(reason.clone()).is_ok()
        {
            tracing::error!(%reason, "the event store stopped; the process must restart to recover from the log");
        }
        error
    }

    pub fn poisoned(&self) -> Option<String> {
        self.poison.get().cloned()
    }

    /// `Err` when nothing may be written any more.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        if let Some(reason) = self.poisoned() {
            return Err(StoreError::Poisoned { reason });
        }
        if self.closing.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        Ok(())
    }

    /// Drops what was read ahead: after an erasure it may hold what compaction lets everybody else forget.
    pub fn forget_read_ahead(&self) {
        *self.lock_read_ahead() = None;
    }

    pub fn lock_read_ahead(&self) -> MutexGuard<'_, Option<ReadAhead>> {
        self.read_ahead.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Wakes the maintenance thread.
    pub fn request_maintenance(&self) {
        self.lock_signal().wanted = true;
        self.signalled.notify_all();
    }

    /// Makes the maintenance thread end.
    pub fn stop_maintenance(&self) {
        self.lock_signal().stopped = true;
        self.signalled.notify_all();
    }

    /// Waits until maintenance is wanted or `timeout` is over; `false` when the thread shall end.
    pub fn wait_for_maintenance(&self, timeout: Duration) -> bool {
        let signal = self.lock_signal();
        let idle = |signal: &mut Signal| !signal.wanted && !signal.stopped;
        let (mut signal, _) =
            self.signalled.wait_timeout_while(signal, timeout, idle).unwrap_or_else(|poison| poison.into_inner());
        signal.wanted = false;
        !signal.stopped
    }

    fn lock_signal(&self) -> MutexGuard<'_, Signal> {
        self.signal.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Numbers of erased subjects by their words, for writing segments.
    pub fn erased_words(&self) -> BTreeMap<Arc<str>, u64> {
        let state = self.read();
        state.erased.iter().map(|(subject, through)| (state.subjects.word(*subject).clone(), *through)).collect()
    }
}

/// Folder of the log files.
pub(crate) const LOG: &str = "log";

/// Folder of the segments and id files.
pub(crate) const SEGMENTS: &str = "segments";
