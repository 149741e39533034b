use std::io::Write;
use std::net::SocketAddr;

use anyhow::bail;
use clap::Args;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;
use kabinet_app::features::setup;
use kabinet_app::{App, jobs, server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, env = "KABINET_LISTEN", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
}

impl Serve {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = App::open(config, Clock::system()).await?;
        let jobs = jobs::start(&app);
        let listener = TcpListener::bind(self.listen).await?;
        super::print(&format!("http://{}", listener.local_addr()?))?;
        tell_setup_link(&app).await;
        tokio::select! {
            served = server::serve(app.clone(), listener, told_to_stop()) => served?,
            reason = jobs::until_broken(&app) => bail!("{reason}; start again to recover from the log"),
        }
        drop(jobs);
        Ok(app.close().await?)
    }
}

/// Returns when the operator or the system wants the program to end.
pub async fn told_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            // Without a handler the signal ends the program by itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("finishing what is under way");
}

/// While there is no staff, tells the operator how to become the first super admin. Serving goes on also when this fails, e.g. on a full disk.
async fn tell_setup_link(app: &App) {
    match setup::renew_token(app).await {
        Ok(None) => {}
        Ok(Some(link)) => {
            let text =
                format!("There is no staff yet. Open this link to become the first super admin:\n\n    {link}\n");
            // Standard output is for scripts. Without a console there is nobody to tell.
            drop(writeln!(std::io::stderr(), "{text}"));
        }
        Err(problem) => tracing::error!(detail = problem.detail, "no link for the first super admin could be made"),
    }
}
