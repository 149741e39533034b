//! Ways to reach people: e-mail over SMTP and Telegram's Bot API.
//!
//! A sender never retries by itself. It says in an [`Outcome`] what became of one message to
//! one recipient, so that the caller's queue can decide, and it tells apart "was not sent"
//! from "may have been sent".

mod outcome;
mod secret;
pub mod smtp;
pub mod telegram;

pub use outcome::{Outcome, Refusal};
pub use secret::Secret;
