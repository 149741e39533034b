//! Who may do what, for every route of the API's description: what a route declares in `security(…)` is compared with what its handler does, for every kind of caller.
//!
//! A route declares one of
//! - `security(())`: open to all,
//! - `security(("staff" = []))`: any signed-in staff member, about themselves,
//! - `security(("staff" = ["users.read"]))`: staff or, below a workspace, a secret key with this permission,
//! - `security(("write_key" = []))`: a write key of a workspace,
//! - `security(("secret_key" = ["events.write"]))`: a secret key with this permission, but no session.
//!
//! Several of them are alternatives.

use std::fmt;

use kabinet_app::features::keys::{self, KeyKind, NewKey};
use kabinet_app::features::staff::Access;
use kabinet_app::features::workspaces;
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::{Permission, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::browser::{Browser, email_of};
use crate::support::{self, TestApp};

const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Declared {
    Open,
    Session,
    Permission(Permission),
    WriteKey,
    SecretKey(Permission),
}

struct Route {
    method: Method,
    path: String,
    declared: Vec<Declared>,
}

impl Route {
    fn is_in_workspace(&self) -> bool {
        self.path.contains("{workspace}")
    }

    /// The path with every parameter filled: the test's workspace, and things that do not exist.
    fn example(&self) -> String {
        let parts = self.path.split('/').map(|part| match part {
            "{workspace}" => "replies",
            "{call}" => "track",
            part if part.starts_with('{') => NOBODYS,
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    fn permissions(&self) -> Vec<Permission> {
        let permission = |declared: &Declared| match declared {
            Declared::Permission(permission) | Declared::SecretKey(permission) => Some(*permission),
            Declared::Open | Declared::Session | Declared::WriteKey => None,
        };
        self.declared.iter().filter_map(permission).collect()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6} {}", self.method.as_str(), self.path)
    }
}

/// All routes of the description; those with a missing or unknown declaration in words.
fn routes() -> (Vec<Route>, Vec<String>) {
    let description = serde_json::to_value(kabinet_app::http::openapi()).unwrap();
    let (mut routes, mut faults) = (Vec::new(), Vec::new());
    for (path, item) in description["paths"].as_object().unwrap() {
        for (name, operation) in item.as_object().unwrap() {
            let Ok(method) = name.to_uppercase().parse::<Method>() else { continue };
            if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                continue;
            }
            let declared = operation["security"]
                .as_array()
                .map(|alternatives| alternatives.iter().map(declared).collect::<Result<Vec<_>, _>>());
            match declared {
                Some(Ok(declared)) if !declared.is_empty() => {
                    routes.push(Route { method, path: path.clone(), declared })
                }
                Some(Err(fault)) => faults.push(format!("{method} {path}: {fault}")),
                _ => faults
                    .push(format!("{method} {path}: declares no security(…); see the top of this file for the forms")),
            }
        }
    }
    (routes, faults)
}

fn declared(alternative: &Value) -> Result<Declared, String> {
    let schemes: Vec<_> = alternative.as_object().unwrap().iter().collect();
    let permission = |scope: &Value| scope.as_str().unwrap().parse::<Permission>().map_err(|error| error.to_string());
    match schemes.as_slice() {
        [] => Ok(Declared::Open),
        [(name, scopes)] => match (name.as_str(), scopes.as_array().unwrap().as_slice()) {
            ("staff", []) => Ok(Declared::Session),
            ("staff", [scope]) => permission(scope).map(Declared::Permission),
            ("secret_key", [scope]) => permission(scope).map(Declared::SecretKey),
            ("write_key", []) => Ok(Declared::WriteKey),
            _ => Err(format!("cannot read {alternative}")),
        },
        _ => Err(format!("cannot read {alternative}")),
    }
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    Role(Role),
    /// A super admin who may enter another workspace only.
    Elsewhere,
    WriteKey,
    /// A secret key with exactly the permissions the route declares.
    KeyWith,
    /// A secret key with all other permissions.
    KeyWithout,
    /// A secret key of another workspace with all permissions.
    ForeignKey,
}

const CALLERS: [Caller; 10] = [
    Caller::Nobody,
    Caller::Role(Role::SuperAdmin),
    Caller::Role(Role::Support),
    Caller::Role(Role::Analyst),
    Caller::Role(Role::Readonly),
    Caller::Elsewhere,
    Caller::WriteKey,
    Caller::KeyWith,
    Caller::KeyWithout,
    Caller::ForeignKey,
];

/// What a caller must meet with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    /// 401
    Unknown,
    /// 404 for the whole workspace, so that its existence is not told.
    Hidden,
    /// 403
    Refused,
    /// Anything that is not a refusal.
    Passes,
    /// Anything but 401: some routes ask for more in their handler.
    Known,
}

fn expected(route: &Route, caller: Caller) -> Expected {
    let alternatives = route.declared.iter().map(|declared| expected_of(declared, caller, route.is_in_workspace()));
    alternatives.max().unwrap_or(Expected::Unknown)
}

fn expected_of(declared: &Declared, caller: Caller, in_workspace: bool) -> Expected {
    use Expected::{Hidden, Known, Passes, Refused, Unknown};
    let passes_if = |allowed: bool| if allowed { Passes } else { Refused };
    match (declared, caller) {
        (Declared::Open, _) => Passes,
        (_, Caller::Nobody) => Unknown,
        (Declared::Session, Caller::Role(_) | Caller::Elsewhere) => Passes,
        (Declared::Session, _) => Unknown,
        (Declared::WriteKey, Caller::WriteKey) => Passes,
        (Declared::WriteKey, _) => Unknown,
        (Declared::SecretKey(_), Caller::Role(_) | Caller::Elsewhere) => Unknown,
        (Declared::Permission(permission), Caller::Role(role)) => passes_if(role.permissions().allows(*permission)),
        (Declared::Permission(_), Caller::Elsewhere) if in_workspace => Hidden,
        (Declared::Permission(_), Caller::Elsewhere) => Known,
        (Declared::Permission(_), _) if !in_workspace => Refused,
        // Outside of a workspace's path the key itself tells the workspace.
        (Declared::SecretKey(_), Caller::ForeignKey) if !in_workspace => Passes,
        (Declared::Permission(permission) | Declared::SecretKey(permission), Caller::WriteKey) => {
            passes_if(*permission == Permission::EventsWrite)
        }
        (Declared::Permission(_) | Declared::SecretKey(_), Caller::KeyWith) => Passes,
        (Declared::Permission(_) | Declared::SecretKey(_), Caller::KeyWithout) => Refused,
        (Declared::Permission(_) | Declared::SecretKey(_), Caller::ForeignKey) => Hidden,
    }
}

fn agrees(expected: Expected, answer: &Met) -> bool {
    match expected {
        Expected::Unknown => answer.status == 401,
        Expected::Refused => answer.status == 403,
        Expected::Hidden => answer.hides_the_workspace(),
        Expected::Known => answer.status != 401,
        Expected::Passes => !matches!(answer.status, 401 | 403 | 405 | 500..) && !answer.hides_the_workspace(),
    }
}

/// What a caller met with.
struct Met {
    status: u16,
    detail: String,
}

impl Met {
    /// A 404 for something inside the workspace says what is missing.
    fn hides_the_workspace(&self) -> bool {
        self.status == 404 && (self.detail.contains("workspace") || self.detail.contains("route"))
    }
}

struct Cast<'a> {
    app: &'a TestApp,
    people: Vec<(Caller, Browser, String)>,
    write_key: String,
    foreign_key: String,
}

