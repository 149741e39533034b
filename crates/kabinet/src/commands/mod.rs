//! One module a command. Each opens the instance, does one thing, and prints what a script can use.

pub mod audit;
pub mod definition;
pub mod key;
pub mod serve;
pub mod staff;
pub mod workspace;

use std::io::Write;

use kabinet_app::App;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;

/// The instance on disk without its event stores, which a running server holds.
pub async fn open_control(config: Config) -> anyhow::Result<App> {
    Ok(App::open_control(config, Clock::system()).await?)
}

/// Prints one line of result to standard output; everything else goes to standard error.
pub fn print(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
