//! The file operations that make events durable, behind a trait, so that tests can count syncs, fill the disk and cut
//! the power. Reading goes straight to the file system.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Room on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Free for this process.
    pub free: u64,
    /// Size of the file system.
    pub total: u64,
}

/// A file open for writing at its end.
pub trait WriteFile: Write + Send {
    /// Returns after everything written is on the disk (fdatasync).
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file at `length` bytes; later writes go there.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// Everything the store does to its folder.
pub trait Files: Send + Sync + fmt::Debug {
    /// Makes a new file; fails when there is one.
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;

    /// Opens an existing file to write at its end.
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;

    /// Puts `from` in the place of `to` at once.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns after creations, renames and removals in a folder are on the disk.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// Room on the file system that holds `path`.
    fn space(&self, path: &Path) -> io::Result<Space>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFiles;

impl Files for SystemFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Box::new(SystemFile(file)))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(SystemFile(OpenOptions::new().append(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let answer = rustix::fs::statvfs(path)?;
        Ok(Space {
            free: answer.f_bavail.saturating_mul(answer.f_frsize),
            total: answer.f_blocks.saturating_mul(answer.f_frsize),
        })
    }
}

/// Opened in append mode, so that a write after a truncation lands at the new end.
struct SystemFile(File);

impl Write for SystemFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteFile for SystemFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
}
