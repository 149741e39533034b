//! Saved views of the users table: filter, search, sort and columns under a name; one's own, or shared with all staff.

mod http;
mod store;

pub(crate) use http::routes;
