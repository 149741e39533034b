use std::net::IpAddr;

use kabinet_model::role::{Permission, PermissionSet};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::secrets::random_bytes;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Public: stands in web pages and apps. Appends events and reads nothing.
    Write,
    /// For servers only. May do what its scopes say.
    Secret,
}

impl KeyKind {
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Write => "write",
            KeyKind::Secret => "secret",
        }
    }

    pub fn prefix(self) -> &'static str {
        match self {
            KeyKind::Write => "wk_",
            KeyKind::Secret => "sk_",
        }
    }
}

/// A key as it is to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What the key is used for, in words.
    pub name: String,
    pub kind: KeyKind,
    /// Permissions of a secret key; a write key has none to choose.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Permission>,
    /// Origins (`https://shop.example`) from which browsers may use a write key; `*` for any. Empty: servers only.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Addresses that may use the key; empty for any.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub ip_allow_list: Vec<IpAddr>,
    /// When the key stops working by itself.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<jiff::Timestamp>,
}

/// A key as it is known; the key itself was shown once and only its hash is kept.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    pub workspace: String,
    pub name: String,
    pub kind: KeyKind,
    /// The first characters, to recognise it by.
    pub hint: String,
    pub scopes: PermissionSet,
    pub origins: Vec<String>,
    pub ip_allow_list: Vec<IpAddr>,
    pub created_by: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl Key {
    /// Whether a browser on this origin may use the key; without an `Origin` the caller is no browser.
    pub fn allows_origin(&self, origin: Option<&str>) -> bool {
        match origin {
            None => true,
            Some(origin) => self.origins.iter().any(|allowed| allowed == "*" || allowed == origin),
        }
    }

    /// Whether what it says about people is believed: only servers hold secret keys.
    pub fn is_trusted(&self) -> bool {
        self.kind == KeyKind::Secret
    }
}

const SECRET_BYTES: usize = 20;
const CHECKSUM_DIGITS: usize = 6;

/// A fresh key: prefix, 160 random bits, and a checksum by which scanners recognise a leaked one.
pub fn generate(kind: KeyKind) -> String {
    let secret = hex::encode(random_bytes::<SECRET_BYTES>());
    let checksum = &hash(&secret)[..CHECKSUM_DIGITS];
    format!("{}{secret}{checksum}", kind.prefix())
}

/// Whether a text begins as our keys do.
pub fn looks_like_one(text: &str) -> bool {
    [KeyKind::Write, KeyKind::Secret].iter().any(|kind| text.starts_with(kind.prefix()))
}

/// What is stored of a key.
pub fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

/// The part of a key that may be shown later.
pub fn hint(key: &str) -> String {
    key.chars().take(9).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_tell_their_kind() {
        let (first, second) = (generate(KeyKind::Write), generate(KeyKind::Write));
        assert_ne!(first, second);
        assert!(first.starts_with("wk_") && generate(KeyKind::Secret).starts_with("sk_"));
        let (secret, checksum) = first["wk_".len()..].split_at(SECRET_BYTES * 2);
        assert_eq!(&hash(secret)[..CHECKSUM_DIGITS], checksum);
    }
}
