//! How often something may be tried. The counters are rows of the instance's database, so that neither a restart nor a second process gives anybody fresh tries.
//!
//! One row per limited thing holds one time, `clear_at`: each try moves it by the time in which one try is earned back, and a try that would move it further than the
//! whole allowance is refused (the generic cell rate algorithm).

use std::net::IpAddr;

use axum::http::StatusCode;
use kabinet_records::sql::{self, Row};
use sha2::{Digest, Sha256};

use crate::App;
use crate::http::error::{ApiResult, Problem};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// So many tries at once, and in that time as many again.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    name: &'static str,
    tries: i64,
    per_ms: i64,
}

pub const LOGIN_BY_ACCOUNT: Limit = Limit::new("login by account", 5, MINUTE);
pub const LOGIN_BY_ADDRESS: Limit = Limit::new("login by address", 20, MINUTE);
pub const SECOND_FACTOR: Limit = Limit::new("second factor", 5, 5 * MINUTE);
pub const MAIL_BY_ACCOUNT: Limit = Limit::new("mail by account", 3, HOUR);
pub const MAIL_BY_ADDRESS: Limit = Limit::new("mail by address", 10, HOUR);
pub const TOKEN_BY_ADDRESS: Limit = Limit::new("token by address", 20, MINUTE);

/// Failures in a row that cost nothing beyond the try itself.
const FREE_FAILURES: i64 = 5;
/// The most that one failure adds to the wait: slow enough against guessing, and the owner is never locked out.
const LONGEST_PENALTY_MS: i64 = MINUTE;

impl Limit {
    const fn new(name: &'static str, tries: i64, per_ms: i64) -> Limit {
        Limit { name, tries, per_ms }
    }

    fn earn_back_ms(&self) -> i64 {
        self.per_ms / self.tries
    }

    /// What may be used up before a try is refused.
    fn tolerance_ms(&self) -> i64 {
        self.earn_back_ms() * (self.tries - 1)
    }

    /// Subjects are e-mail addresses and IP addresses, which the counters need not know.
    fn bucket(&self, subject: &str) -> String {
        let digest = Sha256::digest(format!("{}|{subject}", self.name));
        hex::encode(&digest[..16])
    }
}

/// Counts one try of `subject`. Refused tries are answered 429 with the seconds to wait, and do not count.
pub async fn take(app: &App, limit: &Limit, subject: &str) -> ApiResult<()> {
    let now = app.clock.now_ms();
    let bucket = limit.bucket(subject);
    let count = "INSERT INTO rate_limit (bucket, clear_at, failures) VALUES ($1, $2, 0)
                 ON CONFLICT (bucket) DO UPDATE SET clear_at = (CASE WHEN rate_limit.clear_at < $3 THEN $3 ELSE rate_limit.clear_at END) + $4
                 WHERE rate_limit.clear_at <= $5";
    let earn_back = limit.earn_back_ms();
    let values = vec![
        bucket.clone().into(),
        (now + earn_back).into(),
        now.into(),
        earn_back.into(),
        (now + limit.tolerance_ms()).into(),
    ];
    if app.control.write(count, values).await? == 1 {
        return Ok(());
    }
    let row = sql::one(app.control.reader(), "SELECT clear_at FROM rate_limit WHERE bucket = $1", vec![bucket.into()])
        .await?;
    let clear_at: i64 = match row {
        Some(row) => row.get("clear_at")?,
        None => now,
    };
    Err(refusal((clear_at - limit.tolerance_ms() - now).max(0)))
}

/// Makes the next try wait longer: from the sixth failure in a row on, one second more for each.
pub async fn failed(app: &App, limit: &Limit, subject: &str) -> ApiResult<()> {
    let update = "UPDATE rate_limit SET failures = failures + 1,
                  clear_at = clear_at + (CASE WHEN failures < $1 THEN 0 WHEN (failures + 1 - $1) * $2 > $3 THEN $3 ELSE (failures + 1 - $1) * $2 END)
                  WHERE bucket = $4";
    let values = vec![FREE_FAILURES.into(), SECOND.into(), LONGEST_PENALTY_MS.into(), limit.bucket(subject).into()];
    app.control.write(update, values).await?;
    Ok(())
}

/// Gives `subject` its whole allowance again, after a success.
pub async fn forget(app: &App, limit: &Limit, subject: &str) -> ApiResult<()> {
    app.control.write("DELETE FROM rate_limit WHERE bucket = $1", vec![limit.bucket(subject).into()]).await?;
    Ok(())
}

/// Removes counters that have not mattered for an hour.
pub async fn sweep(app: &App) -> ApiResult<()> {
    let before = app.clock.now_ms() - HOUR;
    app.control.write("DELETE FROM rate_limit WHERE clear_at < $1", vec![before.into()]).await?;
    Ok(())
}

/// The subject for limits by address. A v6 customer has a whole /64 to choose addresses from.
pub fn address(ip: Option<IpAddr>) -> String {
    match ip.map(|ip| ip.to_canonical()) {
        None => "unknown".into(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => hex::encode(&ip.octets()[..8]),
    }
}

/// 429 with the seconds to wait.
pub fn refusal(wait_ms: i64) -> Problem {
    let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
    Problem {
        retry_after_seconds: Some(seconds),
        ..Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            format!("Too many tries. Wait {seconds} s and try again."),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B004
    #[test]
    fn one_v6_customer_is_one_address() {
        let subject = |text: &str| address(Some(text.parse().unwrap()));
        assert_eq!(subject("2001:db8:1:2::1"), subject("2001:db8:1:2:ffff::9"));
        assert_ne!(subject("2001:db8:1:2::1"), subject("2001:db8:1:3::1"));
        assert_ne!(subject("192.0.2.1"), subject("192.0.2.2"));
        assert_eq!(subject("192.0.2.1"), subject("::ffff:192.0.2.1"));
    }

    // spec: B004
    #[test]
    fn counters_do_not_name_whom_they_count() {
        let bucket = LOGIN_BY_ACCOUNT.bucket("ivan@example.com");
        assert!(!bucket.contains("ivan"));
        assert_ne!(bucket, LOGIN_BY_ADDRESS.bucket("ivan@example.com"));
    }
}
