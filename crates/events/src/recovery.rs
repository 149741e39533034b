//! Opening: puts the memory together again from the manifest, the segments, the id files and the log.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use crate::codec::Record;
use crate::columns::ColumnsBuilder;
use crate::days::Days;
use crate::dedup::{Dedup, read_ids, utc_day};
use crate::error::StoreError;
use crate::log::{LogWriter, log_numbers, log_path, read_log};
use crate::manifest::{Manifest, SegmentEntry};
use crate::options::Options;
use crate::row::{Prepared, hash_message_id};
use crate::segment::{Segment, SegmentFile};
use crate::shared::{LOG, SEGMENTS};
use crate::state::State;

/// A store put together again, without its threads.
pub(crate) struct Recovered {
    pub manifest: Manifest,
    pub state: State,
    pub dedup: Dedup,
    pub log: LogWriter,
    /// Keeps other processes out until it is dropped.
    pub lock: File,
}

/// Opens or makes the store in `directory`.
pub(crate) fn recover(directory: &Path, options: &Options) -> Result<Recovered, StoreError> {
    make_folders(directory, options)?;
    let lock = lock(directory)?;
    let manifest = load_manifest(directory, options)?;
    let mut state = State::new(Days::new(options.zone.clone()));
    state.last_sequence = manifest.covered_sequence;
    for erasure in &manifest.erasures {
        state.erase(&[erasure.subject.as_str().into()], erasure.through);
    }
    load_segments(directory, &manifest, &mut state)?;
    let mut dedup = Dedup::new(options.dedup_days);
    for entry in &manifest.ids {
        dedup.extend(read_ids(&directory.join(SEGMENTS).join(&entry.file))?);
    }
    let log = replay_log(directory, options, &manifest, &mut state, &mut dedup)?;
    dedup.expire(utc_day((options.clock)()));
    Ok(Recovered { manifest, state, dedup, log, lock })
}

fn make_folders(directory: &Path, options: &Options) -> Result<(), StoreError> {
    for folder in [directory.to_owned(), directory.join(LOG), directory.join(SEGMENTS)] {
        fs::create_dir_all(&folder).map_err(|error| StoreError::io("create", &folder, &error))?;
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    for folder in parent.into_iter().chain([directory]) {
        let synced = options.files.sync_directory(folder);
        synced.map_err(|error| StoreError::io("sync", folder, &error))?;
    }
    Ok(())
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let failed = |error| StoreError::io("lock", &path, &error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { directory: directory.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn load_manifest(directory: &Path, options: &Options) -> Result<Manifest, StoreError> {
    if let Some(manifest) = Manifest::load(directory)? {
        return Ok(manifest);
    }
    let has_segments = !crate::maintenance::files_of(&directory.join(SEGMENTS))?.is_empty();
    if has_segments || !log_numbers(&directory.join(LOG))?.is_empty() {
        return Err(StoreError::Corrupt {
            file: directory.join("manifest.json"),
            offset: 0,
            reason: "it is missing beside files of events".to_owned(),
        });
    }
    let manifest = Manifest::new();
    manifest.swap(&*options.files, directory)?;
    Ok(manifest)
}

/// Reads the columns of all segments, several files at once.
fn load_segments(directory: &Path, manifest: &Manifest, state: &mut State) -> Result<(), StoreError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for entries in manifest.segments.chunks(threads) {
        let loaded: Vec<Result<_, StoreError>> = std::thread::scope(|scope| {
            let handles: Vec<_> = entries.iter().map(|entry| scope.spawn(|| load_segment(directory, entry))).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for (entry, loaded) in entries.iter().zip(loaded) {
            let (file, columns) = loaded?;
            let columns = state.resolve(columns);
            state.add_loaded_segment(Segment { entry: entry.clone(), columns, file });
        }
    }
    Ok(())
}

fn load_segment(directory: &Path, entry: &SegmentEntry) -> Result<(SegmentFile, ColumnsBuilder), StoreError> {
    let file = SegmentFile::open(&directory.join(SEGMENTS).join(&entry.file))?;
    let columns = file.load_columns(entry)?;
    Ok((file, columns))
}

fn replay_log(
    directory: &Path,
    options: &Options,
    manifest: &Manifest,
    state: &mut State,
    dedup: &mut Dedup,
) -> Result<LogWriter, StoreError> {
    let log = directory.join(LOG);
    let numbers: Vec<u64> = log_numbers(&log)?.into_iter().filter(|number| *number >= manifest.log_from).collect();
    check_numbers(&log, &numbers, manifest)?;
    let mut writer = None;
    for (place, number) in numbers.iter().enumerate() {
        let last = place + 1 == numbers.len();
        let path = log_path(&log, *number);
        let read_back = read_log(&path, *number, last, &mut |record| apply(record, state, dedup))?;
        if last && read_back.whole_length > 0 {
            writer = Some(LogWriter::reopen(options.files.clone(), &log, *number, read_back)?);
        } else if last {
            // A crash came while the file was being made; nothing was written to it yet.
            options.files.remove(&path).map_err(|error| StoreError::io("remove", &path, &error))?;
            writer = Some(LogWriter::create(options.files.clone(), &log, *number)?);
        }
    }
    match writer {
        Some(writer) => Ok(writer),
        None => LogWriter::create(options.files.clone(), &log, manifest.log_from),
    }
}

/// The log must go on without a gap from where the manifest says.
fn check_numbers(log: &Path, numbers: &[u64], manifest: &Manifest) -> Result<(), StoreError> {
    let missing = |number: u64| StoreError::Corrupt {
        file: log_path(log, number),
        offset: 0,
        reason: "this log file is missing".to_owned(),
    };
    if numbers.is_empty() && manifest.log_from > 1 {
        return Err(missing(manifest.log_from));
    }
    for (expected, number) in (manifest.log_from..).zip(numbers) {
        if expected != *number {
            return Err(missing(expected));
        }
    }
    Ok(())
}

fn apply(record: Record, state: &mut State, dedup: &mut Dedup) -> Result<(), String> {
    match record {
        Record::Events { first_sequence, written_at_ms, rows } => {
            if first_sequence != state.last_sequence + 1 {
                return Err(format!("event {first_sequence} follows event {}", state.last_sequence));
            }
            let day = utc_day(written_at_ms);
            for row in rows {
                let id_hash = hash_message_id(&row.message_id);
                dedup.insert(day, id_hash);
                state.add_event(Prepared { row, id_hash }, day);
            }
        }
        Record::Erasure { through, subjects } => {
            if through > state.last_sequence {
                return Err(format!("an erasure reaches beyond event {}", state.last_sequence));
            }
            let subjects: Vec<Arc<str>> = subjects;
            state.erase(&subjects, through);
        }
    }
    Ok(())
}
