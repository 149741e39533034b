//! Invitations: how people become staff. The link is a secret that works once, for a week.

mod http;
mod store;

pub use store::{Made, NewInvitation, create};

pub(crate) use http::routes;
