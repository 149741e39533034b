//! Money: whole minor units of a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest amount in minor units, 2^53 − 1: what JSON readers everywhere keep exactly.
pub const MAX_MINOR: i64 = 9_007_199_254_740_991;

/// An ISO 4217 currency code, or `XTR` (Telegram Stars).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// Text that is not a currency or an amount, or a calculation that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is neither in ISO 4217 nor `XTR`.
    #[error("{0:?} is not a currency; give an ISO 4217 code such as RUB, UZS or USD, or XTR for Telegram Stars")]
    UnknownCurrency(String),
    /// The text is not a decimal number.
    #[error("{0:?} is not an amount; give a number such as 1490.50")]
    NotAnAmount(String),
    /// The number has more decimals than the currency.
    #[error("{given:?} has more decimals than {currency} has ({decimals})")]
    TooManyDecimals {
        /// The amount as given.
        given: String,
        /// The currency it was to be in.
        currency: Currency,
        /// How many decimals that currency has.
        decimals: u8,
    },
    /// Two amounts in different currencies cannot be added or compared.
    #[error("{0} and {1} cannot be combined; convert one of them first")]
    DifferentCurrencies(Currency, Currency),
    /// The result is beyond ±(2^53 − 1) minor units.
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    /// The currency of a code in capital letters.
    pub fn from_code(code: &str) -> Result<Currency, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.chars().take(20).collect());
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        // Telegram Stars are whole and not part of ISO 4217.
        let exponent = match code {
            "XTR" => 0,
            _ => {
                let known = iso_currency::Currency::from_code(code).ok_or_else(unknown)?;
                // Units that have no minor unit in the standard (gold, drawing rights) are counted whole.
                u8::try_from(known.exponent().unwrap_or(0)).unwrap_or(0)
            }
        };
        Ok(Currency { code: bytes, exponent })
    }

    /// The code in capital letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimals one unit has: RUB 2, JPY 0, KWD 3, XTR 0.
    pub fn exponent(self) -> u8 {
        self.exponent
    }

    /// How many minor units make one unit: RUB 100, JPY 1.
    pub fn minor_per_unit(self) -> i64 {
        10_i64.pow(u32::from(self.exponent))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Currency, MoneyError> {
        Currency::from_code(code)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Currency, MoneyError> {
        Currency::from_code(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// An amount: `{"amount": 149050, "currency": "RUB"}` is 1490.50 roubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Whole minor units (kopecks, cents).
    #[serde(rename = "amount")]
    pub minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Reads a decimal number of whole units, such as `1490.5` or `-3`.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let not_an_amount = || MoneyError::NotAnAmount(text.chars().take(40).collect());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(not_an_amount());
        }
        let decimals = usize::from(currency.exponent());
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > decimals {
            return Err(MoneyError::TooManyDecimals {
                given: text.chars().take(40).collect(),
                currency,
                decimals: currency.exponent(),
            });
        }
        let minor: i64 = format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| MoneyError::TooLarge)?;
        if minor > MAX_MINOR {
            return Err(MoneyError::TooLarge);
        }
        Ok(Money { minor: if negative { -minor } else { minor }, currency })
    }

    /// The sum; refuses two currencies and amounts beyond ±(2^53 − 1).
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::DifferentCurrencies(self.currency, other.currency));
        }
        match self.minor.checked_add(other.minor) {
            Some(minor) if minor.abs() <= MAX_MINOR => Ok(Money { minor, ..self }),
            _ => Err(MoneyError::TooLarge),
        }
    }

    /// The difference; refuses two currencies and amounts beyond ±(2^53 − 1).
    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        let negated = other.minor.checked_neg().ok_or(MoneyError::TooLarge)?;
        self.checked_add(Money { minor: negated, ..other })
    }

    /// The amount in whole units with all decimals of the currency: `1490.50`.
    pub fn decimal(self) -> String {
        let per_unit = self.currency.minor_per_unit().unsigned_abs();
        let (whole, rest) = (self.minor.unsigned_abs() / per_unit, self.minor.unsigned_abs() % per_unit);
        let sign = if self.minor < 0 { "-" } else { "" };
        match usize::from(self.currency.exponent()) {
            0 => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{rest:0decimals$}"),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).unwrap()
    }

    #[test]
    fn currencies_know_their_decimals() {
        for (code, decimals) in [("RUB", 2), ("UZS", 2), ("JPY", 0), ("KWD", 3), ("XTR", 0)] {
            assert_eq!(currency(code).exponent(), decimals, "{code}");
        }
        for bad in ["rub", "ABC", "", "RUBL", "€"] {
            assert!(Currency::from_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_parse_and_print() {
        for (text, code, minor, printed) in [
            ("1490.5", "RUB", 149_050, "1490.50 RUB"),
            ("-0.01", "RUB", -1, "-0.01 RUB"),
            ("0", "RUB", 0, "0.00 RUB"),
            ("12", "JPY", 12, "12 JPY"),
            ("1.500", "KWD", 1500, "1.500 KWD"),
            ("250", "XTR", 250, "250 XTR"),
            ("1.50", "JPY", 0, ""),
            ("1.5x", "RUB", 0, ""),
            ("1.", "RUB", 0, ""),
            (".5", "RUB", 0, ""),
            ("99999999999999999999", "RUB", 0, ""),
        ] {
            match Money::parse(text, currency(code)) {
                Ok(money) => {
                    assert_eq!((money.minor, money.to_string().as_str()), (minor, printed), "{text}");
                }
                Err(error) => assert!(printed.is_empty(), "{text}: {error}"),
            }
        }
    }

    #[test]
    fn arithmetic_is_checked() {
        let rubles = |minor| Money::new(minor, currency("RUB"));
        assert_eq!(rubles(1).checked_add(rubles(2)), Ok(rubles(3)));
        assert_eq!(rubles(1).checked_sub(rubles(2)), Ok(rubles(-1)));
        assert_eq!(rubles(MAX_MINOR).checked_add(rubles(1)), Err(MoneyError::TooLarge));
        assert!(rubles(1).checked_add(Money::new(1, currency("USD"))).is_err());
        let json = serde_json::json!({"amount": 5, "currency": "RUB"});
        assert_eq!(serde_json::from_value::<Money>(json.clone()).unwrap(), rubles(5));
        assert_eq!(serde_json::json!(rubles(5)), json);
    }
}
