//! Whether the instance works, for load balancers and monitoring.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use subtle::ConstantTimeEq;
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::http::access::bearer;
use crate::http::error::{ApiResult, Problem};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Outside of the API description: these belong to the operator, not to staff.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::from(
        Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(metrics)),
    )
}

/// The process answers.
async fn alive() -> &'static str {
    "ok"
}

/// The process can do its work: a real write to the control database and a look at every event store.
async fn ready(State(app): State<App>) -> ApiResult<&'static str> {
    let upsert = "INSERT INTO heartbeat (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at";
    app.control.write(upsert, vec![app.clock.now_ms().into()]).await?;
    for workspace in app.workspaces() {
        if let Some(reason) = workspace.events.poisoned() {
            let detail = format!("The event store of {} stopped ({reason}); restart the process.", workspace.slug);
            return Err(Problem::unavailable(detail, 10));
        }
    }
    Ok("ok")
}

/// Prometheus text. With a token configured only with it, else only from this machine.
async fn metrics(State(app): State<App>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    let allowed = match &app.config.metrics_token {
        Some(token) => bearer(&headers).is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes()))),
        None => peer.ip().is_loopback() && !headers.contains_key("x-forwarded-for"),
    };
    if !allowed {
        return Problem::unauthenticated("Send the metrics token as Bearer; see metrics_token in the settings file.")
            .into_response();
    }
    let handle = METRICS.get_or_init(install);
    for workspace in app.workspaces() {
        let stats = workspace.events.stats();
        let labels = [("workspace", workspace.slug.to_string())];
        metrics::gauge!("kabinet_events", &labels).set(stats.events as f64);
        metrics::gauge!("kabinet_event_store_bytes", &labels).set(stats.bytes_on_disk as f64);
        metrics::counter!("kabinet_event_log_syncs_total", &labels).absolute(stats.log_syncs);
    }
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}

fn install() -> PrometheusHandle {
    PrometheusBuilder::new().install_recorder().expect("nothing else installs a recorder")
}
