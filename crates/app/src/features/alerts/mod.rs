//! Alerts: who is in one, since when, who left it again, and telling staff about it once per entry.
//!
//! Three steps, each of which survives a crash because its result is committed with its cause:
//! 1. [`evaluate`] compares the rules with who is known to be in each alert, and writes entries, their ends, and what is to be told.
//! 2. [`outbox`] hands out what is to be told under a lease.
//! 3. [`deliver`] sends it and writes down what became of it.

mod channels;
mod deliver;
mod evaluate;
mod http;
mod jobs;
mod message;
mod outbox;
mod queries;

pub use deliver::deliver_due;
pub use evaluate::{Changes, evaluate_all, evaluate_users};
pub(crate) use http::routes;
pub(crate) use jobs::keep_up;

use tokio::sync::{Mutex, Notify};

/// What a workspace keeps in memory for its alerts.
#[derive(Default)]
pub struct Alerts {
    /// Comparisons of one workspace take turns, so that a slow one cannot write down what a later one has seen to be over.
    turn: Mutex<()>,
    /// Rung when there is something to tell.
    entered: Notify,
}
