//! Each operation end to end, over HTTP and without a socket: what arrives, what comes back, and
//! every refusal.

mod addresses;
mod answers;
mod life;
mod lists;
mod refusals;
mod update;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use descope_blocking::{CreateAccessKey, CreatedAccessKey, Expiry};
use descope_suite::service::Service;
use serde_json::{Value, json};

/// Creates a key that is nothing but a name.
fn plain_key(service: &Service, name: &str) -> CreatedAccessKey {
    service.client.access_keys().create(&CreateAccessKey::new(name, Expiry::Never)).unwrap()
}

fn unix(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn members(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("no object: {other}"),
    }
}

/// Claims with a value of every type.
fn every_type() -> Value {
    json!({
        "text": "ü \" \\ \u{1F511}", "big": 9_007_199_254_740_993_i64, "most": u64::MAX, "half": 0.5,
        "yes": true, "none": null, "list": [1, [2], {}], "object": {"a": {"b": []}}, "": "empty name",
    })
}
