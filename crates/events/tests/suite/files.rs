//! File operations that can fail on demand and that know what a power cut would leave.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use kabinet_events::{Files, Space, SystemFiles, WriteFile};

/// Contents of files by their path below the store's folder.
pub type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// What a power cut before some operation would leave, and how much was acknowledged by then.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Only what was synced: bytes of files, and names of files in folders.
    pub synced: Contents,
    /// Everything, as after a crash of the process alone.
    pub written: Contents,
    /// Acknowledged events by then.
    pub acknowledged: usize,
}

#[derive(Debug, Default)]
struct Disk {
    root: PathBuf,
    next_file: u64,
    /// Names of files as the process sees them.
    names: BTreeMap<PathBuf, u64>,
    /// Names of files as the disk has them.
    synced_names: BTreeMap<PathBuf, u64>,
    written: BTreeMap<u64, Vec<u8>>,
    synced: BTreeMap<u64, Vec<u8>>,
    syncs: u64,
    acknowledged: usize,
    cuts: Option<Vec<Cut>>,
    room: Option<u64>,
    free: Option<u64>,
    failing_syncs: bool,
}

/// The system's files with a ledger beside them.
#[derive(Debug, Clone, Default)]
pub struct LedgerFiles {
    disk: Arc<Mutex<Disk>>,
}

impl LedgerFiles {
    /// For a store in `root`.
    pub fn new(root: &Path) -> Self {
        let files = LedgerFiles::default();
        files.disk().root = root.to_owned();
        files
    }

    /// Writes fail with "no space left" after this many more bytes; `None` for never.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.disk().room = bytes;
    }

    /// The file system says that this many of 1000 bytes are free.
    pub fn set_free(&self, bytes: u64) {
        self.disk().free = Some(bytes);
    }

    /// Syncs of files fail with an input/output error.
    pub fn fail_syncs(&self, fail: bool) {
        self.disk().failing_syncs = fail;
    }

    /// From now on, notes before every operation what a power cut would leave.
    pub fn record_cuts(&self) {
        self.disk().cuts = Some(Vec::new());
    }

    pub fn take_cuts(&self) -> Vec<Cut> {
        self.disk().cuts.take().unwrap_or_default()
    }

    /// Tells the ledger that so many events are acknowledged.
    pub fn acknowledge(&self, count: usize) {
        self.disk().acknowledged += count;
    }

    /// Whether a text stands in a file, after a sync of the file and of its name.
    pub fn is_synced(&self, text: &str) -> bool {
        let disk = self.disk();
        let files = disk.synced_names.values().filter_map(|file| disk.synced.get(file));
        let is_inside = |bytes: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        files.into_iter().any(is_inside)
    }

    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    fn open(&self, path: &Path, file: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        let number = self.disk().know(path);
        Box::new(LedgerFile { files: self.clone(), number, file })
    }
}

impl Disk {
    /// The number of a file; one that stood there before is taken for written, but not for synced.
    fn know(&mut self, path: &Path) -> u64 {
        if let Some(number) = self.names.get(path) {
            return *number;
        }
        self.next_file += 1;
        self.names.insert(path.to_owned(), self.next_file);
        self.written.insert(self.next_file, std::fs::read(path).unwrap_or_default());
        self.next_file
    }

    fn note_cut(&mut self) {
        if self.cuts.is_none() {
            return;
        }
        let cut = Cut {
            synced: self.contents(&self.synced_names, &self.synced),
            written: self.contents(&self.names, &self.written),
            acknowledged: self.acknowledged,
        };
        self.cuts.get_or_insert_default().push(cut);
    }

    fn contents(&self, names: &BTreeMap<PathBuf, u64>, files: &BTreeMap<u64, Vec<u8>>) -> Contents {
        let inside = names.iter().filter_map(|(path, file)| Some((path.strip_prefix(&self.root).ok()?, file)));
        inside.map(|(path, file)| (path.to_owned(), files.get(file).cloned().unwrap_or_default())).collect()
    }
}

impl Files for LedgerFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.disk().note_cut();
        Ok(self.open(path, SystemFiles.create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.open(path, SystemFiles.append(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.note_cut();
        SystemFiles.rename(from, to)?;
        if let Some(file) = disk.names.remove(from) {
            disk.names.insert(to.to_owned(), file);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.note_cut();
        disk.names.remove(path);
        SystemFiles.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.note_cut();
        if !path.starts_with(&disk.root) {
            // The folder around the store is none of the ledger's business.
            return Ok(());
        }
        let is_inside = |file: &Path| file.parent() == Some(path);
        for entry in std::fs::read_dir(path)? {
            let file = entry?.path();
            if file.is_file() {
                disk.know(&file);
            }
        }
        let names: BTreeMap<PathBuf, u64> =
            disk.names.iter().filter(|(file, _)| is_inside(file)).map(|(file, id)| (file.clone(), *id)).collect();
        disk.synced_names.retain(|file, _| !is_inside(file));
        disk.synced_names.extend(names);
        Ok(())
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        match self.disk().free {
            Some(free) => Ok(Space { free, total: 1000 }),
            None => SystemFiles.space(path),
        }
    }
}

struct LedgerFile {
    files: LedgerFiles,
    number: u64,
    file: Box<dyn WriteFile>,
}

impl Write for LedgerFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.files.disk();
        disk.note_cut();
        let fitting = disk.room.map_or(bytes.len(), |room| bytes.len().min(room as usize));
        if fitting == 0 && !bytes.is_empty() {
            return Err(ErrorKind::StorageFull.into());
        }
        // Written in one piece, so that a torn record is one that really was cut.
        self.file.write_all(&bytes[..fitting])?;
        if let Some(room) = &mut disk.room {
            *room -= fitting as u64;
        }
        disk.written.entry(self.number).or_default().extend(&bytes[..fitting]);
        Ok(fitting)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl WriteFile for LedgerFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.files.disk();
        disk.note_cut();
        if disk.failing_syncs {
            return Err(io::Error::other("input/output error"));
        }
        self.file.sync()?;
        disk.syncs += 1;
        let contents = disk.written.get(&self.number).cloned().unwrap_or_default();
        disk.synced.insert(self.number, contents);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.files.disk();
        self.file.truncate(length)?;
        disk.written.entry(self.number).or_default().truncate(length as usize);
        Ok(())
    }
}

/// Lays out a store's folder with these contents.
pub fn lay_out(contents: &Contents) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a folder");
    for (path, bytes) in contents {
        assert!(path.is_relative(), "{} would be written outside the folder", path.display());
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    directory
}
