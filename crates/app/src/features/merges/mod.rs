//! Two names of one person brought together by staff: previewed, audited, reversible.
//!
//! Events and records keep the id they were sent under, for ever. What a merge moves is where identities lead: from then on the user's timeline, records, notes and
//! fields include everything that came or comes under the moved names. A user who is merged into another one leaves all lists; the row stays, hidden. Undoing puts every moved identity
//! back to exactly what it was and shows the row again.

mod http;
mod plan;
mod store;

pub(crate) use http::routes;
