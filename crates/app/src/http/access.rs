//! Who is calling, and what they may do. A handler gets a workspace only as [`Allowed`], which names the permission it needs, so a handler without a check does not compile.

use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use kabinet_model::role::{Permission, PermissionSet, Role};

use super::error::{ApiResult, Problem};
use crate::App;
use crate::features::staff::Reach;
use crate::features::{audit, keys, session};
use crate::workspace::Workspace;

/// Who acts: goes into the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// Staff id, key id, or `cli` / `system`.
    pub id: String,
    /// Name to show: the person's, or the key's.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    Staff,
    Key,
    /// The operator at the command line.
    Cli,
    /// Kabinet itself: jobs and schedules.
    System,
}

impl ActorKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ActorKind::Staff => "staff",
            ActorKind::Key => "key",
            ActorKind::Cli => "cli",
            ActorKind::System => "system",
        }
    }
}

impl Actor {
    /// The operator at the command line.
    pub fn cli() -> Actor {
        Actor { kind: ActorKind::Cli, id: "cli".into(), name: "Command line".into() }
    }

    /// Kabinet itself.
    pub fn system() -> Actor {
        Actor { kind: ActorKind::System, id: "system".into(), name: "Kabinet".into() }
    }
}

/// What the audit log wants to know about a request.
#[derive(Debug, Clone, Default)]
pub struct RequestFacts {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// A caller whose credentials were checked.
pub struct Principal {
    pub actor: Actor,
    /// The workspaces this caller may enter; `None` means all.
    pub workspaces: Option<Vec<String>>,
    pub permissions: PermissionSet,
    /// The staff session, when there is one.
    pub session_id: Option<String>,
}

/// Anybody who asks, known or not: for routes that are open to all.
pub struct Caller {
    pub request: RequestFacts,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Caller { request: request_facts(parts, app) })
    }
}

impl Principal {
    fn may_enter(&self, slug: &str) -> bool {
        self.workspaces.as_ref().is_none_or(|slugs| slugs.iter().any(|allowed| allowed == slug))
    }

    /// 403 without the permission; the first refusal of its kind goes into the audit log.
    async fn require(
        &self,
        permission: Permission,
        workspace: Option<&str>,
        parts: &Parts,
        app: &App,
    ) -> ApiResult<()> {
        if self.permissions.allows(permission) {
            return Ok(());
        }
        audit::record_denial(app, &self.actor, &request_facts(parts, app), permission, workspace).await;
        Err(lacks(permission))
    }
}

fn lacks(permission: Permission) -> Problem {
    let detail = format!("This needs the permission {permission}. A super admin can grant it under Settings → Staff.");
    Problem::forbidden(detail).with("permission", permission.as_str())
}

/// A permission as a type; see [`needs`].
pub trait Needs: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident),* $(,)?) => {
        /// Every permission as a type, for [`Allowed`](super::Allowed) and [`AllowedInstance`](super::AllowedInstance).
        pub mod needs {
            $(
                pub struct $name;
                impl super::Needs for $name {
                    const PERMISSION: kabinet_model::role::Permission = kabinet_model::role::Permission::$name;
                }
            )*
        }
    };
}

needs!(
    UsersRead,
    UsersWrite,
    UsersExport,
    NotesWrite,
    BillingRead,
    BillingWrite,
    AlertsRead,
    AlertsWrite,
    ViewsWrite,
    IdentitiesMerge,
    RecordsRead,
    RecordsWrite,
    EventsRead,
    EventsWrite,
    DefinitionRead,
    DefinitionWrite,
    KeysManage,
    StaffRead,
    StaffManage,
    ChannelsManage,
    WorkspaceManage,
    AuditRead,
    AuditExport,
    BroadcastsRead,
    BroadcastsWrite,
);

/// Proof that the caller may do `P` in the workspace of the path, and the only way to that workspace.
pub struct Allowed<P: Needs> {
    app: App,
    pub workspace: Arc<Workspace>,
    pub actor: Actor,
    pub permissions: PermissionSet,
    pub request: RequestFacts,
    proof: PhantomData<P>,
}

