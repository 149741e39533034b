//! Instants and spans of time: UTC milliseconds, written as RFC 3339.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// Twenty-four hours in milliseconds (a calendar day in a time zone may be shorter or longer).
pub const DAY: i64 = 24 * HOUR;

/// 0001-01-01T00:00:00Z.
const EARLIEST: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z less a day, so that no time zone leaves the calendar.
const LATEST: i64 = 253_402_214_399_999;

/// An instant: whole milliseconds since 1970-01-01T00:00:00Z, from year 1 to year 9999.
///
/// In JSON it is written as RFC 3339 with milliseconds and `Z`, and read as RFC 3339 with any offset or as a number
/// of milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcMillis(i64);

/// Text or a number that is not an instant or a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339 nor a number of milliseconds within years 1 to 9999.
    #[error("{0:?} is not a time; give RFC 3339 such as 2026-01-31T09:30:00Z, or milliseconds since 1970")]
    NotATime(String),
    /// Not a span such as `3d`.
    #[error("{0:?} is not a duration; give a number and a unit: ms, s, m, h, d or w, such as 3d or 72h")]
    NotADuration(String),
    /// Not a name of the IANA time zone database.
    #[error("{0:?} is not a time zone; give an IANA name such as Europe/Moscow or Asia/Tashkent")]
    UnknownTimeZone(String),
}

impl UtcMillis {
    /// The instant, or nothing when it is outside years 1 to 9999.
    pub fn new(milliseconds: i64) -> Option<UtcMillis> {
        (EARLIEST..=LATEST).contains(&milliseconds).then_some(UtcMillis(milliseconds))
    }

    /// The instant, moved to the nearest end when it is outside years 1 to 9999.
    pub fn saturating(milliseconds: i64) -> UtcMillis {
        UtcMillis(milliseconds.clamp(EARLIEST, LATEST))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant later by `milliseconds` (earlier when negative), within years 1 to 9999.
    pub fn plus(self, milliseconds: i64) -> UtcMillis {
        UtcMillis::saturating(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this instant.
    pub fn since(self, earlier: UtcMillis) -> i64 {
        self.0 - earlier.0
    }

    /// The same instant for calendar arithmetic.
    pub fn to_jiff(self) -> jiff::Timestamp {
        // The range was checked on construction and lies within jiff's own.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }

    /// The instant, cut to the millisecond.
    pub fn from_jiff(timestamp: jiff::Timestamp) -> UtcMillis {
        // jiff cuts towards zero; before 1970 that would be later.
        UtcMillis::saturating(timestamp.as_nanosecond().div_euclid(1_000_000) as i64)
    }
}

impl fmt::Display for UtcMillis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for UtcMillis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl FromStr for UtcMillis {
    type Err = TimeError;

    /// Reads RFC 3339; a bare number is refused here, because in text it is more often a mistake.
    fn from_str(text: &str) -> Result<UtcMillis, TimeError> {
        let wrong = || TimeError::NotATime(text.chars().take(60).collect());
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        let milliseconds = timestamp.as_nanosecond().div_euclid(1_000_000);
        i64::try_from(milliseconds).ok().and_then(UtcMillis::new).ok_or_else(wrong)
    }
}

impl Serialize for UtcMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcMillis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UtcMillis, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a time as RFC 3339 or milliseconds since 1970")]
        enum Written {
            Number(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
            Written::Number(milliseconds) => UtcMillis::new(milliseconds)
                .ok_or_else(|| serde::de::Error::custom(TimeError::NotATime(milliseconds.to_string()))),
        }
    }
}

/// The units a span may be written in, largest first, in milliseconds.
const UNITS: [(&str, i64); 6] = [("w", 7 * DAY), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", 1)];

/// Reads a span such as `3d`, `72h`, `90m`, `45s`, `250ms`, `-1d` or `1d12h`, in milliseconds. A day is 24 hours.
pub fn parse_duration(text: &str) -> Result<i64, TimeError> {
    let wrong = || TimeError::NotADuration(text.chars().take(40).collect());
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let unit = UNITS.iter().find(|(name, _)| *name == &rest[..letters]).ok_or_else(wrong)?.1;
        rest = &rest[letters..];
        total = number.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
    }
    // A thousand years is longer than anything here can mean, and keeps every sum far from overflow.
    if total > 366_000 * DAY { Err(wrong()) } else { Ok(sign * total) }
}

/// Writes a span in the largest unit up to days that divides it: `3d`, `36h`, `250ms`.
pub fn format_duration(milliseconds: i64) -> String {
    let (name, unit) = UNITS.into_iter().skip(1).find(|(_, unit)| milliseconds % unit == 0).unwrap_or(("ms", 1));
    if milliseconds == 0 { "0s".to_owned() } else { format!("{}{name}", milliseconds / unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_and_read() {
        let instant: UtcMillis = "2026-01-31T12:30:00.1239+03:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-01-31T09:30:00.123Z");
        let json = serde_json::json!(instant);
        assert_eq!(serde_json::from_value::<UtcMillis>(json).unwrap(), instant);
        let number = serde_json::json!(instant.as_millis());
        assert_eq!(serde_json::from_value::<UtcMillis>(number).unwrap(), instant);
        let before_1970: UtcMillis = "1969-12-31T23:59:59.9999Z".parse().unwrap();
        assert_eq!(before_1970.as_millis(), -1);
        for bad in ["", "2026-01-31", "yesterday", "1760000000", "2026-13-01T00:00:00Z"] {
            assert!(bad.parse::<UtcMillis>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<UtcMillis>("1e300").is_err());
        assert!(serde_json::from_str::<UtcMillis>("9223372036854775807").is_err());
    }

    #[test]
    fn durations_are_written_and_read() {
        for (text, milliseconds, printed) in [
            ("3d", 3 * DAY, "3d"),
            ("72h", 3 * DAY, "3d"),
            ("1d12h", 36 * HOUR, "36h"),
            ("2w", 14 * DAY, "14d"),
            ("-90m", -90 * MINUTE, "-90m"),
            ("250ms", 250, "250ms"),
            ("0s", 0, "0s"),
        ] {
            assert_eq!(parse_duration(text), Ok(milliseconds), "{text}");
            assert_eq!(format_duration(milliseconds), printed);
        }
        for bad in ["", "-", "3", "d", "3 d", "3y", "9999999999d", "99999999999999999999h", "3д"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
