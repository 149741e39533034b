//! A segment: an immutable Parquet file of events, with its columns in memory.
//!
//! The file is plain Parquet (zstd), sorted by subject, time and sequence:
//!
//! | column | type | meaning |
//! | --- | --- | --- |
//! | `subject` | string | `u:<user id>` or `a:<anonymous id>` |
//! | `time` | timestamp, ms, UTC | when it happened |
//! | `event` | string | name |
//! | `kind` | string | track, identify, page, screen, group, alias |
//! | `message_id` | string | the sender's id |
//! | `received` | timestamp, ms, UTC | when it came in |
//! | `sequence` | int64 | the store's number |
//! | `properties`, `context` | string | JSON objects |
//!
//! Pages hold few rows and the file has an offset index, so that the properties of one person are a few small reads.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch, StringArray};
use bytes::Bytes;
use kabinet_model::event::EventKind;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

use crate::columns::{Columns, ColumnsBuilder};
use crate::error::StoreError;
use crate::manifest::SegmentEntry;
use crate::query::Position;

/// Rows decoded at once.
const BATCH_ROWS: usize = 1024;

/// What the columns in memory are made from.
const COLUMN_PART: [&str; 4] = ["subject", "time", "event", "sequence"];

/// What is fetched on demand.
const BODY_PART: [&str; 5] = ["kind", "message_id", "received", "properties", "context"];

/// A live segment.
pub(crate) struct Segment {
    pub entry: SegmentEntry,
    pub columns: Columns,
    pub file: SegmentFile,
}

/// The part of an event that is not in the columns.
pub(crate) struct Body {
    pub kind: EventKind,
    pub message_id: String,
    pub received_at_ms: i64,
    pub properties: String,
    pub context: String,
}

/// An open segment file. It can be read even after its name is gone, so a query that holds it is never disturbed.
#[derive(Clone)]
pub(crate) struct SegmentFile {
    path: PathBuf,
    reader: PositionedFile,
    metadata: ArrowReaderMetadata,
}

impl SegmentFile {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("open", path, &error);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let reader = PositionedFile { file: Arc::new(file), length };
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&reader, options).map_err(|error| damaged(path, &error))?;
        Ok(SegmentFile { path: path.to_owned(), reader, metadata })
    }

    /// Reads the whole file and compares its checksum with the manifest's.
    pub fn verify(&self, entry: &SegmentEntry) -> Result<(), StoreError> {
        let mut reader = PositionedReader { file: self.reader.file.clone(), position: 0 };
        let mut crc32 = crc32fast::Hasher::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match reader.read(&mut buffer).map_err(|error| StoreError::io("read", &self.path, &error))? {
                0 => break,
                count => crc32.update(&buffer[..count]),
            }
        }
        if reader.position != entry.bytes || crc32.finalize() != entry.crc32 {
            return Err(self.corrupt("its checksum is not the manifest's"));
        }
        Ok(())
    }

    /// Reads what the columns need.
    pub fn load_columns(&self, entry: &SegmentEntry) -> Result<ColumnsBuilder, StoreError> {
        let mut builder = ColumnsBuilder::new(entry.first_sequence);
        for batch in self.batches(&COLUMN_PART, None)? {
            let batch = batch.map_err(|error| damaged(&self.path, &error))?;
            let rows = ColumnBatch::new(&batch).map_err(|reason| self.corrupt(reason))?;
            for row in 0..rows.len() {
                builder
                    .push(rows.subject.value(row), rows.name.value(row), rows.position(row))
                    .map_err(|reason| self.corrupt(reason))?;
            }
        }
        if builder.len() as u64 != entry.events {
            return Err(self.corrupt("the number of events is not the manifest's"));
        }
        Ok(builder)
    }

    /// Reads the bodies of some rows (ascending, each once).
    pub fn read_bodies(&self, rows: &[usize]) -> Result<Vec<Body>, StoreError> {
        let mut bodies = Vec::with_capacity(rows.len());
        for batch in self.batches(&BODY_PART, Some(rows))? {
            let batch = batch.map_err(|error| damaged(&self.path, &error))?;
            let columns = BodyBatch::new(&batch).map_err(|reason| self.corrupt(reason))?;
            for row in 0..batch.num_rows() {
                bodies.push(columns.body(row).map_err(|reason| self.corrupt(reason))?);
            }
        }
        if bodies.len() != rows.len() {
            return Err(self.corrupt("rows are missing"));
        }
        Ok(bodies)
    }

    /// Bytes of an event in the file's pages before compression, in the mean.
    pub fn bytes_a_row(&self) -> u64 {
        let metadata = self.metadata.metadata();
        let bytes: i64 = metadata.row_groups().iter().map(|group| group.total_byte_size()).sum();
        bytes.unsigned_abs() / metadata.file_metadata().num_rows().unsigned_abs().max(1)
    }

    /// Reads everything, in order.
    pub fn all_batches(&self) -> Result<ParquetRecordBatchReader, StoreError> {
        self.batches(&[&COLUMN_PART[..], &BODY_PART[..]].concat(), None)
    }

    /// The error of a file that is not what this crate wrote.
    pub fn corrupt(&self, reason: &str) -> StoreError {
        StoreError::Corrupt { file: self.path.clone(), offset: 0, reason: reason.to_owned() }
    }

    pub fn damaged(&self, error: &dyn std::fmt::Display) -> StoreError {
        damaged(&self.path, error)
    }

    fn batches(&self, columns: &[&str], rows: Option<&[usize]>) -> Result<ParquetRecordBatchReader, StoreError> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.reader.clone(), self.metadata.clone())
                .with_projection(mask)
                .with_batch_size(rows.map_or(BATCH_ROWS, |rows| rows.len().clamp(1, BATCH_ROWS)));
        if let Some(rows) = rows {
            let total = self.metadata.metadata().file_metadata().num_rows() as usize;
            let ranges = consecutive_ranges(rows);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges.into_iter(), total));
        }
        builder.build().map_err(|error| damaged(&self.path, &error))
    }
}

