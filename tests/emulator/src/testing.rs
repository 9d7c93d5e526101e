//! The heart under test: no socket, and a clock that stands still.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use serde_json::{Value, json};

use crate::{Builder, Emulator};

pub(crate) const PROJECT: &str = "P2test";
pub(crate) const MANAGEMENT_KEY: &str = "management";
pub(crate) const NOW: i64 = 1_800_000_000;

/// An emulator without a server, and how it is called.
pub(crate) struct Service(pub(crate) Emulator);

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(Emulator::builder())
    }

    pub(crate) fn with(builder: Builder) -> Self {
        let now = NOW.unsigned_abs();
        let builder = builder.project_id(PROJECT).management_key(MANAGEMENT_KEY).time(now);
        Self(builder.in_process())
    }

    /// Status and body of the answer to any request.
    pub(crate) fn send(&self, request: Request<Vec<u8>>) -> (u16, Value) {
        let now = Duration::from_secs(self.0.now().unsigned_abs());
        let response = self.0.handle(&request, IpAddr::V4(Ipv4Addr::LOCALHOST), now);
        let body = serde_json::from_slice(response.body()).expect("every answer is JSON");
        (response.status().as_u16(), body)
    }

    /// The answer to a management call, by the last part of its path.
    pub(crate) fn post(&self, name: &str, body: Value) -> (u16, Value) {
        let request = Request::post(format!("/v1/mgmt/accesskey/{name}"))
            .header("authorization", format!("Bearer {PROJECT}:{MANAGEMENT_KEY}"));
        self.send(request.body(body.to_string().into_bytes()).unwrap())
    }

    /// The refusal of a management call: status and code.
    pub(crate) fn refusal(&self, name: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.post(name, body);
        (status, answer["errorCode"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {PROJECT}:{MANAGEMENT_KEY}"));
        self.send(request.body(Vec::new()).unwrap())
    }

    pub(crate) fn load(&self, id: &str) -> Value {
        self.get(&format!("/v1/mgmt/accesskey?id={id}")).1["key"].take()
    }

    /// The answer to an exchange with these login options.
    pub(crate) fn exchange(&self, secret: &str, options: Value) -> (u16, Value) {
        let request = Request::post("/v1/auth/accesskey/exchange")
            .header("authorization", format!("Bearer {PROJECT}:{secret}"));
        let body = json!({"loginOptions": options}).to_string().into_bytes();
        self.send(request.body(body).unwrap())
    }

    /// The claims in the answer to an exchange, unverified.
    pub(crate) fn claims(&self, answer: &Value) -> Value {
        let jwt = answer["sessionJwt"].as_str().expect("a session");
        let payload = jwt.split('.').nth(1).expect("three segments");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    /// The claims of a session with these login options.
    pub(crate) fn session(&self, secret: &str, options: Value) -> Value {
        let (status, answer) = self.exchange(secret, options);
        assert_eq!(status, 200, "{answer}");
        self.claims(&answer)
    }
}
