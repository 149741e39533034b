//! The record store: one database per workspace plus one for the instance itself ("control"), on SQLite or PostgreSQL from one code base.
//!
//! SQL is shared between the engines: placeholders are `$1, $2 …` (SQLite accepts them too), types are `TEXT`, `BIGINT`, `DOUBLE PRECISION` and `BOOLEAN`, times are
//! milliseconds since the epoch in UTC, JSON is `TEXT`. Where the engines differ, [`Engine`] decides in one place.

mod database;
mod error;
mod migrate;
pub mod profile;
mod reading;
pub mod rule_sql;
pub mod sql;

pub use database::{Database, Engine, Location, Transaction};
pub use error::{RecordError, Result};
pub use migrate::{Schema, describe_schema, migration_names};
pub use reading::Reading;
pub use sea_orm::{ConnectionTrait, QueryResult, Value};
