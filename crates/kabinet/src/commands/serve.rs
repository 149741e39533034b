use std::net::SocketAddr;

use clap::Args;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;
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
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            tracing::info!("finishing what is under way");
        };
        server::serve(app.clone(), listener, stop).await?;
        drop(jobs);
        Ok(app.close().await?)
    }
}
