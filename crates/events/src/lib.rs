//! The embedded event store: append-only, idempotent by message id, durable before it acknowledges.
//!
//! # What it promises
//!
//! 1. **An acknowledged event is durable.** [`EventStore::append`] answers after a sync that covers the event. A crash of the
//!    process or the machine at any moment loses nothing acknowledged, doubles nothing and invents nothing.
//! 2. **A retry is harmless.** The second event with a message id is a [`Outcome::Duplicate`] for seven days at least.
//! 3. **Read your writes.** A query sees every event acknowledged before it began.
//! 4. **A full disk refuses, a failing disk stops.** Without room, appends fail with [`StoreError::DiskFull`], reads go on,
//!    and writing goes on by itself when there is room. A failed sync leaves unknown what is on the disk (the kernel may have
//!    dropped the pages), so it is never tried again: the store is [`StoreError::Poisoned`] until the process restarts and
//!    reads its log.
//! 5. **Events are kept under the subject they were sent under.** A person is a set of subjects, put together by whoever
//!    asks; joining or parting identities rewrites nothing.
//!
//! # How an event travels
//!
//! ```text
//! append ─► writer thread ─► log (one record and one sync for all who wait) ─► acknowledged
//!                 │
//!                 ├─► tail in memory ──flush──► segment (Parquet) ──compaction──► bigger segments
//!                 ├─► rollups (per subject, day, name)          └─► columns in memory
//!                 └─► message ids in memory ──flush──► id file
//! ```
//!
//! # Files of a store
//!
//! | path | what | format in module |
//! | --- | --- | --- |
//! | `manifest.json` | which files count, and from where the log matters | `manifest` |
//! | `log/<n>.log` | records of events and erasures | `log`, `codec` |
//! | `segments/<n>.parquet` | events sorted by subject, time, sequence | `segment` |
//! | `segments/<n>.ids` | hashes of message ids by day | `dedup` |
//! | `lock` | keeps other processes out | |
//!
//! # Invariants
//!
//! * Sequence numbers grow by one in the order of acknowledgement; none is given out twice, erased ones leave gaps.
//! * Every event up to the manifest's `covered_sequence` is in exactly one segment (or erased); every later one is in the log
//!   files from `log_from` on. The manifest's swap moves both limits at once.
//! * A file is synced, and so is its name, before the manifest names it. A file the manifest does not name is rubbish.
//! * Log files before the last one are whole. A torn record can stand only at the very end of the last one.
//! * Rollups equal what the events say ([`EventStore::check_rollups`]); the rule for late, repeated, merged and erased events
//!   is in the module `rollups`.
//! * One lock guards the memory and is held for short work alone; files are read without it. Flush, compaction and erasure
//!   exclude one another.
//!
//! # How segments grow
//!
//! A flush writes one sorted segment. Compaction merges small segments of like size; when the sum passes
//! [`Options::segment_events`] it is cut into spans of whole months, and a month that is too big into ranges of subjects. Such
//! a segment is sealed: it is rewritten only to remove erased events. So one person's events lie in few files, old months are
//! left alone, and other engines (DuckDB, Spark, ClickHouse) can skip by month and subject.
//!
//! # Absent for now
//!
//! Columns live in memory (14 bytes an event), not in memory-mapped files; there is no typed column per property; segments are
//! in a local folder only; one process writes a store. None of these changes the files' formats except the second.

mod activity;
mod answers;
mod arrivals;
mod codec;
mod columns;
mod days;
mod dedup;
mod dictionary;
mod error;
mod files;
mod log;
mod maintenance;
mod manifest;
mod merge;
mod options;
mod query;
mod recovery;
mod rollups;
mod row;
mod segment;
mod segment_writer;
mod shared;
mod state;
mod store;
mod tail;
mod writer;

pub use error::StoreError;
pub use files::{Files, Space, SystemFiles, WriteFile};
pub use kabinet_model::event::{Event, EventKind, StoredEvent, Subject};
pub use options::{Clock, FreeFloor, Maintenance, Options};
pub use query::{
    Cancel, Changes, EachSubject, EventQueries, NameSummary, Person, PersonMap, PersonSummary, Position,
    SubjectSummary, Window,
};
pub use store::{EventStore, Outcome, Stats};
