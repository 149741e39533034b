//! Staff notes about a user: written, edited and deleted by their authors, and undeletable. A deleted note's row stays, so that undo brings it back whole.

mod http;
mod store;

pub(crate) use http::routes;
