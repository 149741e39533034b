//! The application: everything between an HTTP request and the stores. Features are folders under [`features`]; each shows one public face, its `mod.rs`.

pub mod clock;
pub mod config;
pub mod features;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod mailer;
pub mod secrets;
pub mod server;
pub mod workspace;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kabinet_model::ids::WorkspaceSlug;
use kabinet_records::{Database, RecordError, Schema};

use crate::clock::Clock;
use crate::config::Config;
use crate::features::session::Desk;
use crate::features::workspaces;
use crate::secrets::Secrets;
use crate::workspace::Workspace;

/// One running installation. Cheap to clone; all clones are the same instance.
#[derive(Clone)]
pub struct App(Arc<Instance>);

/// What an instance owns; reached through [`App`]'s `Deref`.
pub struct Instance {
    pub config: Config,
    pub clock: Clock,
    pub secrets: Secrets,
    /// Staff, keys, the list of workspaces.
    pub control: Database,
    /// What signing in needs.
    pub desk: Desk,
    workspaces: ArcSwap<BTreeMap<String, Arc<Workspace>>>,
    opening: tokio::sync::Mutex<()>,
}

impl std::ops::Deref for App {
    type Target = Instance;
    fn deref(&self) -> &Instance {
        &self.0
    }
}

/// Why an instance could not start, or a workspace could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error(transparent)]
    Records(#[from] RecordError),
    #[error("event store: {0}")]
    Events(#[from] kabinet_events::StoreError),
    #[error("{0}")]
    Definition(String),
}

impl App {
    /// Opens the stores of the instance and of every workspace in it.
    pub async fn open(config: Config, clock: Clock) -> Result<App, StartError> {
        let app = App::open_control(config, clock).await?;
        workspaces::open_new(&app).await?;
        Ok(app)
    }

    /// Opens the instance without its workspaces, as the command line does beside a running server.
    pub async fn open_control(config: Config, clock: Clock) -> Result<App, StartError> {
        // The first installation counts; another instance in the same process finds it done.
        drop(rustls::crypto::ring::default_provider().install_default());
        create_private_folder(&config.data)?;
        let secrets = Secrets::load_or_create(&config.data.join("secret.key"))?;
        let control = Database::open(&config.control_location(), Schema::Control).await?;
        Ok(App(Arc::new(Instance {
            desk: Desk::new(&config),
            config,
            clock,
            secrets,
            control,
            workspaces: ArcSwap::from_pointee(BTreeMap::new()),
            opening: tokio::sync::Mutex::default(),
        })))
    }

    /// The workspace of this name, when there is one. Handlers do not call this: they get theirs from [`http::access::Allowed`].
    pub fn workspace(&self, slug: &str) -> Option<Arc<Workspace>> {
        self.workspaces.load().get(slug).cloned()
    }

    pub fn workspaces(&self) -> Vec<Arc<Workspace>> {
        self.workspaces.load().values().cloned().collect()
    }

    pub(crate) async fn open_workspace(&self, slug: WorkspaceSlug) -> Result<Arc<Workspace>, StartError> {
        // One at a time: the jobs and a command may both find that it is not open yet.
        let _turn = self.opening.lock().await;
        if let Some(open) = self.workspace(slug.as_str()) {
            return Ok(open);
        }
        let workspace = Arc::new(Workspace::open(&self.config, slug.clone(), self.clock.clone()).await?);
        self.workspaces.rcu(|current| {
            let mut next = BTreeMap::clone(current);
            next.insert(slug.to_string(), workspace.clone());
            next
        });
        Ok(workspace)
    }

    /// Finishes what is under way and closes the stores.
    pub async fn close(&self) -> Result<(), StartError> {
        for workspace in self.workspaces() {
            workspace.close().await?;
        }
        Ok(self.control.clone().close().await?)
    }
}

/// Only the user the instance runs as may look into its data.
fn create_private_folder(path: &std::path::Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::Io { what: path.display().to_string(), source })
}
