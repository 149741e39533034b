//! The audit log: every staff action with what was before and after, in a hash chain so that nothing can be altered unnoticed.

mod record;

pub use record::{Entry, record};
