//! Heads of the chains, written where the database is not. A chain alone cannot show that its newest entries were cut off, or that it was written anew from some point on; a
//! head that was noted outside can. Copy the file away to keep it from whoever may write to the whole machine.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, Result};
use serde::{Deserialize, Serialize};

use super::chains;
use crate::http::time;
use crate::{App, StartError};

/// The newest entry of a chain at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// RFC 3339.
    pub at: String,
    /// `instance`, or a workspace.
    pub chain: String,
    pub seq: i64,
    pub hash: String,
}

/// How often heads are noted.
const EVERY: Duration = Duration::from_secs(60);

/// Notes the head of every chain that has grown, and returns how many had.
pub async fn anchor_heads(app: &App) -> std::result::Result<usize, StartError> {
    let known = newest_of_each(read(app)?);
    let mut lines = Vec::new();
    let mut grown = 0;
    for chain in chains(app).await? {
        let Some((seq, hash)) = head(&chain.database).await? else { continue };
        if known.get(&chain.name).is_some_and(|known| known.seq >= seq) {
            continue;
        }
        let head = Head { at: time::rfc3339(app.clock.now_ms()), chain: chain.name, seq, hash };
        serde_json::to_writer(&mut lines, &head).map_err(|error| io(app)(error.into()))?;
        lines.push(b'\n');
        grown += 1;
    }
    if grown > 0 {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path(app)).map_err(io(app))?;
        file.write_all(&lines).and_then(|()| file.sync_data()).map_err(io(app))?;
    }
    Ok(grown)
}

/// Notes heads every minute, for as long as the instance runs.
pub async fn keep_anchored(app: App) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = anchor_heads(&app).await {
            tracing::warn!(%error, "the heads of the audit log were not noted");
        }
    }
}

/// All noted heads, oldest first. A line that was cut by a crash counts as not written.
pub(super) fn read(app: &App) -> std::result::Result<Vec<Head>, StartError> {
    let text = match std::fs::read_to_string(path(app)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(app)(error)),
    };
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// The newest entry's number and hash.
pub(super) async fn head(database: &Database) -> Result<Option<(i64, String)>> {
    let query = "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1";
    match sql::one(database.reader(), query, vec![]).await? {
        Some(row) => Ok(Some((row.get("seq")?, row.get("hash")?))),
        None => Ok(None),
    }
}

fn newest_of_each(heads: Vec<Head>) -> HashMap<String, Head> {
    heads.into_iter().map(|head| (head.chain.clone(), head)).collect()
}

fn path(app: &App) -> PathBuf {
    app.config.data.join("audit-heads.jsonl")
}

fn io(app: &App) -> impl Fn(std::io::Error) -> StartError {
    let what = path(app).display().to_string();
    move |source| StartError::Io { what: what.clone(), source }
}
