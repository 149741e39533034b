//! Calendar days of a time zone, and UTC months, as numbers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const DAY_MS: i64 = 86_400_000;

/// The days the rollups are kept for.
#[derive(Debug, Clone)]
pub(crate) struct Days {
    zone: TimeZone,
    /// The zone's distance from UTC when it never changes.
    fixed_ms: Option<i64>,
}

impl Days {
    pub fn new(zone: TimeZone) -> Self {
        let fixed_ms = zone.to_fixed_offset().ok().map(|offset| i64::from(offset.seconds()) * 1000);
        Days { zone, fixed_ms }
    }

    /// The local calendar day of a time, counted from 1970-01-01.
    pub fn day_of(&self, ms: i64) -> i32 {
        let offset_ms = self.fixed_ms.unwrap_or_else(|| self.offset_ms(ms));
        (ms + offset_ms).div_euclid(DAY_MS) as i32
    }

    /// Whether a local day starts exactly here.
    pub fn is_day_start(&self, ms: i64) -> bool {
        self.day_of(ms) != self.day_of(ms - 1)
    }

    fn offset_ms(&self, ms: i64) -> i64 {
        // Times beyond what the calendar knows (years past 9999 in a query) have no zone rules either.
        Timestamp::from_millisecond(ms).map_or(0, |time| i64::from(self.zone.to_offset(time).seconds()) * 1000)
    }
}

/// Number of the UTC month of a time: twelve times the year plus the month from 0.
pub(crate) fn utc_month(ms: i64) -> i32 {
    // Howard Hinnant's days-to-civil algorithm; years start in March, so that the leap day comes last.
    let day = ms.div_euclid(DAY_MS) + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    ((era * 400 + year_of_era) * 12 + march_month + 2) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().map_or(0, |time| time.as_millisecond())
    }

    #[test]
    fn days_follow_the_zone_and_its_changes() -> anyhow::Result<()> {
        let tashkent = Days::new(TimeZone::get("Asia/Tashkent")?);
        assert!(tashkent.is_day_start(ms("2026-03-01T19:00:00Z")));
        assert!(!tashkent.is_day_start(ms("2026-03-01T00:00:00Z")));
        let berlin = Days::new(TimeZone::get("Europe/Berlin")?);
        assert!(berlin.is_day_start(ms("2026-03-28T23:00:00Z")));
        assert!(berlin.is_day_start(ms("2026-03-29T22:00:00Z")));
        assert_eq!(berlin.day_of(ms("2026-03-29T21:59:59.999Z")), berlin.day_of(ms("2026-03-28T23:00:00Z")));
        assert_eq!(Days::new(TimeZone::UTC).day_of(-1), -1);
        Ok(())
    }

    #[test]
    fn months_change_at_their_first_midnight() {
        for (time, year, month) in [
            ("1970-01-01T00:00:00Z", 1970, 1),
            ("2000-02-29T23:59:59Z", 2000, 2),
            ("2000-03-01T00:00:00Z", 2000, 3),
            ("2026-12-31T23:59:59Z", 2026, 12),
            ("2027-01-01T00:00:00Z", 2027, 1),
        ] {
            assert_eq!(utc_month(ms(time)), year * 12 + month - 1, "{time}");
        }
    }
}
