//! The durable log: numbered files of checksummed records, written by one thread.
//!
//! ```text
//! log/0000000001.log
//!   file header:  "KBLOG001" (8 bytes), number of the file u64, salt u32, crc32 of these 20 bytes u32
//!   record:       payload length u32, crc32 of the payload u32, crc32 of these 8 bytes u32, payload (see `codec`)
//! ```
//!
//! The checksums of records start from the file's random salt, so that no text a client sends can pass for a record.
//!
//! One group of events is one record, synced before the next one is written. So a crash can leave at most one torn
//! record, at the very end of the last file. Reading back therefore cuts a record that does not fit when nothing whole
//! follows it, and reports damage when something does. A file is named by the manifest only after its header is synced.
//! Absent by nature: a last record whose bytes went bad *after* it was acknowledged looks exactly like a torn one.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::codec::{self, Record};
use crate::error::StoreError;
use crate::files::{Files, WriteFile};

const MAGIC: &[u8; 8] = b"KBLOG001";
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 12;

/// The most bytes a record's payload may have.
pub(crate) const MOST_RECORD_BYTES: usize = 256 << 20;

/// Path of the log file with this number.
pub(crate) fn log_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.log"))
}

/// Numbers of the log files in a folder, ascending.
pub(crate) fn log_numbers(directory: &Path) -> Result<Vec<u64>, StoreError> {
    let failed = |error| StoreError::io("list", directory, &error);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let (true, Some(number)) = (is_log, number) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The end of the log, open for writing.
pub(crate) struct LogWriter {
    files: Arc<dyn Files>,
    directory: PathBuf,
    path: PathBuf,
    file: Box<dyn WriteFile>,
    number: u64,
    salt: u32,
    length: u64,
    syncs: u64,
}

impl LogWriter {
    /// Makes the log file with this number; its header and its name are durable on return.
    pub fn create(files: Arc<dyn Files>, directory: &Path, number: u64) -> Result<Self, StoreError> {
        let path = log_path(directory, number);
        let salt = random_salt();
        let file = create_file(&*files, directory, &path, number, salt)?;
        let length = FILE_HEADER as u64;
        Ok(LogWriter { files, directory: directory.to_owned(), path, file, number, salt, length, syncs: 1 })
    }

    /// Opens the last log file after reading it back, cutting whatever follows its last whole record.
    pub fn reopen(
        files: Arc<dyn Files>,
        directory: &Path,
        number: u64,
        read_back: ReadBack,
    ) -> Result<Self, StoreError> {
        let whole_length = read_back.whole_length;
        let path = log_path(directory, number);
        let failed = |error| StoreError::io("reopen", &path, &error);
        let mut file = files.append(&path).map_err(failed)?;
        let on_disk = fs::metadata(&path).map_err(failed)?.len();
        if on_disk > whole_length {
            tracing::warn!(file = %path.display(), offset = whole_length, bytes = on_disk - whole_length,
                "cut a torn record at the end of the event log; it was never acknowledged");
            file.truncate(whole_length).map_err(failed)?;
        }
        // What was read back counts as stored from here on, but it and the file's name may be in the page cache alone.
        file.sync().map_err(failed)?;
        files.sync_directory(directory).map_err(failed)?;
        Ok(LogWriter {
            files,
            directory: directory.to_owned(),
            path,
            file,
            number,
            salt: read_back.salt,
            length: whole_length,
            syncs: 1,
        })
    }

    /// Bytes of the file being written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Syncs since opening.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Whether the file being written holds no record.
    pub fn is_empty(&self) -> bool {
        self.length == FILE_HEADER as u64
    }

    /// Writes one record and returns after it is durable. After [`StoreError::Poisoned`] nothing more may be written;
    /// after any other error the log is as it was before.
    pub fn append(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        let frame = record_frame(self.salt, payload);
        if let Err(error) = self.file.write_all(&frame) {
            self.take_back(&error)?;
            return Err(StoreError::io("write", &self.path, &error));
        }
        self.syncs += 1;
        self.file.sync().map_err(|error| poisoned("sync", &self.path, &error))?;
        self.length += frame.len() as u64;
        Ok(())
    }

    /// Goes on in a new file, unless the present one holds nothing. Returns the number of the file that is written now:
    /// every record so far is in files with smaller numbers.
    pub fn rotate(&mut self) -> Result<u64, StoreError> {
        if self.is_empty() {
            return Ok(self.number);
        }
        let number = self.number + 1;
        let path = log_path(&self.directory, number);
        let salt = random_salt();
        match create_file(&*self.files, &self.directory, &path, number, salt) {
            Ok(file) => {
                self.file = file;
                self.salt = salt;
                self.path = path;
                self.number = number;
                self.length = FILE_HEADER as u64;
                self.syncs += 1;
                Ok(number)
            }
            Err(error) => {
                // A half-made file would stand in the way of the next try. It holds nothing.
                if path.exists() && self.files.remove(&path).is_err() {
                    return Err(StoreError::Poisoned { reason: error.to_string() });
                }
                Err(error)
            }
        }
    }

    /// Cuts off what a failed write left. Synced, so that no torn record can stand before a later file.
    fn take_back(&mut self, error: &io::Error) -> Result<(), StoreError> {
        self.syncs += 1;
        let cut = self.file.truncate(self.length).and_then(|()| self.file.sync());
        cut.map_err(|second| StoreError::Poisoned {
            reason: format!("write {}: {error}; then truncate: {second}", self.path.display()),
        })
    }
}

fn create_file(
    files: &dyn Files,
    directory: &Path,
    path: &Path,
    number: u64,
    salt: u32,
) -> Result<Box<dyn WriteFile>, StoreError> {
    let failed = |error| StoreError::io("create", path, &error);
    let mut file = files.create(path).map_err(failed)?;
    file.write_all(&file_header(number, salt)).map_err(failed)?;
    file.sync().map_err(|error| poisoned("sync", path, &error))?;
    files.sync_directory(directory).map_err(|error| poisoned("sync", directory, &error))?;
    Ok(file)
}

fn poisoned(action: &'static str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::Poisoned { reason: format!("{action} {}: {error}", path.display()) }
}

fn random_salt() -> u32 {
    RandomState::new().build_hasher().finish() as u32
}

fn file_header(number: u64, salt: u32) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&number.to_le_bytes());
    header[16..20].copy_from_slice(&salt.to_le_bytes());
    let crc = crc32fast::hash(&header[..20]);
    header[20..].copy_from_slice(&crc.to_le_bytes());
    header
}

