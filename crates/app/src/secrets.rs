//! Secrets at rest: sealed with XChaCha20-Poly1305 under the instance's key file, bound to the place they are stored in.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::StartError;

/// The instance's key. It never leaves the process and does not print.
#[derive(Clone)]
pub struct Secrets {
    key: [u8; 32],
}

/// A sealed value could not be opened: another key file, another place, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("the stored secret cannot be opened with this instance's secret.key; enter it again")]
pub struct CannotOpen;

const NONCE_BYTES: usize = 24;

impl Secrets {
    /// Reads the key file, or writes a new one that only the owner can read.
    pub fn load_or_create(path: &Path) -> Result<Secrets, StartError> {
        let io = |source| StartError::Io { what: path.display().to_string(), source };
        match std::fs::read(path) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| io(std::io::Error::other("the key file must hold 32 bytes")))?;
                Ok(Secrets { key })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key: [u8; 32] = random_bytes();
                write_private(path, &key).map_err(io)?;
                Ok(Secrets { key })
            }
            Err(error) => Err(io(error)),
        }
    }

    /// Seals `plain` for one place (`workspace|table|column|row`); it opens only there.
    pub fn seal(&self, place: &str, plain: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = random_bytes();
        let payload = Payload { msg: plain.as_bytes(), aad: place.as_bytes() };
        let sealed =
            self.cipher().encrypt(&XNonce::from(nonce), payload).expect("sealing a short text in memory cannot fail");
        STANDARD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Secrets::seal`] sealed for the same place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<String, CannotOpen> {
        let bytes = STANDARD.decode(sealed).map_err(|_| CannotOpen)?;
        let (nonce, body) = bytes.split_at_checked(NONCE_BYTES).ok_or(CannotOpen)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| CannotOpen)?;
        let payload = Payload { msg: body, aad: place.as_bytes() };
        let plain = self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| CannotOpen)?;
        String::from_utf8(plain).map_err(|_| CannotOpen)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.key))
    }
}

/// Bytes nobody can guess, from the operating system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A secret that is handed out once; what is stored is its hash.
#[derive(Clone)]
pub struct Token {
    /// 256 random bits for URLs and cookies.
    pub text: String,
    /// What is stored: SHA-256 in hexadecimal. The text has more bits than anybody can try, so a fast hash is enough.
    pub hash: String,
}

impl Token {
    pub fn fresh() -> Token {
        let text = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let hash = token_hash(&text);
        Token { text, hash }
    }
}

/// What is stored of a token.
pub fn token_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_in_its_place_and_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::load_or_create(&folder.path().join("secret.key")).unwrap();
        let sealed = secrets.seal("replies|channel|smtp", "pa55");
        assert!(!sealed.contains("pa55"));
        assert_eq!(secrets.open("replies|channel|smtp", &sealed).unwrap(), "pa55");
        assert!(secrets.open("shop|channel|smtp", &sealed).is_err());
        let same = Secrets::load_or_create(&folder.path().join("secret.key")).unwrap();
        assert_eq!(same.open("replies|channel|smtp", &sealed).unwrap(), "pa55");
        let other = Secrets::load_or_create(&folder.path().join("other.key")).unwrap();
        assert!(other.open("replies|channel|smtp", &sealed).is_err());
    }
}
