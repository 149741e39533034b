//! One module a command. Each opens the instance, does one thing, and prints what a script can use.

pub mod key;
pub mod serve;
pub mod workspace;

use std::io::Write;

use kabinet_app::App;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;

/// The instance on disk, for a command that needs it.
pub async fn open(config: Config) -> anyhow::Result<App> {
    Ok(App::open(config, Clock::system()).await?)
}

/// Prints one line of result to standard output; everything else goes to standard error.
pub fn print(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
