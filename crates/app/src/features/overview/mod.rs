//! How a workspace stands: a few numbers, each with the filter that lists the users behind it. A tile and its list are counted by the same condition, so they agree.

mod http;
mod tiles;

pub(crate) use http::routes;
