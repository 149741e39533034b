//! The bytes of a log record. All numbers are little-endian; a text is its length (u32) and its UTF-8 bytes.
//!
//! ```text
//! events:  1u8, first sequence u64, written at i64 (ms), count u32, count × event
//! event:   kind u8, time i64 (ms), received i64 (ms), subject, name, message id, properties, context (texts)
//! erasure: 2u8, through sequence u64, written at i64 (ms), count u32, count × subject (text)
//! ```

use std::sync::Arc;

use crate::row::{Row, kind_code, kind_of_code};

const EVENTS: u8 = 1;
const ERASURE: u8 = 2;

/// What one log record says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    /// Events with consecutive numbers.
    Events { first_sequence: u64, written_at_ms: i64, rows: Vec<Row> },
    /// Events of these subjects up to and including `through` are forgotten.
    Erasure { through: u64, subjects: Vec<Arc<str>> },
}

/// Builds the record of one group of events.
pub(crate) struct EventsEncoder {
    bytes: Vec<u8>,
    count: u32,
}

impl EventsEncoder {
    const COUNT_AT: usize = 17;

    pub fn new(first_sequence: u64, written_at_ms: i64) -> Self {
        let mut bytes = vec![EVENTS];
        bytes.extend(first_sequence.to_le_bytes());
        bytes.extend(written_at_ms.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        EventsEncoder { bytes, count: 0 }
    }

    pub fn push(&mut self, row: &Row) {
        self.count += 1;
        self.bytes.push(kind_code(row.kind));
        self.bytes.extend(row.timestamp_ms.to_le_bytes());
        self.bytes.extend(row.received_at_ms.to_le_bytes());
        for text in [&*row.subject, &*row.name, &*row.message_id, &*row.properties, &*row.context] {
            push_text(&mut self.bytes, text);
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes[Self::COUNT_AT..Self::COUNT_AT + 4].copy_from_slice(&self.count.to_le_bytes());
        self.bytes
    }
}

/// The record of an erasure.
pub(crate) fn encode_erasure(through: u64, written_at_ms: i64, subjects: &[Arc<str>]) -> Vec<u8> {
    let mut bytes = vec![ERASURE];
    bytes.extend(through.to_le_bytes());
    bytes.extend(written_at_ms.to_le_bytes());
    bytes.extend((subjects.len() as u32).to_le_bytes());
    for subject in subjects {
        push_text(&mut bytes, subject);
    }
    bytes
}

/// Reads a record; the error says what does not fit.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, &'static str> {
    let mut reader = Reader { bytes };
    let tag = reader.u8()?;
    let sequence = reader.u64()?;
    let written_at_ms = reader.i64()?;
    let count = reader.u32()?;
    let record = match tag {
        EVENTS => {
            let rows =
                (0..count).map(|index| reader.row(sequence + u64::from(index))).collect::<Result<Vec<Row>, _>>()?;
            Record::Events { first_sequence: sequence, written_at_ms, rows }
        }
        ERASURE => {
            let subjects = (0..count).map(|_| reader.text().map(Arc::from)).collect::<Result<_, _>>()?;
            Record::Erasure { through: sequence, subjects }
        }
        _ => return Err("unknown kind of record"),
    };
    if !reader.bytes.is_empty() {
        return Err("bytes left over in a record");
    }
    Ok(record)
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Takes values off the front of a record.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or("a record ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, &'static str> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, &'static str> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Result<i64, &'static str> {
        self.array().map(i64::from_le_bytes)
    }

    fn text(&mut self) -> Result<&'a str, &'static str> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| "a text is not UTF-8")
    }

    fn row(&mut self, sequence: u64) -> Result<Row, &'static str> {
        let kind = kind_of_code(self.u8()?).ok_or("unknown kind of event")?;
        Ok(Row {
            sequence,
            kind,
            timestamp_ms: self.i64()?,
            received_at_ms: self.i64()?,
            subject: self.text()?.into(),
            name: self.text()?.into(),
            message_id: self.text()?.into(),
            properties: self.text()?.into(),
            context: self.text()?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use kabinet_model::event::EventKind;
    use proptest::prelude::*;

    use super::*;

    fn row(sequence: u64, text: &str) -> Row {
        Row {
            sequence,
            subject: format!("u:{text}").into(),
            name: text.into(),
            kind: EventKind::Screen,
            timestamp_ms: 1,
            received_at_ms: -2,
            message_id: text.into(),
            properties: "{}".into(),
            context: format!("{{{text}}}").into(),
        }
    }

    proptest! {
        #[test]
        fn events_survive_the_record(texts in prop::collection::vec(".*", 0..5), first in 1u64..1000) {
            let rows: Vec<Row> =
                texts.iter().zip(first..).map(|(text, sequence)| row(sequence, text)).collect();
            let mut encoder = EventsEncoder::new(first, 77);
            rows.iter().for_each(|row| encoder.push(row));
            let decoded = decode(&encoder.finish());
            prop_assert_eq!(decoded, Ok(Record::Events { first_sequence: first, written_at_ms: 77, rows }));
        }

        #[test]
        fn garbage_is_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut tagged = vec![EVENTS];
            tagged.extend(&bytes);
            let _ = decode(&tagged);
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn an_erasure_survives_the_record() {
        let subjects: Vec<Arc<str>> = vec!["u:1".into(), "a:2".into()];
        let decoded = decode(&encode_erasure(9, 5, &subjects));
        assert_eq!(decoded, Ok(Record::Erasure { through: 9, subjects }));
    }
}
