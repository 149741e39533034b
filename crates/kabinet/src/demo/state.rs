//! What the demo remembers in its data folder: what its history is made from, how far it was told, its keys and passwords.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::history::Story;

const FILE: &str = "demo.json";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub seed: u64,
    pub users: usize,
    /// When the demo was first started, in milliseconds since the epoch.
    pub started_ms: i64,
    /// The history was told up to here.
    #[serde(default)]
    pub told_until_ms: i64,
    #[serde(default)]
    pub write_key: Option<String>,
    #[serde(default)]
    pub secret_key: Option<String>,
    /// By e-mail.
    #[serde(default)]
    pub passwords: BTreeMap<String, String>,
    /// What live traffic took beside the history, by user id.
    #[serde(default)]
    pub live: BTreeMap<String, Spent>,
    #[serde(skip)]
    path: PathBuf,
}

/// Tokens a user spent in live traffic, and for how many answers.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Spent {
    pub tokens: i64,
    pub answers: i64,
}

impl State {
    /// The demo in this folder, or the beginning of one.
    pub fn load_or_begin(data: &Path, seed: u64, users: usize, now_ms: i64) -> anyhow::Result<State> {
        let path = data.join(FILE);
        if !path.exists() {
            if data.join("kabinet.db").exists() {
                bail!("{} holds an instance that is no demo; choose another folder with --data", data.display());
            }
            fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
            let state = State {
                seed,
                users,
                started_ms: now_ms,
                told_until_ms: 0,
                write_key: None,
                secret_key: None,
                passwords: BTreeMap::new(),
                live: BTreeMap::new(),
                path,
            };
            state.save()?;
            return Ok(state);
        }
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut state: State =
            serde_json::from_slice(&text).with_context(|| format!("cannot read {}", path.display()))?;
        if (state.seed, state.users) != (seed, users) {
            bail!(
                "{} holds a demo with --seed {} --users {}. Start it with these, remove the folder, or choose another one with --data.",
                data.display(),
                state.seed,
                state.users
            );
        }
        state.path = path;
        Ok(state)
    }

    /// Replaces the file whole; only its owner may read it, for it holds passwords.
    pub fn save(&self) -> anyhow::Result<()> {
        let draft = self.path.with_extension("draft");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        fs::rename(&draft, &self.path).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// The history up to `now_ms`.
    pub fn story(&self, now_ms: i64) -> Story {
        Story { seed: self.seed, sellers: self.users, started_ms: self.started_ms, until_ms: now_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_folder_keeps_its_demo() {
        let data = tempfile::tempdir().unwrap();
        let mut state = State::load_or_begin(data.path(), 1, 50, 1_000).unwrap();
        state.told_until_ms = 7;
        state.save().unwrap();
        let again = State::load_or_begin(data.path(), 1, 50, 9_999).unwrap();
        assert_eq!((again.started_ms, again.told_until_ms), (1_000, 7));
        let refused = State::load_or_begin(data.path(), 2, 50, 9_999).unwrap_err();
        assert!(refused.to_string().contains("--seed 1 --users 50"), "{refused}");
    }

    #[test]
    fn another_instances_folder_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("kabinet.db"), "").unwrap();
        assert!(State::load_or_begin(data.path(), 1, 50, 0).is_err());
    }
}
