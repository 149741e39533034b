//! Protection against requests that another site makes a signed-in browser send.

use axum::http::{HeaderMap, Method, header};

use crate::http::access::is_unsafe;
use crate::http::error::{ApiResult, Problem};

/// Refuses what did not come from our own pages: another origin, a body a plain form can send, or no sign of our own code.
pub fn check_cookie_request(method: &Method, headers: &HeaderMap, public_url: &str) -> ApiResult<()> {
    if !is_unsafe(method) {
        return Ok(());
    }
    check_origin(headers, public_url)?;
    if text(headers, "x-kabinet") != Some("1") {
        return Err(forged("Requests that change something and use the session cookie need the header X-Kabinet: 1."));
    }
    if has_body(headers) && !is_json(headers) {
        return Err(forged(
            "Requests that change something and use the session cookie need Content-Type: application/json.",
        ));
    }
    Ok(())
}

/// Refuses what a browser says comes from elsewhere. Callers that are no browsers say nothing.
pub fn check_origin(headers: &HeaderMap, public_url: &str) -> ApiResult<()> {
    if text(headers, "sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(forged("This request comes from another site."));
    }
    let Some(origin) = text(headers, "origin") else {
        return match headers.contains_key(header::ORIGIN) {
            true => Err(forged("The Origin header cannot be read.")),
            false => Ok(()),
        };
    };
    let authority = origin.strip_prefix("https://").or(origin.strip_prefix("http://"));
    let host = text(headers, "host");
    let is_ours = origin == origin_of(public_url) || (authority.is_some() && authority == host);
    if is_ours { Ok(()) } else { Err(forged("This request comes from another site.")) }
}

/// `https://host:port` of a URL.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |index| index + 3);
    let end = url[after_scheme..].find('/').map_or(url.len(), |index| after_scheme + index);
    &url[..end]
}

fn has_body(headers: &HeaderMap) -> bool {
    let is_empty = text(headers, "content-length").is_none_or(|length| length == "0")
        && !headers.contains_key(header::TRANSFER_ENCODING);
    !is_empty || headers.contains_key(header::CONTENT_TYPE)
}

/// The types that a form cannot have: JSON, alone or one a line.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type =
        text(headers, "content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    content_type == "application/json" || content_type == "application/x-ndjson" || content_type.ends_with("+json")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn forged(detail: &str) -> Problem {
    Problem { code: "forged_request".into(), ..Problem::forbidden(detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check_cookie_request(&method, &headers, "https://kabinet.example.com/").is_ok()
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const OURS: (&str, &str) = ("x-kabinet", "1");
    const BODY: (&str, &str) = ("content-length", "2");

    // spec: B005
    #[test]
    fn requests_that_change_something_come_from_our_own_pages() {
        assert!(verdict(Method::GET, &[("origin", "https://evil.example")]));
        assert!(verdict(Method::POST, &[JSON, OURS, BODY]));
        assert!(verdict(Method::DELETE, &[OURS]));
        assert!(verdict(
            Method::POST,
            &[JSON, OURS, BODY, ("origin", "https://kabinet.example.com"), ("sec-fetch-site", "same-origin")]
        ));
        assert!(verdict(
            Method::POST,
            &[JSON, OURS, BODY, ("origin", "http://127.0.0.1:7070"), ("host", "127.0.0.1:7070")]
        ));

        assert!(!verdict(Method::POST, &[JSON, BODY]), "our own code says so in a header");
        assert!(!verdict(Method::POST, &[OURS, BODY]), "a body has a type");
        assert!(!verdict(Method::POST, &[("content-type", "text/plain"), OURS, BODY]));
        assert!(!verdict(Method::POST, &[("content-type", "multipart/form-data; boundary=x"), OURS, BODY]));
        assert!(!verdict(Method::POST, &[JSON, OURS, BODY, ("origin", "https://evil.example")]));
        assert!(!verdict(Method::POST, &[JSON, OURS, BODY, ("origin", "https://kabinet.example.com.evil.example")]));
        assert!(!verdict(Method::POST, &[JSON, OURS, BODY, ("origin", "null")]));
        assert!(!verdict(Method::DELETE, &[OURS, ("sec-fetch-site", "cross-site")]));
        assert!(!verdict(Method::DELETE, &[OURS, ("sec-fetch-site", "same-site")]));
    }
}
