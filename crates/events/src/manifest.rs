//! The one file that says which files count: `manifest.json` in the store's folder.
//!
//! It names the live segments and id files, the first log file that still matters, and the erasures that wait for
//! compaction. It is swapped at once (written beside, synced, renamed, folder synced), so after a crash either the old
//! or the new set of files counts, and everything not named is rubbish to be removed. Why it stands here and not in the
//! record store: `docs/adr/0001-event-manifest-beside-segments.md`.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::files::Files;

/// The format this version writes and reads.
const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";
const NEXT_NAME: &str = "manifest.json.next";

/// A Parquet file of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentEntry {
    pub file: String,
    pub bytes: u64,
    /// crc32 of the file.
    pub crc32: u32,
    pub events: u64,
    pub first_ms: i64,
    pub last_ms: i64,
    pub first_sequence: u64,
    pub last_sequence: u64,
    /// Big enough: merged again only to remove erased events.
    pub sealed: bool,
}

/// A file of message ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdsEntry {
    pub file: String,
    pub last_day: i32,
}

/// Events of `subject` up to `through` are forgotten, but may still stand in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Erasure {
    pub subject: String,
    pub through: u64,
}

/// Which files count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub format: u32,
    /// Every event up to this number is in a segment (or erased).
    pub covered_sequence: u64,
    /// The first log file with records beyond that.
    pub log_from: u64,
    /// Number for the next segment or id file.
    pub next_file: u64,
    pub segments: Vec<SegmentEntry>,
    pub ids: Vec<IdsEntry>,
    pub erasures: Vec<Erasure>,
}

#[derive(Serialize, Deserialize)]
struct OnDisk {
    /// crc32 of the compact JSON of `manifest`, in hexadecimal.
    checksum: String,
    manifest: Manifest,
}

impl Manifest {
    /// The manifest of a new store.
    pub fn new() -> Self {
        Manifest {
            format: FORMAT,
            covered_sequence: 0,
            log_from: 1,
            next_file: 1,
            segments: Vec::new(),
            ids: Vec::new(),
            erasures: Vec::new(),
        }
    }

    /// A name for a new file, never used before.
    pub fn next_name(&mut self, extension: &str) -> String {
        let name = format!("{:010}.{extension}", self.next_file);
        self.next_file += 1;
        name
    }

    /// Whether a file in the segments folder counts.
    pub fn names(&self, file: &str) -> bool {
        self.segments.iter().any(|entry| entry.file == file) || self.ids.iter().any(|entry| entry.file == file)
    }

    /// Reads the manifest of a store; `None` when there is none.
    pub fn load(directory: &Path) -> Result<Option<Manifest>, StoreError> {
        let path = directory.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path, &error)),
        };
        let corrupt = |reason: String| StoreError::Corrupt { file: path.clone(), offset: 0, reason };
        let on_disk: OnDisk = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        if on_disk.manifest.format != FORMAT {
            return Err(corrupt(format!(
                "it has format {}, this version reads {FORMAT}; use the newer version",
                on_disk.manifest.format
            )));
        }
        let checksum = checksum(&on_disk.manifest).map_err(|error| corrupt(error.to_string()))?;
        if checksum != on_disk.checksum {
            return Err(corrupt("its checksum does not fit".to_owned()));
        }
        Ok(Some(on_disk.manifest))
    }

    /// Puts this manifest in the place of the one before. [`StoreError::DiskFull`] leaves the old one standing; with any
    /// other error it is unknown which one stands, so the store is poisoned.
    pub fn swap(&self, files: &dyn Files, directory: &Path) -> Result<(), StoreError> {
        let poisoned = |error: &std::io::Error| StoreError::Poisoned { reason: format!("swap the manifest: {error}") };
        let next = directory.join(NEXT_NAME);
        write_next(self, files, &next)?;
        files.rename(&next, &directory.join(NAME)).map_err(|error| poisoned(&error))?;
        files.sync_directory(directory).map_err(|error| poisoned(&error))
    }
}

fn write_next(manifest: &Manifest, files: &dyn Files, next: &Path) -> Result<(), StoreError> {
    let invalid = |error: serde_json::Error| StoreError::Io {
        action: "encode",
        file: next.to_owned(),
        reason: error.to_string(),
    };
    let on_disk = OnDisk { checksum: checksum(manifest).map_err(invalid)?, manifest: manifest.clone() };
    let bytes = serde_json::to_vec_pretty(&on_disk).map_err(invalid)?;
    if next.exists() {
        files.remove(next).map_err(|error| StoreError::io("remove", next, &error))?;
    }
    let mut file = files.create(next).map_err(|error| StoreError::io("create", next, &error))?;
    file.write_all(&bytes).map_err(|error| StoreError::io("write", next, &error))?;
    file.sync().map_err(|error| StoreError::Poisoned { reason: format!("sync the manifest: {error}") })
}

fn checksum(manifest: &Manifest) -> Result<String, serde_json::Error> {
    Ok(format!("{:08x}", crc32fast::hash(&serde_json::to_vec(manifest)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::SystemFiles;

    #[test]
    fn a_manifest_survives_the_swap_and_damage_shows() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        assert_eq!(Manifest::load(directory.path())?, None);
        let mut manifest = Manifest::new();
        manifest.swap(&SystemFiles, directory.path())?;
        manifest.covered_sequence = 17;
        manifest.erasures.push(Erasure { subject: "u:\u{1F600}\n".to_owned(), through: 3 });
        manifest.swap(&SystemFiles, directory.path())?;
        assert_eq!(Manifest::load(directory.path())?, Some(manifest));

        let path = directory.path().join(NAME);
        let damaged = fs::read_to_string(&path)?.replace("\"covered_sequence\": 17", "\"covered_sequence\": 18");
        fs::write(&path, damaged)?;
        assert!(matches!(Manifest::load(directory.path()), Err(StoreError::Corrupt { .. })));
        Ok(())
    }

    #[test]
    fn a_manifest_of_a_newer_version_is_refused() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let manifest = Manifest { format: FORMAT + 1, ..Manifest::new() };
        manifest.swap(&SystemFiles, directory.path())?;
        let error = Manifest::load(directory.path()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("use the newer version"), "{error}");
        Ok(())
    }
}
