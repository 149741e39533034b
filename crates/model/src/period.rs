//! Calendar days and months in a time zone, as spans of UTC time.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::{TimeError, UtcMillis};

/// A span of time, from `start` (inside) to `end` (outside).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first instant inside.
    pub start: UtcMillis,
    /// The first instant after.
    pub end: UtcMillis,
}

impl Period {
    /// Whether the instant is inside: `start <= instant < end`.
    pub fn contains(&self, instant: UtcMillis) -> bool {
        self.start <= instant && instant < self.end
    }
}

/// An IANA time zone, by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with this IANA name, such as `Asia/Tashkent`.
    pub fn named(name: &str) -> Result<Zone, TimeError> {
        let unknown = || TimeError::UnknownTimeZone(name.chars().take(60).collect());
        let zone = TimeZone::get(name).map_err(|_| unknown())?;
        // A zone that cannot say its name could not be stored again.
        if zone.iana_name().is_some() { Ok(Zone(zone)) } else { Err(unknown()) }
    }

    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// The zone for jiff's own functions.
    pub fn to_jiff(&self) -> TimeZone {
        self.0.clone()
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The calendar date on which the instant falls in this zone.
    pub fn date_of(&self, instant: UtcMillis) -> Date {
        instant.to_jiff().to_zoned(self.0.clone()).date()
    }

    /// The first instant of a calendar date in this zone; where clocks skip midnight, the first instant after it.
    pub fn start_of(&self, date: Date) -> UtcMillis {
        match date.to_zoned(self.0.clone()) {
            Ok(zoned) => UtcMillis::from_jiff(zoned.timestamp()),
            // Only reached at the ends of the calendar, years −9999 and 9999.
            Err(_) if date.year() < 0 => UtcMillis::saturating(i64::MIN),
            Err(_) => UtcMillis::saturating(i64::MAX),
        }
    }

    /// The calendar day around an instant: 23 to 25 hours long where clocks change.
    pub fn day_around(&self, instant: UtcMillis) -> Period {
        let date = self.date_of(instant);
        Period { start: self.start_of(date), end: self.start_of(date.tomorrow().unwrap_or(date)) }
    }

    /// The calendar month around an instant.
    pub fn month_around(&self, instant: UtcMillis) -> Period {
        let first = self.date_of(instant).first_of_month();
        let next = first.last_of_month().tomorrow().unwrap_or(first);
        Period { start: self.start_of(first), end: self.start_of(next) }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = TimeError;

    fn try_from(name: String) -> Result<Zone, TimeError> {
        Zone::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn at(text: &str) -> UtcMillis {
        text.parse().unwrap()
    }

    #[test]
    fn days_follow_the_zone() {
        let tashkent = Zone::named("Asia/Tashkent").unwrap();
        let day = tashkent.day_around(at("2026-03-01T20:00:00Z"));
        assert_eq!(day.start, at("2026-03-01T19:00:00Z"));
        assert_eq!(day.end, at("2026-03-02T19:00:00Z"));
        assert!(day.contains(day.start) && !day.contains(day.end));
    }

    #[test]
    fn days_where_clocks_change_are_23_or_25_hours() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let spring = berlin.day_around(at("2026-03-29T12:00:00Z"));
        assert_eq!(spring.end.since(spring.start), 23 * HOUR);
        let autumn = berlin.day_around(at("2026-10-25T12:00:00Z"));
        assert_eq!(autumn.end.since(autumn.start), 25 * HOUR);
    }

    #[test]
    fn months_follow_the_zone() {
        let moscow = Zone::named("Europe/Moscow").unwrap();
        let month = moscow.month_around(at("2026-01-31T22:00:00Z"));
        assert_eq!(month.start, at("2026-01-31T21:00:00Z"));
        assert_eq!(month.end, at("2026-02-28T21:00:00Z"));
    }

    #[test]
    fn unknown_zones_are_refused() {
        for bad in ["", "Moscow", "Mars/Olympus", "+03:00"] {
            assert!(Zone::named(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::json!(Zone::named("Europe/Moscow").unwrap()), "Europe/Moscow");
    }
}
