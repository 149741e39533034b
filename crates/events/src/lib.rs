//! The embedded event store: append-only, idempotent by message id, durable before it acknowledges.

mod error;
mod files;
mod options;
mod query;
mod store;

pub use error::StoreError;
pub use files::{Files, Space, SystemFiles, WriteFile};
pub use kabinet_model::event::{Event, EventKind, StoredEvent, Subject};
pub use options::{Clock, FreeFloor, Maintenance, Options};
pub use query::{
    Cancel, Changes, EachSubject, EventQueries, NameSummary, Person, PersonMap, PersonSummary, Position,
    SubjectSummary, Window,
};
pub use store::{EventStore, Outcome, Stats};
