//! A running instance for tests: on SQLite or PostgreSQL, on a port of its own, with a clock that stands where the test puts it.

use std::net::SocketAddr;
use std::sync::Arc;

use kabinet_app::App;
use kabinet_app::clock::Clock;
use kabinet_app::config::{Config, DatabaseUrl};
use kabinet_app::features::keys::{self, KeyKind, NewKey};
use kabinet_app::features::staff::PasswordCost;
use kabinet_app::features::{definition, workspaces};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_app::server;
use kabinet_app::workspace::Workspace;
use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use kabinet_testing::postgres;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// 2026-03-10T12:00:00Z, a Tuesday.
pub const NOON: i64 = 1_773_144_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub struct TestApp {
    pub app: App,
    pub clock: Clock,
    pub url: String,
    pub http: reqwest::Client,
    _data: TempDir,
    _database: Option<postgres::Database>,
    _stop: oneshot::Sender<()>,
}

impl TestApp {
    /// An instance with an empty workspace `replies`.
    pub async fn start(engine: Engine) -> TestApp {
        TestApp::start_with(engine, |_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Config)) -> TestApp {
        let data = tempfile::tempdir().unwrap();
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres::database()),
        };
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::in_folder(data.path());
        // Browsers offer passkeys under a name only, not under an IP address.
        config.public_url = format!("http://localhost:{}", address.port());
        config.database_url = database.as_ref().map(|database| DatabaseUrl(database.url().to_owned()));
        config.free_space_floor = Some(0);
        config.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
        config.staff_requests_per_minute = 100_000;
        change(&mut config);
        let clock = Clock::standing(NOON);
        let app = App::open(config, clock.clone()).await.unwrap();
        workspaces::create(&app, "replies".parse().unwrap(), &Actor::system()).await.unwrap();
        let url = format!("http://{address}");
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server::serve(app.clone(), listener, async move {
            let _ = stopped.await;
        }));
        TestApp { app, clock, url, http: reqwest::Client::new(), _data: data, _database: database, _stop: stop }
    }

    /// Puts `products/replies.toml` in force.
    pub async fn apply_replies(&self) {
        let workspace = self.app.workspace("replies").unwrap();
        let text = replies_definition();
        let actor = Actor::system();
        definition::apply(
            &workspace.records,
            &workspace.slug,
            &text,
            None,
            &actor,
            &RequestFacts::default(),
            self.clock.now_ms(),
        )
        .await
        .unwrap();
        assert!(definition::reload(&workspace).await.unwrap());
    }

    pub fn workspace(&self) -> Arc<Workspace> {
        self.app.workspace("replies").unwrap()
    }

    /// A key of `replies` that may do everything.
    pub async fn admin_key(&self) -> String {
        self.secret_key(Permission::ALL).await
    }

    /// The answer to `GET /api/v1/replies{path}`: its status and its JSON.
    pub async fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(&format!("/api/v1/replies{path}"))).bearer_auth(key).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// The answer to a request with a body at `/api/v1/replies{path}`; its JSON is null when it has none.
    pub async fn send(&self, method: reqwest::Method, key: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method, self.url(&format!("/api/v1/replies{path}"))).bearer_auth(key);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// The actions on things of a kind that the audit log of `replies` holds, in order.
    pub async fn audited(&self, entity_kind: &str) -> Vec<String> {
        let query = "SELECT action FROM audit_entry WHERE entity_kind = $1 ORDER BY seq";
        let rows = sql::all(self.workspace().records.reader(), query, vec![entity_kind.into()]).await.unwrap();
        rows.iter().map(|row| row.get("action").unwrap()).collect()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A public write key of `replies`.
    pub async fn write_key(&self) -> String {
        self.key(KeyKind::Write, &[], &[]).await
    }

    /// A secret key of `replies` with these scopes.
    pub async fn secret_key(&self, scopes: &[Permission]) -> String {
        self.key(KeyKind::Secret, scopes, &[]).await
    }

    /// A public write key of `replies` for pages on these origins.
    pub async fn browser_key(&self, origins: &[&str]) -> String {
        self.key(KeyKind::Write, &[], origins).await
    }

    async fn key(&self, kind: KeyKind, scopes: &[Permission], origins: &[&str]) -> String {
        let new = NewKey {
            name: "test".into(),
            kind,
            scopes: scopes.to_vec(),
            origins: origins.iter().map(ToString::to_string).collect(),
            ip_allow_list: vec![],
            expires_at: None,
        };
        keys::create(&self.app, "replies", new, &Actor::system(), &RequestFacts::default()).await.unwrap().1
    }
}

/// Expands an `async fn name(engine: Engine)` into one test for each database.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)*) => {
        $(
            mod $name {
                use super::*;

                async fn run($app: TestApp) $body

                $(#[$attribute])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    run(TestApp::start(support::Engine::Sqlite).await).await;
                }

                $(#[$attribute])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    run(TestApp::start(support::Engine::Postgres).await).await;
                }
            }
        )*
    };
}

/// The definition of `replies` as it ships.
pub fn replies_definition() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../products/replies.toml")).unwrap()
}
