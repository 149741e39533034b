//! Days and hours in Moscow, which has kept UTC+3 the whole year since 2014.

pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

const MOSCOW_MS: i64 = 3 * HOUR_MS;

/// The first instant of the Moscow day that holds `at`.
pub fn day_start(at: i64) -> i64 {
    day_number(at) * DAY_MS - MOSCOW_MS
}

/// The Moscow day that holds `at`, counted from 1970-01-01.
pub fn day_number(at: i64) -> i64 {
    (at + MOSCOW_MS).div_euclid(DAY_MS)
}

/// 0 for Monday to 6 for Sunday.
pub fn weekday(at: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (day_number(at) + 3).rem_euclid(7) as usize
}

/// How busy each hour of the day is.
pub const HOUR_WEIGHTS: [(i64, f64); 24] = [
    (0, 0.3),
    (1, 0.15),
    (2, 0.1),
    (3, 0.1),
    (4, 0.1),
    (5, 0.2),
    (6, 0.5),
    (7, 1.0),
    (8, 1.8),
    (9, 2.8),
    (10, 3.4),
    (11, 3.5),
    (12, 3.2),
    (13, 3.0),
    (14, 3.2),
    (15, 3.3),
    (16, 3.2),
    (17, 3.0),
    (18, 2.8),
    (19, 2.9),
    (20, 3.0),
    (21, 2.6),
    (22, 1.7),
    (23, 0.8),
];
