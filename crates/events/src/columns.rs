//! The part of a segment that stays in memory: 14 bytes an event and 16 a subject.
//!
//! Rows stand in the file's order: by subject, then time, then sequence. A *run* is the rows of one subject. The row's
//! place in these columns is its place in the Parquet file, which is how properties are fetched on demand.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::query::Position;

/// Subject, time, name and sequence of every event of a segment.
pub(crate) struct Columns {
    /// Run → subject.
    subjects: Vec<u32>,
    /// Run → its first row; one more at the end.
    offsets: Vec<u32>,
    /// Subject and run, sorted by subject.
    by_subject: Vec<(u32, u32)>,
    seconds: Vec<u32>,
    millis: Vec<u16>,
    names: Vec<u32>,
    sequence_base: u64,
    sequences: Vec<u32>,
}

impl Columns {
    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    pub fn runs(&self) -> usize {
        self.subjects.len()
    }

    pub fn subject_of_run(&self, run: usize) -> u32 {
        self.subjects[run]
    }

    pub fn rows_of_run(&self, run: usize) -> Range<usize> {
        self.offsets[run] as usize..self.offsets[run + 1] as usize
    }

    /// The rows of a subject, in the order of time.
    pub fn rows_of(&self, subject: u32) -> Range<usize> {
        match self.by_subject.binary_search_by_key(&subject, |(subject, _)| *subject) {
            Ok(place) => self.rows_of_run(self.by_subject[place].1 as usize),
            Err(_) => 0..0,
        }
    }

    /// The subject of a row.
    pub fn subject_of_row(&self, row: usize) -> u32 {
        let run = self.offsets.partition_point(|offset| *offset as usize <= row) - 1;
        self.subjects[run]
    }

    pub fn time(&self, row: usize) -> i64 {
        i64::from(self.seconds[row]) * 1000 + i64::from(self.millis[row])
    }

    pub fn name(&self, row: usize) -> u32 {
        self.names[row]
    }

    pub fn sequence(&self, row: usize) -> u64 {
        self.sequence_base + u64::from(self.sequences[row])
    }

    pub fn position(&self, row: usize) -> Position {
        Position { timestamp_ms: self.time(row), sequence: self.sequence(row) }
    }

    /// The rows of `rows` (one run) that stand before `position`.
    pub fn rows_before(&self, rows: Range<usize>, position: Position) -> Range<usize> {
        let count = partition_point(rows.clone(), |row| self.position(row) < position);
        rows.start..rows.start + count
    }

    /// The rows of `rows` (one run) from `from_ms` on.
    pub fn rows_from(&self, rows: Range<usize>, from_ms: i64) -> Range<usize> {
        let skipped = partition_point(rows.clone(), |row| self.time(row) < from_ms);
        rows.start + skipped..rows.end
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        self.len() * 14 + self.runs() * 16
    }
}

/// How many rows from the start of `rows` fulfil a condition that holds for a first part of them.
fn partition_point(rows: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (rows.start, rows.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low - rows.start
}

/// Collects columns row by row, with numbers of its own for words; [`ColumnsBuilder::resolve`] gives them the store's.
/// So files can be read on several threads at once.
pub(crate) struct ColumnsBuilder {
    run_subjects: Vec<Arc<str>>,
    offsets: Vec<u32>,
    seconds: Vec<u32>,
    millis: Vec<u16>,
    names: Vec<u32>,
    name_codes: HashMap<Arc<str>, u32>,
    name_words: Vec<Arc<str>>,
    last_name: u32,
    sequence_base: u64,
    sequences: Vec<u32>,
}

impl ColumnsBuilder {
    /// `sequence_base` is the smallest sequence number that comes.
    pub fn new(sequence_base: u64) -> Self {
        ColumnsBuilder {
            run_subjects: Vec::new(),
            offsets: Vec::new(),
            seconds: Vec::new(),
            millis: Vec::new(),
            names: Vec::new(),
            name_codes: HashMap::new(),
            name_words: Vec::new(),
            last_name: 0,
            sequence_base,
            sequences: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    /// The subject of the last row.
    pub fn last_subject(&self) -> Option<&str> {
        self.run_subjects.last().map(|subject| &**subject)
    }

    /// Adds the next row; the error says why it cannot stand in a segment.
    pub fn push(&mut self, subject: &str, name: &str, position: Position) -> Result<(), &'static str> {
        let second = u32::try_from(position.timestamp_ms.div_euclid(1000)).map_err(|_| "a time out of range")?;
        let sequence = position
            .sequence
            .checked_sub(self.sequence_base)
            .and_then(|delta| u32::try_from(delta).ok())
            .ok_or("a sequence number out of the segment's range")?;
        if self.last_subject() != Some(subject) {
            self.run_subjects.push(subject.into());
            self.offsets.push(self.len() as u32);
        }
        self.seconds.push(second);
        self.millis.push(position.timestamp_ms.rem_euclid(1000) as u16);
        self.sequences.push(sequence);
        let name = self.name_code(name);
        self.names.push(name);
        Ok(())
    }

    fn name_code(&mut self, name: &str) -> u32 {
        if self.name_words.get(self.last_name as usize).is_some_and(|last| &**last == name) {
            return self.last_name;
        }
        self.last_name = match self.name_codes.get(name) {
            Some(code) => *code,
            None => {
                let word: Arc<str> = name.into();
                let code = self.name_words.len() as u32;
                self.name_words.push(word.clone());
                self.name_codes.insert(word, code);
                code
            }
        };
        self.last_name
    }

    /// The finished columns, with the store's numbers for subjects and names.
    pub fn resolve(mut self, subjects: &mut Dictionary, names: &mut Dictionary) -> Columns {
        let codes: Vec<u32> = self.name_words.iter().map(|word| names.intern(word)).collect();
        self.names.iter_mut().for_each(|name| *name = codes[*name as usize]);
        let run_subjects: Vec<u32> = self.run_subjects.iter().map(|word| subjects.intern(word)).collect();
        let mut by_subject: Vec<(u32, u32)> = run_subjects.iter().copied().zip(0..).collect();
        by_subject.sort_unstable();
        self.offsets.push(self.seconds.len() as u32);
        Columns {
            subjects: run_subjects,
            offsets: self.offsets,
            by_subject,
            seconds: self.seconds,
            millis: self.millis,
            names: self.names,
            sequence_base: self.sequence_base,
            sequences: self.sequences,
        }
    }
}
