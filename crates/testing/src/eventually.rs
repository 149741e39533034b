use std::time::{Duration, Instant};

/// How long a test waits for something that normally takes milliseconds. Generous, because
/// the suite also runs on loaded two-core machines; a passing test never waits that long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// Waits until `attempt` gives a value and returns it.
///
/// Panics naming `what` when 30 seconds have passed.
pub async fn eventually<T, Attempt, Answer>(what: &str, mut attempt: Attempt) -> T
where
    Attempt: FnMut() -> Answer,
    Answer: Future<Output = Option<T>>,
{
    let started = Instant::now();
    let mut glances = tokio::time::interval(GLANCE);
    loop {
        glances.tick().await;
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(started.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for {what}");
    }
}
