//! Records: what is. The product upserts them by its own ids, one by one or by the thousand, and sending the same again changes nothing.

mod http;
mod store;

pub use store::{Upserted, load, mark_for_computation, read, table, upsert};

pub(crate) use http::routes;
