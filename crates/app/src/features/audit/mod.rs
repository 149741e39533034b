//! The audit log: every staff action with what was before and after, in a hash chain so that nothing can be altered unnoticed. The instance has one chain, and so has
//! each workspace.

mod anchor;
mod export;
mod http;
mod record;
mod search;
mod verify;

pub use anchor::{anchor_heads, keep_anchored};
pub use record::{Entry, record, record_alone, record_denial};
pub use verify::{ChainVerdict, verify_all};

pub(crate) use http::routes;

use kabinet_records::{Database, Schema};

use crate::features::workspaces;
use crate::{App, StartError};

/// A chain: the instance's, or that of one workspace.
pub(crate) struct Chain {
    /// `instance`, or the slug.
    pub name: String,
    pub database: Database,
}

/// All chains of the instance. At the command line, where no workspace is open, their databases are opened for it.
pub(crate) async fn chains(app: &App) -> Result<Vec<Chain>, StartError> {
    let mut chains = vec![Chain { name: INSTANCE.into(), database: app.control.clone() }];
    for slug in workspaces::list(app).await? {
        let database = match app.workspace(slug.as_str()) {
            Some(workspace) => workspace.records.clone(),
            None => Database::open(&app.config.records_location(&slug), Schema::Workspace).await?,
        };
        chains.push(Chain { name: slug.to_string(), database });
    }
    Ok(chains)
}

/// No workspace can be called so.
pub(crate) const INSTANCE: &str = "instance";
