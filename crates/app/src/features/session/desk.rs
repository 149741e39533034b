use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use webauthn_rs::Webauthn;

use crate::config::Config;
use crate::features::second_factor;
use crate::features::staff::Passwords;
use crate::http::error::{ApiResult, Problem};
use crate::limits;
use crate::mailer::Mailer;

/// What signing in needs at run time: the front desk of the house.
pub struct Desk {
    pub passwords: Passwords,
    /// Missing where browsers offer no passkeys: under an IP address, or without HTTPS.
    pub(crate) webauthn: Option<Webauthn>,
    mailer: RwLock<Option<Arc<dyn Mailer>>>,
    requests: DefaultKeyedRateLimiter<String>,
    denials: Mutex<HashMap<String, i64>>,
}

/// One refusal of the same thing to the same caller is recorded once in this time; the rest would only fill the log.
const DENIAL_EVERY_MS: i64 = 60_000;
const MOST_DENIALS_KEPT: usize = 10_000;

impl Desk {
    pub(crate) fn new(config: &Config) -> Desk {
        let a_minute = NonZeroU32::new(config.staff_requests_per_minute).unwrap_or(NonZeroU32::MIN);
        Desk {
            passwords: Passwords::new(config.password_cost),
            webauthn: second_factor::webauthn(&config.public_url),
            mailer: RwLock::new(None),
            requests: RateLimiter::keyed(Quota::per_minute(a_minute)),
            denials: Mutex::new(HashMap::new()),
        }
    }

    /// Gives the instance a way of its own by which mail to staff leaves; without one, the mail servers of the workspaces serve.
    pub fn set_mailer(&self, mailer: Arc<dyn Mailer>) {
        *self.mailer.write().unwrap_or_else(PoisonError::into_inner) = Some(mailer);
    }

    /// The instance's own way out, when it was given one.
    pub(crate) fn mailer(&self) -> Option<Arc<dyn Mailer>> {
        self.mailer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a request of a staff member.
    pub(crate) fn count_request(&self, staff_id: &str) -> ApiResult<()> {
        self.requests
            .check_key(&staff_id.to_owned())
            .map_err(|_| Problem { detail: "Too many requests. Wait a moment.".into(), ..limits::refusal(1_000) })
    }

    /// Whether a refusal is the first of its kind for a while.
    pub(crate) fn is_news(&self, denial: String, now_ms: i64) -> bool {
        let mut denials = self.denials.lock().unwrap_or_else(PoisonError::into_inner);
        if denials.get(&denial).is_some_and(|last| now_ms - last < DENIAL_EVERY_MS) {
            return false;
        }
        if denials.len() >= MOST_DENIALS_KEPT {
            denials.clear();
        }
        denials.insert(denial, now_ms);
        true
    }
}
