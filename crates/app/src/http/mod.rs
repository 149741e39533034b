//! The HTTP edge: router, who may do what, errors, paging, the panel's files.

pub mod access;
pub mod error;
pub mod extract;
pub mod idempotency;
pub mod paging;
mod panel;
pub mod time;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::App;
use crate::features;
use error::{Problem, REQUEST_ID};

#[derive(OpenApi)]
#[openapi(info(
    title = "Kabinet",
    description = "The back office of a subscription product.",
    license(name = "Apache-2.0")
), modifiers(&Credentials))]
struct ApiDescription;

/// Names the ways to say who calls; a route's `security(…)` refers to them, and its scopes are permissions.
struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let bearer = || SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-kabinet")));
        let components = description.components.get_or_insert_default();
        for (name, scheme) in [("staff", cookie), ("secret_key", bearer()), ("write_key", bearer())] {
            components.security_schemes.insert(name.to_owned(), scheme.into());
        }
    }
}

/// All documented routes and their description.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDescription::openapi()).merge(features::routes())
}

/// The OpenAPI description of every route.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut description = api().split_for_parts().1;
    name_operations(&mut description);
    description
}

/// Gives every operation an id of its own, `get_workspace_users`: handlers in different features share their functions' names, which is what ids would be otherwise.
fn name_operations(description: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let words = path.trim_start_matches("/api/v1/").split(|letter: char| !letter.is_ascii_alphanumeric());
        let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
        let methods = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{name}"));
            }
        }
    }
}

/// Everything the instance answers to.
pub fn router(app: App) -> Router {
    let routes = api().split_for_parts().0;
    let description = serde_json::to_string(&openapi()).expect("the description serialises");
    routes
        .route(
            "/openapi.json",
            axum::routing::get(move || async move { ([(header::CONTENT_TYPE, "application/json")], description) }),
        )
        .fallback(panel::serve)
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn(with_request_id))
        .with_state(app)
}

fn answer_panic(cause: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    Problem::internal(text.unwrap_or("panic")).into_response()
}

/// What changes something is finished even if the caller goes away meanwhile: a transaction must not be left between its work and its commit.
async fn finish_without_caller(answering: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(answering).await {
        Ok(response) => response,
        Err(ended) => Problem::internal(ended).into_response(),
    }
}

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names every request, so that an answer, the log and a question about it can be matched; and sets the headers every answer carries.
async fn with_request_id(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let changes_something = access::is_unsafe(request.method());
    let answering = REQUEST_ID.scope(id.clone(), tracing::Instrument::instrument(next.run(request), span));
    let mut response = if changes_something { finish_without_caller(answering).await } else { answering.await };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID_HEADER, HeaderValue::from_str(&id).expect("hexadecimal digits"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// Every `$ref` of the description, wherever it stands.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn everything_the_description_refers_to_is_described() {
        let description = serde_json::to_value(super::openapi()).unwrap();
        let mut found = Vec::new();
        references(&description, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let description = serde_json::to_value(super::openapi()).unwrap();
        let paths = description["paths"].as_object().unwrap().values();
        let ids: Vec<&str> = paths
            .flat_map(|item| item.as_object().unwrap().values())
            .filter_map(|operation| operation["operationId"].as_str())
            .collect();
        let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert!(ids.len() > 80);
        assert_eq!(ids.len(), distinct.len());
    }
}
