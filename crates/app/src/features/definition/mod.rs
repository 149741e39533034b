//! The workspace's definition: checked, planned as exact SQL, applied, and rolled back.
//!
//! A definition that is not applied yet (a new workspace) is [`blank`]: the core fields alone.

mod http;
mod store;

pub use store::{Applied, Version, active, apply, blank, in_words, load, plan, reload, rollback, versions};

pub(crate) use http::routes;
pub(crate) use store::{NAME_SETTING, ZONE_SETTING};
