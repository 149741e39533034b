use std::io::BufRead;

use anyhow::{Context, bail};
use clap::Subcommand;
use kabinet_app::config::Config;
use kabinet_app::features::staff::{self, Access, Added, Network, NewStaff};
use kabinet_app::features::workspaces;
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_app::http::error::Problem;
use kabinet_model::role::{Permission, Role};

#[derive(Subcommand)]
pub enum StaffCommand {
    /// Add somebody; prints an invitation link, or with a password their id
    Add(Add),
    /// Remove authenticator app, passkeys and recovery codes of somebody who lost them all, and end their sessions
    ResetSecondFactor {
        #[arg(long)]
        email: String,
    },
}

#[derive(clap::Args)]
pub struct Add {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// super_admin, support, analyst or readonly
    #[arg(long)]
    role: Role,
    /// Workspaces the person may enter, separated by commas; all when unset
    #[arg(long, value_delimiter = ',')]
    workspaces: Vec<String>,
    /// Permissions beside those of the role, separated by commas
    #[arg(long, value_delimiter = ',')]
    extra_permissions: Vec<Permission>,
    /// Addresses or ranges (CIDR) the person may come from, separated by commas; any when unset
    #[arg(long, value_delimiter = ',')]
    ip_allow_list: Vec<Network>,
    /// The person's password; unset, they choose one through the invitation
    #[arg(long, env = "KABINET_STAFF_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Read the password from the first line of standard input, where other users of the machine cannot see it
    #[arg(long, conflicts_with = "password")]
    password_stdin: bool,
}

impl StaffCommand {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = super::open_control(config).await?;
        match self {
            StaffCommand::Add(add) => add.run(&app).await?,
            StaffCommand::ResetSecondFactor { email } => {
                staff::reset_second_factor(&app, &email, &Actor::cli(), &RequestFacts::default())
                    .await
                    .map_err(told)?;
            }
        }
        Ok(app.close().await?)
    }
}

impl Add {
    async fn run(self, app: &kabinet_app::App) -> anyhow::Result<()> {
        let known = workspaces::list(app).await?;
        if let Some(slug) = self.workspaces.iter().find(|slug| !known.iter().any(|known| known.as_str() == *slug)) {
            bail!("there is no workspace {slug}; `kabinet workspace list` prints them");
        }
        let password = match self.password_stdin {
            true => Some(first_line()?),
            false => self.password,
        };
        let access = Access {
            role: self.role,
            extra_permissions: self.extra_permissions,
            workspaces: (!self.workspaces.is_empty()).then_some(self.workspaces),
            ip_allow_list: self.ip_allow_list,
        };
        let new = NewStaff { email: self.email, name: self.name, access, password };
        match staff::add(app, new, &Actor::cli(), &RequestFacts::default()).await.map_err(told)? {
            Added::Staff(staff) => super::print(&staff.id),
            Added::Invited { link } => super::print(&link),
        }
    }
}

fn first_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A problem as a line for the operator.
fn told(problem: Problem) -> anyhow::Error {
    let details =
        problem.errors.iter().map(|error| format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail));
    let details: Vec<String> = details.collect();
    anyhow::anyhow!(if details.is_empty() { problem.detail } else { details.join("\n") })
}
