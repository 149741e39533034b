use jiff::civil::{Date, DateTime};

/// One value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// What someone typed, or a label.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; one that is not finite counts as unknown.
    Number(f64),
    /// An exact decimal number: `minor` units of which 10^`digits` make one, such as money.
    Decimal {
        /// The number without its decimal point.
        minor: i64,
        /// How many of its digits stand behind the point.
        digits: u8,
    },
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A day and time, already in the reader's time zone.
    DateTime(DateTime),
}

/// `-1234.50` for −123450 with two digits.
pub(crate) fn decimal(minor: i64, digits: u8) -> String {
    let digits = usize::from(digits);
    let sign = if minor < 0 { "-" } else { "" };
    let number = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = number.split_at(number.len() - digits);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
