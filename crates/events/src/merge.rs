//! Merges sorted segments into new ones, reading and writing them as streams.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{RecordBatch, StringArray, TimestampMillisecondArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use crate::days::utc_month;
use crate::error::StoreError;
use crate::files::Files;
use crate::manifest::Manifest;
use crate::query::Position;
use crate::segment::{BodyBatch, ColumnBatch, Segment, SegmentFile};
use crate::segment_writer::{RowRef, SegmentWriter, WrittenSegment};

/// How a merge is done.
pub(crate) struct MergePlan<'a> {
    pub files: &'a dyn Files,
    pub directory: &'a Path,
    /// The size aimed at, in events.
    pub target: usize,
    /// Erased subjects, and up to which sequence number.
    pub erased: &'a BTreeMap<Arc<str>, u64>,
    /// Whether to give up.
    pub stopped: &'a dyn Fn() -> bool,
}

/// Merges `inputs`. Small sums become one file. More than the target is cut into spans of whole months, each near the
/// target; a single month beyond the target is cut between subjects. Only the newest span stays open to be merged again.
pub(crate) fn merge(
    plan: &MergePlan<'_>,
    inputs: &[Arc<Segment>],
    manifest: &mut Manifest,
) -> Result<Vec<WrittenSegment>, StoreError> {
    let spans = month_spans(inputs, plan.target);
    let sequence_base = inputs.iter().map(|segment| segment.entry.first_sequence).min().unwrap_or(0);
    let mut outputs: Vec<Output> = spans.iter().map(|_| Output::default()).collect();
    let mut cursors = open_cursors(inputs)?;
    let mut erasure = CurrentErasure::default();
    let mut count = 0_u64;
    while let Some(mut smallest) = cursors.peek_mut() {
        count += 1;
        if count.is_multiple_of(4096) && (plan.stopped)() {
            return Err(StoreError::Closed);
        }
        let row = smallest.0.row();
        if row.position.sequence > erasure.through(plan.erased, row.subject) {
            let month = utc_month(row.position.timestamp_ms);
            let place = spans.partition_point(|span| span.last_month < month);
            outputs[place].push(plan, manifest, sequence_base, row)?;
        }
        if !smallest.0.advance()? {
            PeekMut::pop(smallest);
        }
    }
    let mut written = Vec::new();
    for (output, span) in outputs.into_iter().zip(&spans) {
        output.finish(span.sealed, &mut written)?;
    }
    Ok(written)
}

/// A span of whole months that becomes one file, or several when it is a single big month.
struct MonthSpan {
    last_month: i32,
    sealed: bool,
}

fn month_spans(inputs: &[Arc<Segment>], target: usize) -> Vec<MonthSpan> {
    let mut months: BTreeMap<i32, usize> = BTreeMap::new();
    for segment in inputs {
        for row in 0..segment.columns.len() {
            *months.entry(utc_month(segment.columns.time(row))).or_default() += 1;
        }
    }
    let mut spans = Vec::new();
    let mut events = 0;
    let mut last_month = i32::MAX;
    for (month, count) in months {
        if events > 0 && events + count > target {
            spans.push(MonthSpan { last_month, sealed: true });
            events = 0;
        }
        events += count;
        last_month = month;
    }
    spans.push(MonthSpan { last_month, sealed: events >= target });
    spans
}

/// The files of one span.
#[derive(Default)]
struct Output {
    open: Option<SegmentWriter>,
    finished: Vec<WrittenSegment>,
}

impl Output {
    fn push(
        &mut self,
        plan: &MergePlan<'_>,
        manifest: &mut Manifest,
        sequence_base: u64,
        row: RowRef<'_>,
    ) -> Result<(), StoreError> {
        let is_full =
            |writer: &SegmentWriter| writer.len() >= plan.target && writer.last_subject() != Some(row.subject);
        if let Some(full) = self.open.take_if(|writer| is_full(writer)) {
            self.finished.push(full.finish(true)?);
        }
        if self.open.is_none() {
            let name = manifest.next_name("parquet");
            self.open = Some(SegmentWriter::create(plan.files, plan.directory, name, sequence_base)?);
        }
        match &mut self.open {
            Some(writer) => writer.push(row),
            None => Ok(()),
        }
    }

