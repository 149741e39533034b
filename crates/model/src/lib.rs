//! The pure heart of Kabinet: what things are and how numbers follow from them.
//!
//! No IO, no SQL, no HTTP, no clock and no randomness: the time comes in as a value, so any run can be replayed.

pub mod definition;
pub mod event;
pub mod field;
pub mod ids;
pub mod label;
pub mod money;
pub mod period;
pub mod record;
pub mod role;
pub mod rule;
pub mod status;
pub mod suggest;
pub mod time;
pub mod value;
