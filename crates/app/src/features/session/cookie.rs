use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::CookieJar;

use crate::config::Config;

/// Over HTTPS the browser itself guarantees, by the prefix, that the cookie is ours alone and never leaves unencrypted; plain HTTP on the own machine cannot have that.
fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-kabinet" } else { "kabinet" }
}

/// The session token a request carries.
pub fn token(headers: &HeaderMap, config: &Config) -> Option<String> {
    CookieJar::from_headers(headers).get(name(config)).map(|cookie| cookie.value().to_owned())
}

/// Gives the browser a token to keep for `lifetime_ms`; without one it forgets the token when it is closed.
pub fn set(token: &str, lifetime_ms: Option<i64>, config: &Config) -> HeaderValue {
    let lifetime = lifetime_ms.map(|ms| format!("; Max-Age={}", ms / 1_000)).unwrap_or_default();
    header(config, token, &lifetime)
}

/// Takes the token away.
pub fn remove(config: &Config) -> HeaderValue {
    header(config, "", "; Max-Age=0")
}

fn header(config: &Config, token: &str, lifetime: &str) -> HeaderValue {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{lifetime}", name(config));
    HeaderValue::from_str(&cookie).expect("a token is made of letters, digits, - and _")
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B004
    #[test]
    fn the_cookie_is_locked_to_this_host_over_https() {
        let mut config = Config::in_folder("/nowhere");
        assert_eq!(set("abc", None, &config), "kabinet=abc; Path=/; HttpOnly; SameSite=Lax");
        config.public_url = "https://kabinet.example.com".into();
        assert_eq!(
            set("abc", Some(60_000), &config),
            "__Host-kabinet=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        );
        assert_eq!(remove(&config), "__Host-kabinet=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");

        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_static("kabinet=plain; other=1"));
        assert_eq!(token(&headers, &config), None, "a cookie that travelled unencrypted is not believed over HTTPS");
        headers.insert("cookie", HeaderValue::from_static("kabinet=plain; __Host-kabinet=locked"));
        assert_eq!(token(&headers, &config).as_deref(), Some("locked"));
    }
}
