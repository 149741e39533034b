//! What tests need around the product: a real PostgreSQL, a real SMTP server, a Bot API
//! server over HTTP, and waiting for a condition.
//!
//! Nothing here is part of the shipped binary. Whatever is missing on the machine makes the
//! test fail with the line that installs it; nothing is skipped.

mod eventually;
pub mod postgres;
pub mod repository;
pub mod smtp;
pub mod telegram;

pub use eventually::eventually;
