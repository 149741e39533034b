//! Where things lie in the repository this crate was built from.

use std::path::{Path, PathBuf};

/// The repository's top folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python interpreter of `.tools/venv`, which holds the packages of
/// `crates/testing/requirements.txt`.
///
/// Panics with the command that makes the environment when it is missing.
#[must_use]
pub fn python() -> PathBuf {
    let python = root().join(".tools/venv/bin/python");
    assert!(python.exists(), "{} is missing. Make it with: ./kabinet tools", python.display());
    python
}
