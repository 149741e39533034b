//! The one clock of the instance. Code that must be replayable takes `now` as a value; this is where the value comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Tells the time in milliseconds since the epoch, UTC.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System { since: Instant },
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Source::System { since: Instant::now() })
    }

    /// A clock that stands still until [`Clock::set`] moves it; all clones show the same time.
    pub fn standing(now_ms: i64) -> Clock {
        Clock(Source::Set(Arc::new(AtomicI64::new(now_ms))))
    }

    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System { .. } => jiff::Timestamp::now().as_millisecond(),
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Time that only goes forward, for measuring how long something took or has to wait: since this clock was made for
    /// the machine's, since the epoch for a standing one.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::System { since } => since.elapsed(),
            Source::Set(now) => Duration::from_millis(now.load(Ordering::SeqCst).max(0).unsigned_abs()),
        }
    }

    /// Moves a standing clock; the system's clock is not ours to move, so there it does nothing.
    pub fn set(&self, now_ms: i64) {
        if let Source::Set(now) = &self.0 {
            now.store(now_ms, Ordering::SeqCst);
        }
    }
}
