//! The `kabinet` program: serves the panel and the API, and lets the operator do at the command line what staff do in the panel.

mod commands;
mod config;
mod demo;

use clap::{Parser, Subcommand};

/// The back office of a subscription product.
#[derive(Parser)]
#[command(name = "kabinet", version, about)]
struct Cli {
    #[command(flatten)]
    options: config::Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the panel and the API
    Serve(commands::serve::Serve),
    /// Serve a made-up product with a year of history, and keep things happening
    Demo(demo::Demo),
    /// Workspaces: one for each product
    #[command(subcommand)]
    Workspace(commands::workspace::Workspace),
    /// API keys
    #[command(subcommand)]
    Key(commands::key::Key),
    /// Definitions: check, plan, apply and roll back
    #[command(subcommand)]
    Definition(commands::definition::DefinitionCommand),
    /// Staff: the people who log into the panel
    #[command(subcommand)]
    Staff(commands::staff::StaffCommand),
    /// The audit log
    #[command(subcommand)]
    Audit(commands::audit::AuditCommand),
    /// Print the OpenAPI description
    Openapi,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(config::log_filter()).init();
    let cli = Cli::parse();
    let data = if matches!(cli.command, Command::Demo(_)) { demo::DATA } else { config::DATA };
    let config = cli.options.config(data)?;
    match cli.command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Demo(demo) => demo.run(config).await,
        Command::Workspace(workspace) => workspace.run(config).await,
        Command::Key(key) => key.run(config).await,
        Command::Definition(definition) => definition.run(config).await,
        Command::Staff(staff) => staff.run(config).await,
        Command::Audit(audit) => audit.run(config).await,
        Command::Openapi => commands::print(&kabinet_app::http::openapi().to_pretty_json()?),
    }
}
