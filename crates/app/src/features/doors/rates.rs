//! How fast a public key may send. Anybody can read such a key out of a page; a secret key is a server's and has no limit.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::features::keys::Key;
use crate::http::error::{ApiResult, Problem};

/// Items a public key may send in the long run, each second.
const A_SECOND: NonZeroU32 = NonZeroU32::new(500).expect("not zero");
/// Items it may send at once after a quiet time; the largest batch of any door fits.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(5_000).expect("not zero");

/// The limits of a workspace's public keys.
pub struct Rates {
    limiter: RateLimiter<String, DefaultKeyedStateStore<String>, ForwardClock, NoOpMiddleware<Duration>>,
    clock: ForwardClock,
}

/// The time since the clock was made, which no correction of the system's clock can turn back.
#[derive(Clone)]
struct ForwardClock(Clock);

impl governor::clock::Clock for ForwardClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Rates {
    pub fn new(clock: Clock) -> Rates {
        let clock = ForwardClock(clock);
        let quota = Quota::per_second(A_SECOND).allow_burst(AT_ONCE);
        Rates { limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()), clock }
    }

    /// Counts `items` against the key; 429 with `Retry-After` when they are too many now. Nothing is counted then.
    pub fn admit(&self, key: &Key, items: usize) -> ApiResult<()> {
        let Some(items) = u32::try_from(items).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        if key.is_trusted() {
            return Ok(());
        }
        match self.limiter.check_key_n(&key.id, items) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(too_fast(until.wait_time_from(self.clock.now()))),
            Err(never) => Err(Problem::too_large(format!("Send at most {} items at once.", never.0))),
        }
    }
}

fn too_fast(wait: Duration) -> Problem {
    Problem::too_many(
        format!(
            "A write key takes {A_SECOND} items a second, after a quiet time {AT_ONCE} at once. Nothing of this request was stored; send it again later, or use a secret key."
        ),
        wait.as_millis().div_ceil(1_000).max(1) as u64,
    )
}
