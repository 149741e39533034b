//! Times on the wire: RFC 3339, UTC, milliseconds.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// `2026-11-21T12:40:03.000Z`. Times outside of what a calendar holds (a damaged value) print as the nearest end of it.
pub fn rfc3339(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX });
    PRINTER.timestamp_to_string(&time)
}