impl<P: Needs> FromRequestParts<App> for Allowed<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = authenticate(parts, app).await?;
        let slug = workspace_of_path(parts).ok_or_else(|| Problem::not_found("workspace"))?;
        // A workspace one may not enter looks like one that does not exist.
        let workspace = app
            .workspace(&slug)
            .filter(|_| principal.may_enter(&slug))
            .ok_or_else(|| Problem::not_found("workspace"))?;
        principal.require(P::PERMISSION, Some(&slug), parts, app).await?;
        Ok(Allowed {
            app: app.clone(),
            workspace,
            actor: principal.actor,
            permissions: principal.permissions,
            request: request_facts(parts, app),
            proof: PhantomData,
        })
    }
}

impl<P: Needs> Allowed<P> {
    /// Whether the caller may do everything, and so also change what belongs to others.
    pub fn is_super_admin(&self) -> bool {
        self.permissions.covers(&Role::SuperAdmin.permissions())
    }

    /// Asks for one permission more than the route's own, e.g. for an export of the list.
    pub fn also_needs(&self, permission: Permission) -> ApiResult<()> {
        if self.permissions.allows(permission) {
            return Ok(());
        }
        let (app, actor, request, slug) =
            (self.app.clone(), self.actor.clone(), self.request.clone(), self.workspace.slug.to_string());
        tokio::spawn(async move { audit::record_denial(&app, &actor, &request, permission, Some(&slug)).await });
        Err(lacks(permission))
    }
}

/// Proof that the caller may do `P` for the whole instance. Keys belong to one workspace and never get this.
pub struct AllowedInstance<P: Needs> {
    pub actor: Actor,
    pub permissions: PermissionSet,
    /// The workspaces the caller may enter; `None` means all.
    pub workspaces: Option<Vec<String>>,
    pub session_id: Option<String>,
    pub request: RequestFacts,
    proof: PhantomData<P>,
}

impl<P: Needs> FromRequestParts<App> for AllowedInstance<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = authenticate(parts, app).await?;
        if principal.actor.kind != ActorKind::Staff {
            return Err(Problem::forbidden("Keys belong to one workspace; this needs a signed-in staff member."));
        }
        principal.require(P::PERMISSION, None, parts, app).await?;
        Ok(AllowedInstance {
            actor: principal.actor,
            permissions: principal.permissions,
            workspaces: principal.workspaces,
            session_id: principal.session_id,
            request: request_facts(parts, app),
            proof: PhantomData,
        })
    }
}

impl<P: Needs> AllowedInstance<P> {
    /// How far the caller's access reaches.
    pub fn reach(&self) -> Reach {
        Reach {
            permissions: self.permissions.clone(),
            workspaces: self.workspaces.as_ref().map(|slugs| slugs.iter().cloned().collect()),
        }
    }

    /// 403 for a caller of some workspaces only: what is asked for concerns all.
    pub fn require_everywhere(&self) -> ApiResult<()> {
        match self.workspaces {
            None => Ok(()),
            Some(_) => Err(Problem::forbidden("This concerns all workspaces; you may enter only some.")),
        }
    }
}

/// Checks the credentials of a request: a secret key as Bearer, or a staff session's cookie.
pub async fn authenticate(parts: &Parts, app: &App) -> ApiResult<Principal> {
    if let Some(token) = bearer(&parts.headers) {
        let ip = client_ip(parts, app);
        return keys::principal(app, token, ip).await;
    }
    session::principal(parts, app).await
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Methods that change something; with a cookie they must prove that they come from our own pages.
pub fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// `/api/v1/{workspace}/…`
fn workspace_of_path(parts: &Parts) -> Option<String> {
    let mut segments = parts.uri.path().split('/').skip(1);
    match (segments.next(), segments.next(), segments.next()) {
        (Some("api"), Some("v1"), Some(slug)) if !slug.is_empty() => Some(slug.to_owned()),
        _ => None,
    }
}

pub fn request_facts(parts: &Parts, app: &App) -> RequestFacts {
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    RequestFacts { ip: client_ip(parts, app), user_agent: user_agent.map(|text| text.chars().take(400).collect()) }
}

/// The caller's address. `X-Forwarded-For` counts only behind a proxy the operator trusts, read from the right: what a client wrote itself stands further left.
pub fn client_ip(parts: &Parts, app: &App) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())?;
    if !app.config.trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    let forwarded = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",");
    let client = forwarded
        .rsplit(',')
        .filter_map(|text| text.trim().parse().ok())
        .find(|ip| !app.config.trusted_proxies.contains(ip));
    Some(client.unwrap_or(peer))
}