    fn finish(self, sealed: bool, written: &mut Vec<WrittenSegment>) -> Result<(), StoreError> {
        written.extend(self.finished);
        if let Some(writer) = self.open {
            written.push(writer.finish(sealed)?);
        }
        Ok(())
    }
}

/// Remembers up to where the current subject is erased: subjects come in runs.
#[derive(Default)]
struct CurrentErasure {
    subject: String,
    through: u64,
}

impl CurrentErasure {
    fn through(&mut self, erased: &BTreeMap<Arc<str>, u64>, subject: &str) -> u64 {
        if erased.is_empty() {
            return 0;
        }
        if self.subject != subject {
            subject.clone_into(&mut self.subject);
            self.through = erased.get(subject).copied().unwrap_or(0);
        }
        self.through
    }
}

fn open_cursors(inputs: &[Arc<Segment>]) -> Result<BinaryHeap<Reverse<Cursor>>, StoreError> {
    let mut cursors = BinaryHeap::new();
    for segment in inputs {
        if let Some(cursor) = Cursor::open(&segment.file)? {
            cursors.push(Reverse(cursor));
        }
    }
    Ok(cursors)
}

/// A place in a segment being read in order.
struct Cursor {
    file: SegmentFile,
    reader: ParquetRecordBatchReader,
    batch: Loaded,
    row: usize,
}

/// The columns of a batch, each found once.
struct Loaded {
    subject: StringArray,
    name: StringArray,
    kind: StringArray,
    message_id: StringArray,
    properties: StringArray,
    context: StringArray,
    received: TimestampMillisecondArray,
    positions: Vec<Position>,
}

impl Loaded {
    fn new(batch: &RecordBatch) -> Result<Self, &'static str> {
        let columns = ColumnBatch::new(batch)?;
        let body = BodyBatch::new(batch)?;
        let received = batch.column_by_name("received").ok_or("a column is missing")?;
        Ok(Loaded {
            subject: columns.subject.clone(),
            name: columns.name.clone(),
            kind: body.kind.clone(),
            message_id: body.message_id.clone(),
            properties: body.properties.clone(),
            context: body.context.clone(),
            received: received
                .as_primitive_opt::<TimestampMillisecondType>()
                .ok_or("a time column has another type")?
                .clone(),
            positions: (0..columns.len()).map(|row| columns.position(row)).collect(),
        })
    }
}

impl Cursor {
    fn open(file: &SegmentFile) -> Result<Option<Self>, StoreError> {
        let mut reader = file.all_batches()?;
        let Some(batch) = next_batch(file, &mut reader)? else {
            return Ok(None);
        };
        Ok(Some(Cursor { file: file.clone(), reader, batch, row: 0 }))
    }

    fn row(&self) -> RowRef<'_> {
        RowRef {
            subject: self.batch.subject.value(self.row),
            position: self.batch.positions[self.row],
            name: self.batch.name.value(self.row),
            kind: self.batch.kind.value(self.row),
            message_id: self.batch.message_id.value(self.row),
            received_at_ms: self.batch.received.value(self.row),
            properties: self.batch.properties.value(self.row),
            context: self.batch.context.value(self.row),
        }
    }

    /// Goes to the next row; `false` when there is none.
    fn advance(&mut self) -> Result<bool, StoreError> {
        self.row += 1;
        if self.row < self.batch.positions.len() {
            return Ok(true);
        }
        let Some(batch) = next_batch(&self.file, &mut self.reader)? else {
            return Ok(false);
        };
        self.batch = batch;
        self.row = 0;
        Ok(true)
    }

    fn key(&self) -> (&str, Position) {
        (self.batch.subject.value(self.row), self.batch.positions[self.row])
    }
}

fn next_batch(file: &SegmentFile, reader: &mut ParquetRecordBatchReader) -> Result<Option<Loaded>, StoreError> {
    for batch in reader {
        let batch = batch.map_err(|error| file.damaged(&error))?;
        if batch.num_rows() > 0 {
            return Loaded::new(&batch).map(Some).map_err(|reason| file.corrupt(reason));
        }
    }
    Ok(None)
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Cursor {}
