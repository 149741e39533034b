//! API keys of a workspace: public write keys (`wk_…`, append events only) and secret keys (`sk_…`, scopes are permissions).

mod http;
mod model;
mod store;

pub use model::{Key, KeyKind, NewKey, looks_like_one};
pub use store::{create, find, principal, revoke};

pub(crate) use http::routes;
