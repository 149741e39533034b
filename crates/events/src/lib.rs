//! The embedded event store: append-only, idempotent by message id, durable before it acknowledges.

mod activity;
mod answers;
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
