//! Companies, and the users who belong to them.

mod http;

pub(crate) use http::routes;
