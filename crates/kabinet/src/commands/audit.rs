use anyhow::bail;
use clap::Subcommand;
use kabinet_app::config::Config;
use kabinet_app::features::audit::{self, ChainVerdict};

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check every entry of every audit log; fails when one was altered or is missing
    Verify,
}

impl AuditCommand {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let AuditCommand::Verify = self;
        let app = super::open_control(config).await?;
        let verdicts = audit::verify_all(&app).await?;
        for verdict in &verdicts {
            super::print(&line(verdict))?;
        }
        app.close().await?;
        match verdicts.iter().filter(|verdict| !verdict.ok).count() {
            0 => Ok(()),
            broken => bail!("{broken} of {} audit logs are not what they were", verdicts.len()),
        }
    }
}

fn line(verdict: &ChainVerdict) -> String {
    let ChainVerdict { chain, entries, .. } = verdict;
    match (&verdict.broken_at, &verdict.why) {
        (Some(seq), why) => format!("{chain}: broken at entry {seq}. {}", why.as_deref().unwrap_or_default()),
        (None, _) => format!("{chain}: whole, {entries} entries, head {}", verdict.head.as_deref().unwrap_or("none")),
    }
}
