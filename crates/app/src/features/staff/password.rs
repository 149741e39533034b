//! Passwords: what is a good one, and how it is kept (argon2id).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OnceCell, Semaphore};

use super::common_passwords;
use crate::http::error::{ApiResult, Problem};

pub const SHORTEST: usize = 12;
pub const LONGEST: usize = 128;

/// What one hash costs: memory in KiB and passes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 64 MiB and three passes.
    fn default() -> PasswordCost {
        PasswordCost { memory_kib: 65_536, passes: 3 }
    }
}

impl PasswordCost {
    /// For hosts with little memory: the least that is still recommended.
    pub const SMALL_HOST: PasswordCost = PasswordCost { memory_kib: 19_456, passes: 2 };
}

/// Hashes at once; each takes its memory for its whole duration.
const AT_ONCE: usize = 4;
/// Hashes that may wait for their turn.
const WAITING: usize = 32;

/// Hashes and checks passwords, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    cost: PasswordCost,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    nobodys: Arc<OnceCell<String>>,
}

/// Whether a password is right, and whether its hash should be made anew because the cost was raised since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Wrong,
    Right,
    RightButHashIsOld,
}

impl Passwords {
    pub fn new(cost: PasswordCost) -> Passwords {
        Passwords {
            cost,
            admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            running: Arc::new(Semaphore::new(AT_ONCE)),
            nobodys: Arc::new(OnceCell::new()),
        }
    }

    /// The PHC string to store.
    pub async fn hash(&self, password: &str) -> ApiResult<String> {
        let argon2 = self.argon2()?;
        let password = password.to_owned();
        self.in_turn(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(Problem::internal)
    }

    /// Compares a password with a stored hash, at the cost the hash was made with.
    pub async fn check(&self, password: &str, stored: &str) -> ApiResult<Checked> {
        let argon2 = self.argon2()?;
        let cost = self.cost;
        let (password, stored) = (password.to_owned(), stored.to_owned());
        let checked = self.in_turn(move || {
            let hash = PasswordHash::new(&stored)?;
            let params = Params::try_from(&hash)?;
            let is_old = params.m_cost() < cost.memory_kib || params.t_cost() < cost.passes;
            match argon2.verify_password(password.as_bytes(), &hash) {
                Ok(()) if is_old => Ok(Checked::RightButHashIsOld),
                Ok(()) => Ok(Checked::Right),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Checked::Wrong),
                Err(error) => Err(error),
            }
        });
        checked.await?.map_err(Problem::internal)
    }

    /// Takes as long as a check, so that a missing account does not answer sooner than a wrong password.
    pub async fn check_nobodys(&self, password: &str) -> ApiResult<()> {
        let nobodys = self.nobodys.get_or_try_init(|| self.hash("nobody has this password")).await?;
        self.check(password, nobodys).await.map(|_| ())
    }

    fn argon2(&self) -> ApiResult<Argon2<'static>> {
        let params = Params::new(self.cost.memory_kib, self.cost.passes, 1, None).map_err(Problem::internal)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let busy = || Problem::unavailable("Too many people sign in at this moment. Try again in a few seconds.", 2);
        let _admitted = self.admitted.try_acquire().map_err(|_| busy())?;
        let running = self.running.clone().acquire_owned().await.map_err(Problem::internal)?;
        // The permit goes along, because the work is not stopped when the request is given up.
        let work = move || {
            let _running = running;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
    }
}

/// Why a password is refused; `None` when it is good. `known` are words an attacker would try first: the person's own e-mail and name.
pub fn weakness(password: &str, known: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!("Use at least {SHORTEST} characters; a few random words are easy to remember."));
    }
    if length > LONGEST {
        return Some(format!("Use at most {LONGEST} characters."));
    }
    let folded = password.to_lowercase();
    let is_own = known.iter().filter(|word| word.chars().count() >= 4).any(|word| folded == word.to_lowercase());
    if is_own || common_passwords::contains(&folded) {
        return Some("This password is among the first that an attacker tries. A few random words are safer.".into());
    }
    None
}

/// 422 at `pointer` unless the password is good.
pub fn require_good(pointer: &str, password: &str, known: &[&str]) -> ApiResult<()> {
    match weakness(password, known) {
        None => Ok(()),
        Some(detail) => Err(Problem::invalid_field(pointer, detail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    // spec: B004
    #[test]
    fn weak_passwords_are_refused() {
        let long = "х".repeat(129);
        for weak in [
            "",
            "short",
            "elevenchars",
            "password1234",
            "Password2026!",
            "123456789012",
            "qwertyuiop[]",
            "йцукенгшщзхъ",
            "aaaaaaaaaaaa",
            &long,
        ] {
            assert!(weakness(weak, &[]).is_some(), "{weak}");
        }
        assert!(weakness("Ivan@Example.com", &["ivan@example.com"]).is_some());
        let longest = "длинно и 1 ".repeat(11) + "konec !";
        assert_eq!(longest.chars().count(), LONGEST);
        for good in ["correct horse battery", "Зелёный чайник 7", "kT9#vm2!qLx8", &longest, "𝒶𝒷 strange but mine 🦊"]
        {
            assert_eq!(weakness(good, &["ivan@example.com"]), None, "{good}");
        }
    }

    // spec: B004
    #[tokio::test]
    async fn the_default_is_64_mib_three_passes_argon2id() {
        let passwords = Passwords::new(PasswordCost::default());
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{hash}");
        assert_eq!(passwords.check("correct horse battery", &hash).await.unwrap(), Checked::Right);
    }

    // spec: B004
    #[tokio::test]
    async fn a_hash_made_at_a_lower_cost_is_noticed() {
        let before = Passwords::new(QUICK).hash("correct horse battery").await.unwrap();
        let passwords = Passwords::new(PasswordCost { memory_kib: 128, passes: 1 });
        assert_eq!(passwords.check("correct horse battery", &before).await.unwrap(), Checked::RightButHashIsOld);
        assert_eq!(passwords.check("correct horse batter", &before).await.unwrap(), Checked::Wrong);
        let now = passwords.hash("correct horse battery").await.unwrap();
        assert_eq!(passwords.check("correct horse battery", &now).await.unwrap(), Checked::Right);
    }

    // spec: B004
    #[tokio::test]
    async fn a_crowd_is_sent_away_rather_than_fed_all_the_memory() {
        let passwords = Passwords::new(QUICK);
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(passwords.running.clone().acquire_owned().await.unwrap());
        }
        let waiting: Vec<_> = (0..AT_ONCE + WAITING)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash("correct horse battery").await.is_ok() })
            })
            .collect();
        while passwords.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = passwords.hash("one too many").await.unwrap_err();
        assert_eq!((refused.status, refused.retry_after_seconds), (503, Some(2)));
        drop(held);
        for one in waiting {
            assert!(one.await.unwrap());
        }
    }
}
