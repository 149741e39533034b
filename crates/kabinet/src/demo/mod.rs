//! `kabinet demo`: the workspace `replies` with a year of made-up history that goes on by itself.
//!
//! The history comes in through the doors a product uses, over HTTP, so that what is shown is what a product would get.

mod doors;
mod history;
mod live;
mod load;
mod logins;
mod state;

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;
use kabinet_app::features::keys::{self, KeyKind, NewKey};
use kabinet_app::features::{definition, workspaces};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_app::http::error::Problem;
use kabinet_app::{App, jobs, server};
use kabinet_model::definition::Definition;
use kabinet_model::role::Permission;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::commands::{print, serve};
use doors::Doors;
use state::State;

/// Where the demo's data lies unless told otherwise.
pub const DATA: &str = ".kabinet/demo";

const DEFINITION: &str = include_str!("../../../../products/replies.toml");
const SLUG: &str = "replies";

#[derive(Args)]
pub struct Demo {
    /// How many users the made-up product has
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    users: u32,
    /// Another number, another history
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Address and port to listen on
    #[arg(long, env = "KABINET_LISTEN", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
}

impl Demo {
    pub async fn run(self, mut config: Config) -> anyhow::Result<()> {
        let clock = Clock::system();
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}; choose another address with --listen", self.listen))?;
        let mut state = State::load_or_begin(&config.data, self.seed, self.users as usize, clock.now_ms())?;
        let url = format!("http://{}", listener.local_addr()?);
        config.public_url = url.clone();
        let app = App::open(config, clock.clone()).await?;
        let jobs = jobs::start(&app);
        let doors = prepare(&app, &mut state, url.clone()).await?;
        logins::prepare(&app, &mut state).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server::serve(app.clone(), listener, async move {
            drop(stopped.await);
        }));
        tokio::select! {
            outcome = entertain(&doors, state, &clock, &url) => outcome?,
            () = serve::told_to_stop() => {}
        }
        drop(stop);
        serving.await??;
        drop(jobs);
        Ok(app.close().await?)
    }
}

/// Makes the workspace with its definition and keys, unless they are there.
async fn prepare(app: &App, state: &mut State, url: String) -> anyhow::Result<Doors> {
    let workspace = workspaces::create(app, SLUG.parse()?, &Actor::cli()).await?;
    let wanted =
        Definition::parse(DEFINITION).map_err(|errors| anyhow::anyhow!("{}", definition::in_words(&errors)))?;
    if definition::active(&workspace.records, &workspace.slug).await?.definition != wanted {
        let (actor, request) = (Actor::cli(), RequestFacts::default());
        definition::apply(&workspace.records, &workspace.slug, DEFINITION, None, &actor, &request, app.clock.now_ms())
            .await
            .map_err(in_words)?;
        definition::load(&workspace).await?;
    }
    let write_key = match state.write_key.clone() {
        Some(key) => key,
        None => key(app, "Mini app (demo)", KeyKind::Write, vec![]).await?,
    };
    let secret_key = match state.secret_key.clone() {
        Some(key) => key,
        None => {
            let scopes = vec![Permission::EventsWrite, Permission::RecordsWrite];
            key(app, "Server (demo)", KeyKind::Secret, scopes).await?
        }
    };
    state.write_key = Some(write_key.clone());
    state.secret_key = Some(secret_key.clone());
    state.save()?;
    Ok(Doors::new(url, write_key, secret_key))
}

async fn key(app: &App, name: &str, kind: KeyKind, scopes: Vec<Permission>) -> anyhow::Result<String> {
    let new = NewKey {
        name: name.to_owned(),
        kind,
        scopes,
        origins: Vec::new(),
        ip_allow_list: Vec::new(),
        expires_at: None,
    };
    let created = keys::create(app, SLUG, new, &Actor::cli(), &RequestFacts::default()).await;
    Ok(created.map_err(in_words)?.1)
}

fn in_words(problem: Problem) -> anyhow::Error {
    anyhow::anyhow!("{}", problem.detail)
}

/// Tells the history, says where to look, and keeps things happening.
async fn entertain(doors: &Doors, mut state: State, clock: &Clock, url: &str) -> anyhow::Result<()> {
    let (started, now) = (Instant::now(), clock.now_ms());
    print(&format!("Kabinet listens on {url}. Telling it the history of {} users …", state.users))?;
    let users = state.users;
    let told = load::load(doors, &state, now, |told| {
        let line = format!("  {} of {users} users, {} events", told.sellers, told.events);
        // A closed terminal is no reason to stop.
        drop(print(&line));
    })
    .await?;
    state.told_until_ms = now;
    state.save()?;
    let seconds = started.elapsed().as_secs_f64();
    print(&format!(
        "Told {} records and {} new events in {seconds:.1} s ({:.0} a second).",
        told.records,
        told.events,
        (told.records + told.events) as f64 / seconds
    ))?;
    print(&format!("\nOpen {url}/{SLUG}/users and log in as one of these:\n"))?;
    for line in logins::lines(&state)? {
        print(&line)?;
    }
    print("\nEvents keep coming in. Ctrl+C stops the demo; the same command goes on where it stopped.")?;
    live::Live::new(doors.clone(), state, told.live).run().await;
    Ok(())
}