/// The columns every segment keeps in memory, of some rows.
pub(crate) struct ColumnBatch<'a> {
    pub subject: &'a StringArray,
    pub name: &'a StringArray,
    time: &'a [i64],
    sequence: &'a [i64],
}

impl<'a> ColumnBatch<'a> {
    pub fn new(batch: &'a RecordBatch) -> Result<Self, &'static str> {
        Ok(ColumnBatch {
            subject: text_column(batch, "subject")?,
            name: text_column(batch, "event")?,
            time: time_column(batch, "time")?,
            sequence: column(batch, "sequence")?
                .as_primitive_opt::<Int64Type>()
                .ok_or("column sequence has another type")?
                .values(),
        })
    }

    pub fn len(&self) -> usize {
        self.time.len()
    }

    pub fn position(&self, row: usize) -> Position {
        Position { timestamp_ms: self.time[row], sequence: self.sequence[row] as u64 }
    }
}

/// The columns fetched on demand, of some rows.
pub(crate) struct BodyBatch<'a> {
    pub kind: &'a StringArray,
    pub message_id: &'a StringArray,
    pub received: &'a [i64],
    pub properties: &'a StringArray,
    pub context: &'a StringArray,
}

impl<'a> BodyBatch<'a> {
    pub fn new(batch: &'a RecordBatch) -> Result<Self, &'static str> {
        Ok(BodyBatch {
            kind: text_column(batch, "kind")?,
            message_id: text_column(batch, "message_id")?,
            received: time_column(batch, "received")?,
            properties: text_column(batch, "properties")?,
            context: text_column(batch, "context")?,
        })
    }

    fn body(&self, row: usize) -> Result<Body, &'static str> {
        Ok(Body {
            kind: self.kind.value(row).parse().map_err(|_| "unknown kind of event")?,
            message_id: self.message_id.value(row).to_owned(),
            received_at_ms: self.received[row],
            properties: self.properties.value(row).to_owned(),
            context: self.context.value(row).to_owned(),
        })
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a dyn Array, &'static str> {
    let column = batch.column_by_name(name).ok_or("a column is missing")?;
    if column.null_count() > 0 {
        return Err("a value is missing");
    }
    Ok(column)
}

fn text_column<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a StringArray, &'static str> {
    column(batch, name)?.as_string_opt().ok_or("a text column has another type")
}

fn time_column<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a [i64], &'static str> {
    let times = column(batch, name)?.as_primitive_opt::<TimestampMillisecondType>();
    Ok(times.ok_or("a time column has another type")?.values())
}

/// Neighbouring rows as ranges.
fn consecutive_ranges(rows: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some(range) if range.end == *row => range.end += 1,
            _ => ranges.push(*row..*row + 1),
        }
    }
    ranges
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt { file: path.to_owned(), offset: 0, reason: error.to_string() }
}

/// A file read by position, so that threads do not disturb one another (a `File`'s clones share one cursor).
#[derive(Clone)]
struct PositionedFile {
    file: Arc<File>,
    length: u64,
}

/// Reads on from a position.
pub(crate) struct PositionedReader {
    file: Arc<File>,
    position: u64,
}

impl Read for PositionedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Length for PositionedFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for PositionedFile {
    type T = BufReader<PositionedReader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(PositionedReader { file: self.file.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut buffer = vec![0; length];
        self.file.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}
