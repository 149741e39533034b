//! Our files as others read them: Python's csv module and openpyxl.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use jiff::civil::date;
use kabinet_testing::repository;
use serde_json::{Value, json};

use crate::{Cell, csv, xlsx};

const READ_CSV: &str = r#"
import csv, json, sys
csv.field_size_limit(10_000_000)
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    print(json.dumps(list(csv.reader(file, strict=True))))
"#;

/// openpyxl leaves the format's own escapes (`_xHHHH_`) in values; Excel and LibreOffice do not.
const READ_XLSX: &str = r#"
import datetime, json, re, sys
import openpyxl
def plain(cell):
    value = cell.value
    if isinstance(value, str):
        value = re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, datetime.datetime):
        value = value.isoformat(" ")
    return [cell.data_type, value]
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps([
    {"name": sheet.title, "frozen": sheet.freeze_panes, "filter": sheet.auto_filter.ref,
     "links": sum(1 for row in sheet for cell in row if cell.hyperlink),
     "rows": [[plain(cell) for cell in row] for row in sheet.iter_rows()]}
    for sheet in book.worksheets
]))
"#;

fn read_with_python(script: &str, file: &Path) -> Value {
    let output = Command::new(repository::python()).args(["-c", script]).arg(file).output().expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

fn naughty_strings() -> Vec<String> {
    let folder = repository::root().join("testdata/naughty_strings");
    let list = std::fs::read_to_string(folder.join("blns.json")).expect("it is in the repository");
    let payloads = std::fs::read_to_string(folder.join("csv-injection-payload.txt")).expect("it is too");
    let mut strings: Vec<String> = serde_json::from_str(&list).expect("a list of strings");
    strings.extend(payloads.lines().map(str::to_owned));
    strings.extend(
        ["_x0041_", "\u{0}\u{1}\u{1f}\u{7f}", " \ttrim me\n ", "\r", "a\rb", "\u{feff}", "\u{fffe}\u{ffff}"]
            .map(str::to_owned),
    );
    strings.push("'already quoted".into());
    strings
}

fn write_xlsx(writer: xlsx::Writer, to: &Path) {
    let mut file = writer.finish().expect("the workbook is written");
    std::io::copy(&mut file, &mut File::create(to).expect("a file")).expect("it can be copied");
}

fn columns(titles: &[&str]) -> Vec<xlsx::Column> {
    titles.iter().map(|title| xlsx::Column { title: (*title).into(), width: 20 }).collect()
}

#[test]
fn naughty_strings_come_back_from_csv_intact_and_inert() {
    let strings = naughty_strings();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("naughty.csv");
    let mut file = BufWriter::new(File::create(&path).expect("a file"));
    file.write_all(csv::BYTE_ORDER_MARK).expect("it can be written");
    for text in &strings {
        let row = [Cell::Integer(1), Cell::Text(text.clone()), Cell::Text("end".into())];
        csv::write_row(&mut file, &row).expect("it can be written");
    }
    file.flush().expect("it can be written");

    let rows: Vec<[String; 3]> =
        serde_json::from_value(read_with_python(READ_CSV, &path)).expect("three cells in each row");
    assert_eq!(rows.len(), strings.len());
    for ([number, found, end], text) in rows.iter().zip(&strings) {
        assert_eq!((number.as_str(), end.as_str()), ("1", "end"));
        let starts_like_a_formula = found.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let is_a_number = found.parse::<f64>().is_ok_and(f64::is_finite);
        assert!(!starts_like_a_formula || is_a_number, "{found:?} could run");
        assert!(found == text || *found == format!("'{text}"), "{text:?} came back as {found:?}");
    }
}

#[test]
fn naughty_strings_come_back_from_xlsx_intact_and_inert() {
    let strings = naughty_strings();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("naughty.xlsx");
    let mut writer = xlsx::Writer::new("Naughty [strings]", columns(&["=1+1", "Text"])).expect("a writer");
    for text in &strings {
        writer.write_row(&[Cell::Integer(1), Cell::Text(text.clone())]).expect("it can be written");
    }
    write_xlsx(writer, &path);

    let book = read_with_python(READ_XLSX, &path);
    assert_eq!((&book[0]["name"], &book[0]["links"]), (&json!("Naughty strings"), &json!(0)));
    let rows = book[0]["rows"].as_array().expect("rows");
    assert_eq!(rows[0][0], json!(["s", "=1+1"]), "a header is text too");
    assert_eq!(rows.len(), strings.len() + 1);
    for (row, text) in rows[1..].iter().zip(&strings) {
        let expected = if text.is_empty() { json!(["n", null]) } else { json!(["s", text]) };
        assert_eq!(row[1], expected);
    }
}

#[test]
fn xlsx_keeps_types() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("types.xlsx");
    let titles = ["int", "big", "number", "money", "yes", "day", "time", "old", "nothing"];
    let mut writer = xlsx::Writer::new("Types", columns(&titles)).expect("a writer");
    let row = [
        Cell::Integer(-7),
        Cell::Integer(i64::MAX),
        Cell::Number(-12.5),
        Cell::Decimal { minor: -123_450, digits: 2 },
        Cell::Boolean(true),
        Cell::Date(date(2026, 3, 9)),
        Cell::DateTime(date(2026, 3, 9).at(7, 5, 1, 0)),
        Cell::Date(date(1812, 9, 7)),
        Cell::Number(f64::INFINITY),
    ];
    writer.write_row(&row).expect("it can be written");
    write_xlsx(writer, &path);

    let book = read_with_python(READ_XLSX, &path);
    assert_eq!((&book[0]["frozen"], &book[0]["filter"]), (&json!("A2"), &json!("A1:I2")));
    let expected = json!([
        ["n", -7],
        ["s", "9223372036854775807"],
        ["n", -12.5],
        ["n", -1234.5],
        ["b", true],
        ["d", "2026-03-09 00:00:00"],
        ["d", "2026-03-09 07:05:01"],
        ["s", "1812-09-07"],
        ["n", null],
    ]);
    assert_eq!(book[0]["rows"][1], expected);
}

#[test]
fn text_longer_than_a_cell_is_cut_visibly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("long.xlsx");
    let mut writer = xlsx::Writer::new("", columns(&["text"])).expect("a writer");
    writer.write_row(&[Cell::Text("я".repeat(40_000))]).expect("it can be written");
    write_xlsx(writer, &path);
    let book = read_with_python(READ_XLSX, &path);
    let text = book[0]["rows"][1][0][1].as_str().expect("text");
    assert_eq!((text.chars().count(), text.ends_with("я…")), (32_767, true));
}
