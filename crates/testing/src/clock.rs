use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that stands still until a test moves it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    milliseconds: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock standing at `milliseconds` since the Unix epoch, UTC.
    #[must_use]
    pub fn at(milliseconds: i64) -> Self {
        Self { milliseconds: Arc::new(AtomicI64::new(milliseconds)) }
    }

    /// What the clock shows: milliseconds since the Unix epoch, UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.milliseconds.load(Ordering::SeqCst)
    }

    /// Puts the clock at `milliseconds` since the Unix epoch, forwards or backwards.
    pub fn set(&self, milliseconds: i64) {
        self.milliseconds.store(milliseconds, Ordering::SeqCst);
    }

    /// Moves the clock forwards.
    pub fn advance(&self, by: std::time::Duration) {
        let by = i64::try_from(by.as_millis()).expect("a test does not span 292 million years");
        self.milliseconds.fetch_add(by, Ordering::SeqCst);
    }

    /// The clock as the function that code under test takes.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn Fn() -> i64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::TestClock;
    use std::time::Duration;

    #[test]
    fn clones_show_the_same_time() {
        let clock = TestClock::at(1_000);
        let reader = clock.reader();
        clock.advance(Duration::from_secs(2));
        assert_eq!(reader(), 3_000);
        clock.clone().set(5);
        assert_eq!(clock.now(), 5);
    }
}
