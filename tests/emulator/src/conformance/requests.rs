//! The requests of a check, as the core makes them, and as they arrived.

use std::time::Duration;

use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, Endpoint, Expiry, LoadAccessKey, Now, Outgoing,
    Step,
};

use super::faults::Request;
use super::faults::table::{CONNECT, DEADLINE, MAX_BODY};

/// What no failure may show.
pub(super) const MANAGEMENT_KEY: &str = "K2management0key0that0nobody0may0ever0see";

/// A read, for which a pooled connection will do.
pub(super) fn get(url: &str) -> Outgoing {
    outgoing(url, LoadAccessKey::new("K1"))
}

/// A create, which wants a fresh connection.
pub(super) fn post(url: &str) -> Outgoing {
    outgoing(url, CreateAccessKey::new("ci", Expiry::Never))
}

fn outgoing(url: &str, endpoint: impl Endpoint) -> Outgoing {
    let config = Config::builder("P1")
        .base_url(url)
        .management_key(MANAGEMENT_KEY)
        .limits(|limits| {
            limits.deadline = DEADLINE;
            limits.one_shot_deadline = DEADLINE;
            limits.connect_timeout = CONNECT;
            limits.max_body = MAX_BODY;
        })
        .build()
        .expect("the settings are sound");
    let now = Now::new(Duration::ZERO, Duration::from_secs(1_800_000_000));
    match Context::new(config, [1; 32]).call(endpoint, CallOptions::new(), now) {
        Step::Send(outgoing, _) => outgoing,
        step => unreachable!("a call begins with a request: {step:?}"),
    }
}

/// How a request that arrived differs from what was to be sent.
pub(super) fn differences(arrived: &Request, given: &http::Request<Vec<u8>>) -> Vec<String> {
    let mut differences = Vec::new();
    let target = given.uri().path_and_query().map_or("/", |target| target.as_str());
    let line = arrived.head.lines().next().unwrap_or_default();
    if !line.starts_with(&format!("{} {target} HTTP/1.", given.method())) {
        differences.push(format!("the request line is {line:?}"));
    }
    for (name, value) in given.headers() {
        if arrived.header(name.as_str()).map(str::as_bytes) != Some(value.as_bytes()) {
            differences.push(format!("{name} is not as it was given"));
        }
    }
    for name in ["cookie", "referer"] {
        if arrived.header(name).is_some() {
            differences.push(format!("there is a {name}"));
        }
    }
    if arrived.header("host") != given.uri().authority().map(http::uri::Authority::as_str) {
        differences.push(format!("host is {:?}", arrived.header("host")));
    }
    if given.body().is_empty() && arrived.header("content-length").is_some() {
        differences.push("there is a content-length without a body".to_owned());
    }
    if arrived.header("transfer-encoding").is_some() {
        differences.push("the body is chunked though its length is known".to_owned());
    } else if arrived.body != *given.body() {
        differences.push(format!(
            "the body has {} bytes instead of {}",
            arrived.body.len(),
            given.body().len()
        ));
    }
    differences
}
