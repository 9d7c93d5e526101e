//! The baseline of the benchmarks: what a program would write by hand on bare ureq, serde and ring, with
//! the same requests and bounds, no limits of time, and none of the rules.

use std::net::SocketAddr;

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::signature;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
#[cfg(not(feature = "aws-lc-rs"))]
use ring::signature;
use serde::Deserialize;
use signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use ureq::Agent;

/// The project of the benchmarks.
pub const PROJECT: &str = "P2aBcDeFgHiJkLmNoPqRsTuVwXyZ";

/// An agent with the SDK's bounds. (With limits of time ureq starts a thread for each request.)
#[must_use]
pub fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(64 << 10)
        .build()
        .new_agent()
}

/// A key, parsed into a bare struct.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
#[allow(missing_docs)]
pub struct Key {
    pub id: String,
    pub name: String,
    pub role_names: Vec<String>,
    pub key_tenants: Vec<KeyTenant>,
    pub status: String,
    pub created_time: i64,
    pub expire_time: i64,
    pub created_by: String,
    pub client_id: String,
    pub bound_user_id: String,
    pub custom_claims: serde_json::Map<String, serde_json::Value>,
    pub description: String,
    pub permitted_ips: Vec<String>,
    pub custom_attributes: serde_json::Map<String, serde_json::Value>,
    pub editable: bool,
}

/// A key's tenant, likewise.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct KeyTenant {
    pub tenant_id: String,
    pub tenant_name: String,
    pub role_names: Vec<String>,
}

/// `{"keys": […]}`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Keys {
    pub keys: Vec<Key>,
}

#[derive(Deserialize)]
struct KeyAnswer {
    key: Key,
}

/// Loads a key.
///
/// # Panics
///
/// When anything fails.
#[must_use]
pub fn load(agent: &Agent, server: SocketAddr) -> Key {
    let request = headers(agent.get(format!("http://{server}/v1/mgmt/accesskey?id=K2key")))
        .header("authorization", format!("Bearer {PROJECT}:management-key"));
    let mut response = request.call().unwrap();
    let body = response.body_mut().with_config().limit(1 << 20).read_to_vec().unwrap();
    serde_json::from_slice::<KeyAnswer>(&body).unwrap().key
}

/// Searches for all keys.
///
/// # Panics
///
/// When anything fails.
#[must_use]
pub fn search(agent: &Agent, server: SocketAddr) -> Keys {
    let mut response = headers(agent.post(format!("http://{server}/v1/mgmt/accesskey/search")))
        .header("authorization", format!("Bearer {PROJECT}:management-key"))
        .header("content-type", "application/json")
        .send(&b"{}"[..])
        .unwrap();
    let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// Exchanges an access key, and answers the token.
///
/// # Panics
///
/// When anything fails.
#[must_use]
pub fn exchange(agent: &Agent, server: SocketAddr) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        session_jwt: String,
    }
    let mut response = headers(agent.post(format!("http://{server}/v1/auth/accesskey/exchange")))
        .header("authorization", format!("Bearer {PROJECT}:cleartext"))
        .header("content-type", "application/json")
        .send(&br#"{"loginOptions":{}}"#[..])
        .unwrap();
    let body = response.body_mut().with_config().limit(1 << 20).read_to_vec().unwrap();
    serde_json::from_slice::<Answer>(&body).unwrap().session_jwt
}

/// Fetches the first key of the key set.
///
/// # Panics
///
/// When anything fails.
#[must_use]
pub fn public_key(agent: &Agent, server: SocketAddr) -> PublicKey {
    let mut response = headers(agent.get(format!("http://{server}/v2/keys/{PROJECT}")))
        .header("authorization", format!("Bearer {PROJECT}"))
        .call()
        .unwrap();
    let body = response.body_mut().with_config().limit(1 << 20).read_to_vec().unwrap();
    PublicKey::from_set(&body)
}

fn headers<B>(request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
    request
        .header("x-descope-sdk-name", "rust")
        .header("x-descope-sdk-version", "0.1.0")
        .header("x-descope-sdk-rust-version", "1.85")
        .header("x-descope-project-id", PROJECT)
}

/// An RSA key, decoded.
#[derive(Debug)]
pub struct PublicKey(RsaPublicKeyComponents<Vec<u8>>);

impl PublicKey {
    /// The first key of a JWK set.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn from_set(json: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Jwk>,
        }
        #[derive(Deserialize)]
        struct Jwk {
            n: String,
            e: String,
        }
        let set: Set = serde_json::from_slice(json).unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        Self(RsaPublicKeyComponents { n: decode(&set.keys[0].n), e: decode(&set.keys[0].e) })
    }

    /// Verifies a message's signature.
    ///
    /// # Panics
    ///
    /// When it is not the key's.
    pub fn verify(&self, message: &[u8], signature: &[u8]) {
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).unwrap();
    }

    /// Verifies a token's signature.
    ///
    /// # Panics
    ///
    /// When it is not the key's.
    pub fn verify_token(&self, token: &str) {
        let (message, signature) = token.rsplit_once('.').unwrap();
        self.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap());
    }
}
