//! What can go wrong in the store, in words an operator can act on.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too little free space to accept events. Nothing of the call was stored; reads go on, and writes are accepted
    /// again as soon as there is room. Callers answer 507.
    #[error("the disk of the event store is full ({detail}); make room, then send the events again")]
    DiskFull {
        /// What was free and what is needed, or the system's own words.
        detail: String,
    },
    /// A sync to disk failed, so what is durable is unknown. The store accepts nothing more; the process must end and
    /// start again, which recovers from the log.
    #[error(
        "the event store stopped after a failed write to disk ({reason}); restart the process to recover from its log"
    )]
    Poisoned {
        /// The first failure.
        reason: String,
    },
    /// A file is damaged somewhere other than its torn end.
    #[error("{} is damaged at byte {offset}: {reason}; restore it from a backup", file.display())]
    Corrupt {
        /// The damaged file.
        file: PathBuf,
        /// Where in it.
        offset: u64,
        /// What does not fit.
        reason: String,
    },
    /// Another process has the store open.
    #[error("the event store at {} is open in another process; stop that one first", directory.display())]
    Locked {
        /// The store's folder.
        directory: PathBuf,
    },
    /// The store was closed.
    #[error("the event store is closed")]
    Closed,
    /// The caller cancelled the question.
    #[error("the query was cancelled")]
    Cancelled,
    /// One call brings more than a log record holds.
    #[error("one call brings {bytes} bytes of events, more than the {limit} that fit; send fewer at once")]
    TooLarge {
        /// Encoded size of the call.
        bytes: u64,
        /// The most that fits.
        limit: u64,
    },
    /// Any other failure of the file system.
    #[error("{action} {}: {reason}", file.display())]
    Io {
        /// What was being done ("read", "write" …).
        action: &'static str,
        /// The file or folder.
        file: PathBuf,
        /// The system's own words.
        reason: String,
    },
}

impl StoreError {
    /// Wraps a failed file operation; a full disk becomes [`StoreError::DiskFull`].
    pub(crate) fn io(action: &'static str, file: &Path, error: &io::Error) -> Self {
        if is_disk_full(error) {
            return StoreError::DiskFull { detail: format!("{action} {}: {error}", file.display()) };
        }
        StoreError::Io { action, file: file.to_owned(), reason: error.to_string() }
    }
}

/// Whether an error says that no more bytes fit, on the disk or in the quota.
pub(crate) fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
