//! A passkey in software: makes a P-256 key pair per credential and answers as a browser with a security key would (WebAuthn, attestation `none`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

pub struct Authenticator {
    origin: String,
    id: Vec<u8>,
    key: SigningKey,
    /// Who the passkey belongs to, as the server named them.
    pub user_handle: String,
    counter: u32,
    /// Whether it asks for a finger or a PIN.
    pub verifies_user: bool,
}

impl Authenticator {
    /// Makes a passkey for creation options and returns it with what the browser sends.
    pub fn create(origin: &str, options: &Value) -> (Authenticator, Value) {
        let seed = Sha256::digest(options["publicKey"]["challenge"].as_str().unwrap());
        let key = SigningKey::from_slice(&seed).unwrap();
        let user_handle = options["publicKey"]["user"]["id"].as_str().unwrap().to_owned();
        let authenticator = Authenticator {
            origin: origin.into(),
            id: seed[..16].to_vec(),
            key,
            user_handle,
            counter: 0,
            verifies_user: true,
        };
        let client_data = authenticator.client_data("webauthn.create", &options["publicKey"]["challenge"]);
        let attestation = authenticator.attestation(options["publicKey"]["rp"]["id"].as_str().unwrap());
        let id = URL_SAFE_NO_PAD.encode(&authenticator.id);
        let credential = json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {"attestationObject": encode(&attestation), "clientDataJSON": encode(&client_data)},
            "clientExtensionResults": {},
        });
        (authenticator, credential)
    }

    /// Answers request options.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", &options["publicKey"]["challenge"]);
        let data = self.data(options["publicKey"]["rpId"].as_str().unwrap(), 0);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: DerSignature = self.key.sign(&signed);
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "authenticatorData": encode(&data), "clientDataJSON": encode(&client_data),
                "signature": encode(signature.as_bytes()), "userHandle": self.user_handle,
            },
            "clientExtensionResults": {},
        })
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn data(&self, relying_party: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(relying_party).to_vec();
        data.push(USER_PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// CBOR: `{"fmt": "none", "attStmt": {}, "authData": …}`.
    fn attestation(&self, relying_party: &str) -> Vec<u8> {
        let mut data = self.data(relying_party, HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let mut cbor = vec![0xa3, 0x63];
        cbor.extend(b"fmt\x64none\x67attStmt\xa0\x68authData");
        cbor.extend([0x58, u8::try_from(data.len()).unwrap()]);
        cbor.extend(data);
        cbor
    }

    /// The public key in COSE: `{1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}`.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut cbor = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cbor.extend(point.x().unwrap());
        cbor.extend([0x22, 0x58, 0x20]);
        cbor.extend(point.y().unwrap());
        cbor
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
