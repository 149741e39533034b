//! Message ids that were acknowledged, so that a retry stores nothing twice.
//!
//! An id is kept as 128 bits of its SHA-256, in a bucket for the UTC day it was acknowledged on, for `dedup_days` whole
//! days (7 at least). Past days are sorted lists (16 bytes an id), the present day is a set. The index has the log's
//! durability: it is rebuilt from the log and from the id files, one of which is written with every flush, before the
//! log that holds the same ids goes. Erasing a subject leaves the hashes: a retry must not bring an erased event back.
//!
//! ```text
//! segments/0000000007.ids:  "KBIDS001", day count u32, per day: day i32 (since 1970), count u32, count × u128,
//!                           crc32 of all before u32
//! ```

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use crate::error::StoreError;

const MAGIC: &[u8; 8] = b"KBIDS001";
const DAY_MS: i64 = 86_400_000;

/// Hashes of message ids by the day of acknowledgement.
pub(crate) type IdsByDay = BTreeMap<i32, Vec<u128>>;

/// Number of the UTC day, since 1970.
pub(crate) fn utc_day(ms: i64) -> i32 {
    ms.div_euclid(DAY_MS) as i32
}

/// The ids of the last days.
pub(crate) struct Dedup {
    days: BTreeMap<i32, DayIds>,
    keep_days: i32,
}

#[derive(Default)]
struct DayIds {
    sorted: Vec<u128>,
    fresh: HashSet<u128>,
}

impl DayIds {
    fn contains(&self, id: u128) -> bool {
        self.fresh.contains(&id) || self.sorted.binary_search(&id).is_ok()
    }

    fn settle(&mut self) {
        if !self.fresh.is_empty() {
            self.sorted.extend(std::mem::take(&mut self.fresh));
            self.sorted.sort_unstable();
        }
    }
}

impl Dedup {
    pub fn new(keep_days: u16) -> Self {
        Dedup { days: BTreeMap::new(), keep_days: i32::from(keep_days.max(7)) }
    }

    pub fn contains(&self, id: u128) -> bool {
        self.days.values().any(|day| day.contains(id))
    }

    pub fn insert(&mut self, day: i32, id: u128) {
        if !self.days.contains_key(&day) {
            self.days.values_mut().for_each(DayIds::settle);
        }
        self.days.entry(day).or_default().fresh.insert(id);
    }

    /// Takes over the ids of a file.
    pub fn extend(&mut self, ids: IdsByDay) {
        for (day, ids) in ids {
            let bucket = self.days.entry(day).or_default();
            bucket.sorted.extend(ids);
            bucket.sorted.sort_unstable();
        }
    }

    /// Forgets the days that are over for longer than ids are kept.
    pub fn expire(&mut self, today: i32) {
        let keep_days = self.keep_days;
        self.days.retain(|day, _| is_kept(*day, today, keep_days));
    }

    pub fn len(&self) -> u64 {
        self.days.values().map(|day| (day.sorted.len() + day.fresh.len()) as u64).sum()
    }
}

/// Whether ids acknowledged on `day` still count on the day `today`.
pub(crate) fn is_kept(day: i32, today: i32, keep_days: i32) -> bool {
    day >= today - keep_days
}

/// The bytes of an id file.
pub(crate) fn encode_ids(ids: &IdsByDay) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((ids.len() as u32).to_le_bytes());
    for (day, ids) in ids {
        bytes.extend(day.to_le_bytes());
        bytes.extend((ids.len() as u32).to_le_bytes());
        for id in ids {
            bytes.extend(id.to_le_bytes());
        }
    }
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// Reads an id file.
pub(crate) fn read_ids(path: &Path) -> Result<IdsByDay, StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::io("read", path, &error))?;
    decode_ids(&bytes).ok_or_else(|| StoreError::Corrupt {
        file: path.to_owned(),
        offset: 0,
        reason: "the checksum or shape of the message ids does not fit".to_owned(),
    })
}

fn decode_ids(bytes: &[u8]) -> Option<IdsByDay> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut ids = IdsByDay::new();
    for _ in 0..u32::from_le_bytes(take(&mut rest)?) {
        let day = i32::from_le_bytes(take(&mut rest)?);
        let count = u32::from_le_bytes(take(&mut rest)?);
        let hashes = (0..count).map(|_| take(&mut rest).map(u128::from_le_bytes)).collect::<Option<_>>()?;
        ids.insert(day, hashes);
    }
    rest.is_empty().then_some(ids)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_file() {
        let ids = IdsByDay::from([(20_000, vec![1, u128::MAX]), (20_001, vec![])]);
        let mut bytes = encode_ids(&ids);
        assert_eq!(decode_ids(&bytes), Some(ids));
        bytes[14] ^= 1;
        assert_eq!(decode_ids(&bytes), None);
    }

    #[test]
    fn an_id_is_known_for_seven_whole_days_at_least() {
        let mut dedup = Dedup::new(1);
        dedup.insert(100, 1);
        dedup.insert(101, 2);
        dedup.expire(107);
        assert!(dedup.contains(1) && dedup.contains(2));
        dedup.expire(108);
        assert!(!dedup.contains(1) && dedup.contains(2));
        assert_eq!(dedup.len(), 1);
    }
}
