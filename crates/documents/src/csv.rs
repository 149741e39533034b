//! CSV after RFC 4180 that opens right in spreadsheets: UTF-8 with a byte order mark, commas,
//! CRLF.
//!
//! Spreadsheets take text that begins like a formula for one, and a formula can start
//! programs. Such text gets an apostrophe in front; numbers keep their minus.

use std::io::{self, Write};

use crate::Cell;
use crate::cell::decimal;

/// Tells spreadsheets that the text is UTF-8. It goes before the first row.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Characters that begin a formula or are skipped before one; the wide ones count as their
/// narrow twins in East Asian settings.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes one row with its line end.
///
/// For a streamed HTTP body, write some rows into a `Vec<u8>` and take it as the next chunk.
///
/// # Errors
/// Whatever `output` answers.
pub fn write_row(output: &mut impl Write, cells: &[Cell]) -> io::Result<()> {
    if let [Cell::Empty] = cells {
        // An unquoted empty line is no row to many readers.
        return output.write_all(b"\"\"\r\n");
    }
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            output.write_all(b",")?;
        }
        write_cell(output, cell)?;
    }
    output.write_all(b"\r\n")
}

fn write_cell(output: &mut impl Write, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Text(text) => write_text(output, text),
        Cell::Integer(number) => write!(output, "{number}"),
        Cell::Number(number) if number.is_finite() => write!(output, "{number}"),
        Cell::Number(_) => Ok(()),
        Cell::Decimal { minor, digits } => output.write_all(decimal(*minor, *digits).as_bytes()),
        Cell::Boolean(true) => output.write_all(b"TRUE"),
        Cell::Boolean(false) => output.write_all(b"FALSE"),
        Cell::Date(date) => write!(output, "{date}"),
        Cell::DateTime(time) => write!(output, "{}", time.strftime("%Y-%m-%d %H:%M:%S")),
    }
}

fn write_text(output: &mut impl Write, text: &str) -> io::Result<()> {
    let guard = if text.starts_with(FORMULA_STARTS) && !is_negative_number(text) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        write!(output, "\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        write!(output, "{guard}{text}")
    }
}

/// `-12` or `-12.5`. Anything more may be a calculation.
fn is_negative_number(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('-').is_some_and(|number| match number.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(number),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::write_row;
    use crate::Cell;

    fn row(cells: &[Cell]) -> String {
        let mut output = Vec::new();
        write_row(&mut output, cells).expect("a vector takes everything");
        String::from_utf8(output).expect("UTF-8")
    }

    fn text(text: &str) -> String {
        row(&[Cell::Text(text.into()), Cell::Empty])
    }

    #[test]
    fn values_have_one_form() {
        let cells = [
            Cell::Text("Анна".into()),
            Cell::Empty,
            Cell::Integer(-7),
            Cell::Number(-12.5),
            Cell::Number(f64::NAN),
            Cell::Decimal { minor: -5, digits: 2 },
            Cell::Decimal { minor: 1_234_560, digits: 2 },
            Cell::Decimal { minor: 350, digits: 0 },
            Cell::Boolean(true),
            Cell::Date(date(2026, 3, 9)),
            Cell::DateTime(date(2026, 3, 9).at(7, 5, 0, 123_000_000)),
        ];
        let expected = "Анна,,-7,-12.5,,-0.05,12345.60,350,TRUE,2026-03-09,2026-03-09 07:05:00\r\n";
        assert_eq!(row(&cells), expected);
    }

    #[test]
    fn separators_and_quotes_are_quoted() {
        assert_eq!(text("a,b"), "\"a,b\",\r\n");
        assert_eq!(text("say \"no\""), "\"say \"\"no\"\"\",\r\n");
        assert_eq!(text("two\r\nlines"), "\"two\r\nlines\",\r\n");
        assert_eq!(row(&[Cell::Empty]), "\"\"\r\n");
    }

    #[test]
    fn formulas_become_text_and_negative_numbers_stay() {
        for formula in ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "-", "-1.", "-1e5", "--1"] {
            assert_eq!(text(formula), format!("'{formula},\r\n"));
        }
        assert_eq!(text("\r=1"), "\"'\r=1\",\r\n");
        assert_eq!(text("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",\r\n");
        for number in ["-12", "-12.5", "12", "0.5"] {
            assert_eq!(text(number), format!("{number},\r\n"));
        }
    }
}
