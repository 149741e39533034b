//! Identifiers. Each kind is a type of its own, so that two kinds cannot be swapped.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// The longest identifier a product may choose, in characters.
pub const MAX_ID_LENGTH: usize = 200;

/// Text that cannot be an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a {kind}: {reason}")]
pub struct InvalidId {
    kind: &'static str,
    given: String,
    reason: &'static str,
}

macro_rules! product_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the product's own text: 1 to 200 characters, any but U+0000.
            pub fn new(text: impl Into<String>) -> Result<$name, InvalidId> {
                let text = text.into();
                match product_id_problem(&text) {
                    None => Ok($name(text)),
                    Some(reason) => Err(InvalidId { kind: $kind, given: shortened(&text), reason }),
                }
            }

            /// The text exactly as the product wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<$name, InvalidId> {
                $name::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $name::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

product_id! {
    /// A user, by the product's own identifier.
    UserId, "user id"
}
product_id! {
    /// A record of any kind, by the product's own identifier; unique within its kind.
    RecordId, "record id"
}
product_id! {
    /// A company or salon users belong to, by the product's own identifier.
    AccountId, "account id"
}

/// Why `text` cannot be an identifier, if it cannot; also used by the record checks.
pub(crate) fn product_id_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text.chars().count() > MAX_ID_LENGTH {
        Some("it is longer than 200 characters")
    } else if text.contains('\0') {
        Some("it contains the character U+0000")
    } else {
        None
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<$name, InvalidId> {
                Uuid::parse_str(text).map($name).map_err(|_| InvalidId {
                    kind: $kind,
                    given: shortened(text),
                    reason: "it is not a UUID",
                })
            }
        }
    };
}

own_id! {
    /// A staff member; a version 7 UUID made by Kabinet.
    StaffId, "staff id"
}
own_id! {
    /// A staff note about a user; a version 7 UUID made by Kabinet.
    NoteId, "note id"
}
own_id! {
    /// A saved view; a version 7 UUID made by Kabinet.
    ViewId, "view id"
}
own_id! {
    /// An API key (not the key itself); a version 7 UUID made by Kabinet.
    KeyId, "key id"
}
own_id! {
    /// A merge of two identities; a version 7 UUID made by Kabinet.
    MergeId, "merge id"
}

/// The short name of a workspace in URLs, folders and schemas: `[a-z][a-z0-9-]{1,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkspaceSlug(String);

impl WorkspaceSlug {
    /// Takes 2 to 32 characters: a lower-case letter, then lower-case letters, digits and dashes.
    pub fn new(text: impl Into<String>) -> Result<WorkspaceSlug, InvalidId> {
        let text = text.into();
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let goes_on_well = bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if starts_well && goes_on_well && (2..=32).contains(&text.len()) {
            Ok(WorkspaceSlug(text))
        } else {
            Err(InvalidId {
                kind: "workspace slug",
                given: shortened(&text),
                reason: "it must be 2 to 32 characters: a lower-case letter, then lower-case letters, digits and dashes",
            })
        }
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspaceSlug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for WorkspaceSlug {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<WorkspaceSlug, InvalidId> {
        WorkspaceSlug::new(text)
    }
}

impl<'de> Deserialize<'de> for WorkspaceSlug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WorkspaceSlug, D::Error> {
        WorkspaceSlug::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_slugs_are_checked() {
        for good in ["ab", "replies", "my-shop-2", "a1234567890123456789012345678901"] {
            assert_eq!(WorkspaceSlug::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a", "1ab", "Ab", "a_b", "а-б", "-ab", "a/../b", "a12345678901234567890123456789012"] {
            assert!(WorkspaceSlug::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn product_ids_keep_their_text() {
        for good in ["1", "user:42", "Ивàн 7", " a", "a\n", "00000000-0000-0000-0000-000000000000", "../etc"] {
            assert_eq!(UserId::new(good).unwrap().as_str(), good);
        }
        let long = "x".repeat(201);
        for bad in ["", "a\0b", &long] {
            assert!(UserId::new(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<RecordId>("\"\"").is_err());
    }
}
