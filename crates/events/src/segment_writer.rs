//! Writes a segment file, and collects its columns on the way.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::columns::ColumnsBuilder;
use crate::error::{StoreError, is_disk_full};
use crate::files::{Files, WriteFile};
use crate::manifest::SegmentEntry;
use crate::query::Position;

/// Rows handed to the Parquet writer at once.
const BATCH_ROWS: usize = 1024;

/// Rows of a page: what a lookup has to decode for one event.
const PAGE_ROWS: usize = 256;

/// Rows of a row group: the writer's memory, and the unit other engines skip by.
const GROUP_ROWS: usize = 131_072;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), false);
    Arc::new(Schema::new(vec![
        text("subject"),
        time("time"),
        text("event"),
        text("kind"),
        text("message_id"),
        time("received"),
        Field::new("sequence", DataType::Int64, false),
        text("properties"),
        text("context"),
    ]))
});

/// One event on its way into a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRef<'a> {
    pub subject: &'a str,
    pub position: Position,
    pub name: &'a str,
    pub kind: &'a str,
    pub message_id: &'a str,
    pub received_at_ms: i64,
    pub properties: &'a str,
    pub context: &'a str,
}

/// A segment file being written. Rows must come in the segment's order.
pub(crate) struct SegmentWriter {
    path: PathBuf,
    name: String,
    parquet: ArrowWriter<BufWriter<Sink>>,
    batch: BatchBuilder,
    columns: ColumnsBuilder,
    span: Span,
}

/// A finished file: durable, but not yet named by a manifest.
pub(crate) struct WrittenSegment {
    pub entry: SegmentEntry,
    pub columns: ColumnsBuilder,
}

impl SegmentWriter {
    /// `sequence_base` is the smallest sequence number that comes.
    pub fn create(files: &dyn Files, directory: &Path, name: String, sequence_base: u64) -> Result<Self, StoreError> {
        let path = directory.join(&name);
        let file = files.create(&path).map_err(|error| StoreError::io("create", &path, &error))?;
        let sink = BufWriter::with_capacity(1 << 18, Sink { file, crc32: crc32fast::Hasher::new(), bytes: 0 });
        let parquet = ArrowWriter::try_new(sink, SCHEMA.clone(), Some(properties()))
            .map_err(|error| write_error(&path, error))?;
        Ok(SegmentWriter {
            path,
            name,
            parquet,
            batch: BatchBuilder::default(),
            columns: ColumnsBuilder::new(sequence_base),
            span: Span::NOTHING,
        })
    }

    pub fn push(&mut self, row: RowRef<'_>) -> Result<(), StoreError> {
        self.columns.push(row.subject, row.name, row.position).map_err(|reason| StoreError::Corrupt {
            file: self.path.clone(),
            offset: 0,
            reason: reason.to_owned(),
        })?;
        self.span.add(row.position);
        self.batch.push(row);
        if self.batch.rows == BATCH_ROWS {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// The subject of the last row.
    pub fn last_subject(&self) -> Option<&str> {
        self.columns.last_subject()
    }

    /// Ends the file and returns after its bytes are durable; its name is so after a sync of the folder.
    pub fn finish(mut self, sealed: bool) -> Result<WrittenSegment, StoreError> {
        self.write_batch()?;
        let failed = |error| write_error(&self.path, error);
        let buffered = self.parquet.into_inner().map_err(failed)?;
        let mut sink = buffered.into_inner().map_err(|error| StoreError::io("write", &self.path, error.error()))?;
        sink.file
            .sync()
            .map_err(|error| StoreError::Poisoned { reason: format!("sync {}: {error}", self.path.display()) })?;
        let entry = SegmentEntry {
            file: self.name,
            bytes: sink.bytes,
            crc32: sink.crc32.finalize(),
            events: self.columns.len() as u64,
            first_ms: self.span.first_ms,
            last_ms: self.span.last_ms,
            first_sequence: self.span.first_sequence,
            last_sequence: self.span.last_sequence,
            sealed,
        };
        Ok(WrittenSegment { entry, columns: self.columns })
    }

    fn write_batch(&mut self) -> Result<(), StoreError> {
        let failed = |error: ParquetError| write_error(&self.path, error);
        if self.batch.rows > 0 {
            let batch = self.batch.finish().map_err(|error| failed(error.into()))?;
            self.parquet.write(&batch).map_err(failed)?;
        }
        Ok(())
    }
}

fn properties() -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by("kabinet".to_owned())
        .set_sorting_columns(Some(vec![ascending(0), ascending(1), ascending(6)]));
    for column in ["time", "received", "sequence"] {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_encoding(ColumnPath::from(column), Encoding::DELTA_BINARY_PACKED);
    }
    // A dictionary would have to be read whole for one person's few rows.
    for column in ["message_id", "properties", "context"] {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::None);
    }
    builder.build()
}

fn ascending(column_idx: i32) -> SortingColumn {
    SortingColumn { column_idx, descending: false, nulls_first: false }
}

/// A failed write of a segment; the Parquet library wraps the system's error.
fn write_error(path: &Path, error: ParquetError) -> StoreError {
    if let ParquetError::External(inner) = &error
        && let Some(system) = inner.downcast_ref::<io::Error>()
        && is_disk_full(system)
    {
        return StoreError::io("write", path, system);
    }
    StoreError::Io { action: "write", file: path.to_owned(), reason: error.to_string() }
}

struct Span {
    first_ms: i64,
    last_ms: i64,
    first_sequence: u64,
    last_sequence: u64,
}

impl Span {
    const NOTHING: Span = Span { first_ms: i64::MAX, last_ms: i64::MIN, first_sequence: u64::MAX, last_sequence: 0 };

    fn add(&mut self, position: Position) {
        self.first_ms = self.first_ms.min(position.timestamp_ms);
        self.last_ms = self.last_ms.max(position.timestamp_ms);
        self.first_sequence = self.first_sequence.min(position.sequence);
        self.last_sequence = self.last_sequence.max(position.sequence);
    }
}

/// Lets the Parquet writer write through the injected files.
struct Sink {
    file: Box<dyn WriteFile>,
    crc32: crc32fast::Hasher,
    bytes: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc32.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[derive(Default)]
struct BatchBuilder {
    rows: usize,
    subject: StringBuilder,
    time: TimestampMillisecondBuilder,
    name: StringBuilder,
    kind: StringBuilder,
    message_id: StringBuilder,
    received: TimestampMillisecondBuilder,
    sequence: Int64Builder,
    properties: StringBuilder,
    context: StringBuilder,
}

impl BatchBuilder {
    fn push(&mut self, row: RowRef<'_>) {
        self.rows += 1;
        self.subject.append_value(row.subject);
        self.time.append_value(row.position.timestamp_ms);
        self.name.append_value(row.name);
        self.kind.append_value(row.kind);
        self.message_id.append_value(row.message_id);
        self.received.append_value(row.received_at_ms);
        self.sequence.append_value(row.position.sequence as i64);
        self.properties.append_value(row.properties);
        self.context.append_value(row.context);
    }

    fn finish(&mut self) -> Result<RecordBatch, arrow_schema::ArrowError> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.subject.finish()),
            Arc::new(self.time.finish().with_timezone("UTC")),
            Arc::new(self.name.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.message_id.finish()),
            Arc::new(self.received.finish().with_timezone("UTC")),
            Arc::new(self.sequence.finish()),
            Arc::new(self.properties.finish()),
            Arc::new(self.context.finish()),
        ];
        RecordBatch::try_new(SCHEMA.clone(), columns)
    }
}
