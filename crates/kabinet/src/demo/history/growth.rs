//! When sellers sign up: three times as many a day at the end of the year as at its start, fewer on weekends.

use super::calendar::{DAY_MS, day_start, weekday};

/// Days of history before the demo was first started.
pub const YEAR_DAYS: i64 = 365;

const WEEKDAY_WEIGHTS: [f64; 7] = [1.1, 1.15, 1.1, 1.05, 0.95, 0.6, 0.55];

/// The first day of the history, as its first instant in Moscow.
pub fn first_day(started_ms: i64) -> i64 {
    day_start(started_ms - YEAR_DAYS * DAY_MS)
}

/// The day each of `sellers` signs up on, as its first instant: the first of them at the start of the year, the last on
/// the day the demo was started.
pub fn sign_up_days(sellers: usize, started_ms: i64) -> Vec<i64> {
    let first = first_day(started_ms);
    let weights: Vec<f64> = (0..=YEAR_DAYS).map(|day| weight(first, day)).collect();
    let total: f64 = weights.iter().sum();
    let mut days = Vec::with_capacity(sellers);
    let (mut day, mut reached) = (0, weights[0]);
    for seller in 0..sellers {
        let place = (seller as f64 + 0.5) / sellers as f64 * total;
        while reached < place && day < YEAR_DAYS {
            day += 1;
            reached += weights[day as usize];
        }
        days.push(first + day * DAY_MS);
    }
    days
}

fn weight(first: i64, day: i64) -> f64 {
    let growth = 1.0 + 2.0 * day as f64 / YEAR_DAYS as f64;
    growth * WEEKDAY_WEIGHTS[weekday(first + day * DAY_MS)]
}
