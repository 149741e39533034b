//! XLSX workbooks with real types: numbers, dates and booleans as such, everything else text.

use std::io::{Seek, SeekFrom};

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::Cell;
use crate::cell::decimal;

/// Rows of a sheet, by the file format; the first is the header.
const MAXIMUM_ROWS: u32 = 1_048_576;
/// Characters of a cell, by the file format.
const MAXIMUM_CHARACTERS: usize = 32_767;
/// Beyond it, a spreadsheet's numbers skip integers.
const LARGEST_EXACT_INTEGER: u64 = 1 << 53;

/// A column's head.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands in the first row.
    pub title: String,
    /// Width in characters of the default font.
    pub width: u8,
}

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be made; usually the temporary folder is full.
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] XlsxError),
    /// The temporary file could not be made or read.
    #[error("the workbook's file could not be used: {0}")]
    File(#[from] std::io::Error),
}

/// Writes a workbook. Rows go to temporary files at once; a sheet that is full is continued
/// on the next.
pub struct Writer {
    workbook: Workbook,
    name: String,
    columns: Vec<Column>,
    formats: Formats,
    sheets: u32,
    next_row: u32,
}

struct Formats {
    header: Format,
    date: Format,
    time: Format,
}

impl Writer {
    /// A workbook whose sheets are called `name`, `name 2` and so on. Characters that sheet
    /// names cannot hold are left out.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn new(name: &str, columns: Vec<Column>) -> Result<Self, Error> {
        let name: String = name
            .chars()
            .filter(|character| !"[]:*?/\\'".contains(*character) && !character.is_control())
            .take(25)
            .collect();
        let formats = Formats {
            header: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xE8_EDF3))
                .set_border_bottom(FormatBorder::Thin),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        };
        let name = if name.is_empty() { "Sheet".to_owned() } else { name };
        let mut writer = Self { workbook: Workbook::new(), name, columns, formats, sheets: 0, next_row: 0 };
        writer.begin_sheet()?;
        Ok(writer)
    }

    /// Adds a row; its cells stand in the order of the columns.
    ///
    /// # Errors
    /// When the temporary folder is full.
    pub fn write_row(&mut self, cells: &[Cell]) -> Result<(), Error> {
        if self.next_row == MAXIMUM_ROWS {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        let sheet = self.workbook.worksheet_from_index(self.sheets as usize - 1)?;
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, self.next_row, column, cell, &self.formats)?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Packs the workbook into a file that vanishes when closed, ready to be read from its
    /// beginning.
    ///
    /// # Errors
    /// When the temporary folder is full.
    pub fn finish(mut self) -> Result<std::fs::File, Error> {
        self.end_sheet()?;
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    fn begin_sheet(&mut self) -> Result<(), Error> {
        self.sheets += 1;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        if self.sheets == 1 {
            sheet.set_name(&self.name)?;
        } else {
            sheet.set_name(format!("{} {}", self.name, self.sheets))?;
        }
        sheet.set_freeze_panes(1, 0)?;
        for (index, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(index, f64::from(column.width))?;
            sheet.write_string_with_format(0, index, fitting(&column.title), &self.formats.header)?;
        }
        self.next_row = 1;
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), Error> {
        let Some(last_column) = u16::try_from(self.columns.len()).ok().and_then(|count| count.checked_sub(1)) else {
            return Ok(());
        };
        let sheet = self.workbook.worksheet_from_index(self.sheets as usize - 1)?;
        sheet.autofilter(0, 0, self.next_row - 1, last_column)?;
        Ok(())
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) if text.is_empty() => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, fitting(text))?,
        Cell::Integer(number) if number.unsigned_abs() <= LARGEST_EXACT_INTEGER => {
            #[expect(clippy::cast_precision_loss, reason = "this range is exact")]
            let number = *number as f64;
            sheet.write_number(row, column, number)?
        }
        Cell::Integer(number) => sheet.write_string(row, column, number.to_string())?,
        Cell::Number(number) if number.is_finite() => sheet.write_number(row, column, *number)?,
        Cell::Number(_) => return Ok(()),
        Cell::Decimal { minor, digits } => write_decimal(sheet, row, column, *minor, *digits)?,
        Cell::Boolean(value) => sheet.write_boolean(row, column, *value)?,
        Cell::Date(date) => match excel_date(*date) {
            Some(value) => sheet.write_datetime_with_format(row, column, &value, &formats.date)?,
            None => sheet.write_string(row, column, date.to_string())?,
        },
        Cell::DateTime(time) => match excel_time(*time) {
            Some(value) => sheet.write_datetime_with_format(row, column, &value, &formats.time)?,
            None => sheet.write_string(row, column, time.to_string())?,
        },
    };
    Ok(())
}

fn write_decimal(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    minor: i64,
    digits: u8,
) -> Result<&mut Worksheet, XlsxError> {
    let text = decimal(minor, digits);
    if minor.unsigned_abs() > LARGEST_EXACT_INTEGER {
        return sheet.write_string(row, column, text);
    }
    let number: f64 = text.parse().expect("a decimal number is a number");
    let format = match digits {
        0 => "#,##0".to_owned(),
        digits => format!("#,##0.{}", "0".repeat(usize::from(digits))),
    };
    sheet.write_number_with_format(row, column, number, &Format::new().set_num_format(format))
}

/// `None` before 1900 and after 9999, which spreadsheets have no dates for.
fn excel_date(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn excel_time(time: DateTime) -> Option<ExcelDateTime> {
    let hour = u16::try_from(time.hour()).ok()?;
    let minute = u8::try_from(time.minute()).ok()?;
    let second = u8::try_from(time.second()).ok()?;
    let millisecond = u16::try_from(time.millisecond()).ok()?;
    excel_date(time.date())?.and_hms_milli(hour, minute, second, millisecond).ok()
}

/// Text as long as a cell can hold, with an ellipsis where it was cut.
fn fitting(text: &str) -> String {
    let units = |character: char| character.len_utf16();
    if text.chars().map(units).sum::<usize>() <= MAXIMUM_CHARACTERS {
        return text.to_owned();
    }
    let mut length = 0;
    let fits = |character: &char| {
        length += units(*character);
        length < MAXIMUM_CHARACTERS
    };
    text.chars().take_while(fits).chain(['…']).collect()
}