fn salted_crc(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(bytes);
    hasher.finalize()
}

fn record_frame(salt: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(RECORD_HEADER + payload.len());
    frame.extend((payload.len() as u32).to_le_bytes());
    frame.extend(salted_crc(salt, payload).to_le_bytes());
    let crc = salted_crc(salt, &frame);
    frame.extend(crc.to_le_bytes());
    frame.extend(payload);
    frame
}

/// What reading a log file back found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadBack {
    /// Bytes up to the end of the last whole record; 0 when not even the header is whole.
    pub whole_length: u64,
    salt: u32,
}

/// Reads a log file, handing every record to `visit`. Only in the `last` file of the log may a torn end be missing.
pub(crate) fn read_log(
    path: &Path,
    number: u64,
    last: bool,
    visit: &mut dyn FnMut(Record) -> Result<(), String>,
) -> Result<ReadBack, StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::io("read", path, &error))?;
    let corrupt =
        |offset: usize, reason: String| StoreError::Corrupt { file: path.to_owned(), offset: offset as u64, reason };
    let Some(salt) = header_salt(&bytes, number) else {
        if last && bytes.len() <= FILE_HEADER {
            return Ok(ReadBack { whole_length: 0, salt: 0 });
        }
        return Err(corrupt(0, "the header of the log file does not fit".to_owned()));
    };
    let mut offset = FILE_HEADER;
    while offset < bytes.len() {
        match whole_record(salt, &bytes[offset..]) {
            Some(payload) => {
                let record = codec::decode(payload).map_err(|reason| corrupt(offset, reason.to_owned()))?;
                visit(record).map_err(|reason| corrupt(offset, reason))?;
                offset += RECORD_HEADER + payload.len();
            }
            None if last && !record_follows(salt, &bytes[offset + 1..]) => break,
            None => {
                return Err(corrupt(offset, "the checksum of a record does not fit".to_owned()));
            }
        }
    }
    Ok(ReadBack { whole_length: offset as u64, salt })
}

fn header_salt(bytes: &[u8], number: u64) -> Option<u32> {
    let header = bytes.get(..FILE_HEADER)?;
    let salt = read_u32(header, 16);
    (header == file_header(number, salt)).then_some(salt)
}

/// The payload of the record at the start of `bytes`, if it is all there and its checksums fit.
fn whole_record(salt: u32, bytes: &[u8]) -> Option<&[u8]> {
    let header = bytes.get(..RECORD_HEADER)?;
    let length = read_u32(header, 0) as usize;
    if read_u32(header, 8) != salted_crc(salt, &header[..8]) {
        return None;
    }
    let payload = bytes.get(RECORD_HEADER..RECORD_HEADER + length)?;
    (read_u32(header, 4) == salted_crc(salt, payload)).then_some(payload)
}

/// Whether a whole record starts anywhere in `bytes`: then what stands before it was synced, and is damaged.
fn record_follows(salt: u32, bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|start| whole_record(salt, &bytes[start..]).is_some())
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
