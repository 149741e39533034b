//! Serves the web panel that is built into the binary.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// A file of the panel; any other path that is not an API path is a page of the panel, which routes itself.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if is_api_path(path) {
        return Problem::not_found("route").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Only GET is answered here.")
            .into_response();
    }
    if let Some(response) = file(path, &headers) {
        return response;
    }
    // A page's path may end in anything, such as a user's id with a dot; only what is surely a file is missing.
    if path.starts_with("assets/") {
        return Problem::not_found("file").into_response();
    }
    file("index.html", &headers).unwrap_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "panel_missing",
            "The panel was not built into this binary. Run ./kabinet web and build again.",
        )
        .into_response()
    })
}

fn is_api_path(path: &str) -> bool {
    ["api/", "v1/", "i/", "webhooks/"].iter().any(|prefix| path.starts_with(prefix))
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Files::get(path)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.contains(encoding))
        .find_map(|(encoding, extension)| Some((encoding, Files::get(&format!("{path}.{extension}"))?)));
    let content_type = plain.metadata.mimetype().to_owned();
    let (encoding, body) = match packed {
        Some((encoding, body)) => (Some(encoding), body),
        None => (None, plain),
    };
    Some(answer(path, &content_type, encoding, body))
}

fn answer(path: &str, content_type: &str, encoding: Option<&str>, file: EmbeddedFile) -> Response {
    let mut response =
        Response::builder().header(header::CONTENT_TYPE, content_type).header(header::VARY, "accept-encoding");
    // Names under assets/ carry a hash of their content, so they never change.
    let lifetime = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    response = response.header(header::CACHE_CONTROL, lifetime);
    if path == "index.html" {
        response = response.header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    }
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    response.body(Body::from(file.data.into_owned())).expect("the headers are valid")
}
