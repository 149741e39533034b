use kabinet_records::Database;
use serde::Serialize;
use utoipa::ToSchema;

use super::anchor::{self, Head};
use super::search::{self, Found};
use super::{Chain, chains};
use crate::{App, StartError};

/// Whether a chain is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChainVerdict {
    /// `instance`, or a workspace.
    pub chain: String,
    pub ok: bool,
    /// How many entries there are.
    pub entries: i64,
    /// Hash of the newest entry; null when there is none.
    pub head: Option<String>,
    /// The first entry that is not what it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<i64>,
    /// What is wrong with it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Entries read at once.
const PORTION: u64 = 1_000;

/// Checks every chain of the instance: each entry's hash, that none is missing, and the heads that were noted outside of the database.
pub async fn verify_all(app: &App) -> Result<Vec<ChainVerdict>, StartError> {
    let mut verdicts = Vec::new();
    for chain in chains(app).await? {
        verdicts.push(verify(app, &chain).await?);
    }
    Ok(verdicts)
}

/// Checks one chain.
pub(super) async fn verify(app: &App, chain: &Chain) -> Result<ChainVerdict, StartError> {
    let heads: Vec<Head> = anchor::read(app)?.into_iter().filter(|head| head.chain == chain.name).collect();
    let walked = walk(&chain.database, &heads).await?;
    Ok(ChainVerdict {
        chain: chain.name.clone(),
        ok: walked.fault.is_none(),
        entries: walked.entries,
        head: (walked.entries > 0).then_some(walked.hash),
        broken_at: walked.fault.as_ref().map(|(seq, _)| *seq),
        why: walked.fault.map(|(_, why)| why),
    })
}

struct Walk {
    entries: i64,
    hash: String,
    fault: Option<(i64, String)>,
}

async fn walk(database: &Database, heads: &[Head]) -> Result<Walk, StartError> {
    let mut walk = Walk { entries: 0, hash: String::new(), fault: None };
    let mut last_seq = 0;
    loop {
        let portion = search::oldest(database, last_seq, PORTION).await?;
        let Some(last) = portion.last() else { break };
        last_seq = last.entry.seq;
        for found in portion {
            let fault = fault(&found, walk.entries + 1, &walk.hash, heads);
            walk.fault = walk.fault.or(fault);
            walk.entries += 1;
            walk.hash = found.hash;
        }
    }
    // Only a whole chain is compared with its length; a broken one has told its first fault already.
    let cut = heads.iter().filter(|head| head.seq > walk.entries).map(|head| head.seq).max();
    if let (None, Some(seq)) = (&walk.fault, cut) {
        let first = walk.entries + 1;
        walk.fault = Some((
            first,
            format!("Entries {first} to {seq} are missing: {seq} was noted as the newest in audit-heads.jsonl."),
        ));
    }
    Ok(walk)
}

/// What is wrong with one entry, given what must come before it.
fn fault(found: &Found, expected_seq: i64, previous: &str, heads: &[Head]) -> Option<(i64, String)> {
    let entry = &found.entry;
    if entry.seq != expected_seq {
        return Some((expected_seq, format!("Entry {expected_seq} is missing.")));
    }
    if entry.hash(previous) != found.hash {
        return Some((entry.seq, format!("Entry {} was altered, or one before it.", entry.seq)));
    }
    if entry.search_fold() != found.search_fold {
        return Some((entry.seq, format!("Entry {} does not show up in searches as it should.", entry.seq)));
    }
    let noted = heads.iter().find(|head| head.seq == entry.seq && head.hash != found.hash)?;
    Some((
        entry.seq,
        format!("Entry {} is not the one that was noted at {} in audit-heads.jsonl.", entry.seq, noted.at),
    ))
}