impl Cast<'_> {
    async fn gather(app: &TestApp) -> Cast<'_> {
        workspaces::create(&app.app, "other".parse().unwrap(), &Actor::system()).await.unwrap();
        let mut people = Vec::new();
        for role in Role::ALL {
            app.hire(&email_of(*role), Access { role: *role, ..Access::everything() }).await;
            people.push((Caller::Role(*role), Browser::new(app), email_of(*role)));
        }
        let elsewhere = Access { workspaces: Some(vec!["other".into()]), ..Access::everything() };
        app.hire("elsewhere@example.com", elsewhere).await;
        people.push((Caller::Elsewhere, Browser::new(app), "elsewhere@example.com".into()));
        let foreign_key = secret_key(app, "other", Permission::ALL.to_vec()).await;
        Cast { app, people, write_key: app.write_key().await, foreign_key }
    }

    /// What the caller gets. Of an answer that is not a problem the body is left unread, because some never end.
    async fn ask(&self, route: &Route, caller: Caller) -> Met {
        let own = route.permissions();
        let key = match caller {
            Caller::WriteKey => Some(self.write_key.clone()),
            Caller::ForeignKey => Some(self.foreign_key.clone()),
            Caller::KeyWith => Some(
                secret_key(self.app, "replies", if own.is_empty() { vec![Permission::UsersRead] } else { own }).await,
            ),
            Caller::KeyWithout => {
                let others = Permission::ALL.iter().copied().filter(|permission| !own.contains(permission));
                Some(secret_key(self.app, "replies", others.collect()).await)
            }
            Caller::Nobody | Caller::Role(_) | Caller::Elsewhere => None,
        };
        let browser = match self.people.iter().find(|(person, _, _)| *person == caller) {
            Some((_, browser, email)) => {
                self.ensure_signed_in(browser, email).await;
                browser.clone()
            }
            None => Browser::new(self.app),
        };
        let mut request = browser.request(route.method.clone(), &route.example());
        if route.method != Method::GET {
            request = request.json(&json!({}));
        }
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let detail = match status.is_client_error() {
            true => response.json::<Value>().await.map(|problem| problem["detail"].to_string()).unwrap_or_default(),
            false => String::new(),
        };
        Met { status: status.as_u16(), detail }
    }

    /// Some routes end sessions; the next one starts with a session again.
    async fn ensure_signed_in(&self, browser: &Browser, email: &str) {
        if !browser.is_signed_in().await {
            // A minute later, so that the limit of tries is whole again.
            self.app.pass(60_000);
            browser.sign_in(email).await.expect(201);
        }
    }
}

async fn secret_key(app: &TestApp, workspace: &str, scopes: Vec<Permission>) -> String {
    let new = NewKey {
        name: "matrix".into(),
        kind: KeyKind::Secret,
        scopes,
        origins: vec![],
        ip_allow_list: vec![],
        expires_at: None,
    };
    keys::create(&app.app, workspace, new, &Actor::system(), &RequestFacts::default()).await.unwrap().1
}

both_engines! {
    // spec: B005
    async fn every_route_does_what_it_declares_for_every_caller(app: TestApp) {
        let (routes, mut faults) = routes();
        assert!(routes.len() > 30, "the description lists the routes");
        let cast = Cast::gather(&app).await;
        for route in &routes {
            for caller in CALLERS {
                let expected = expected(route, caller);
                let met = cast.ask(route, caller).await;
                if !agrees(expected, &met) {
                    let (status, detail) = (met.status, met.detail);
                    faults.push(format!("{route} as {caller:?}: declared {:?}, so {expected:?} was expected, but it answered {status} {detail}", route.declared));
                }
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}
