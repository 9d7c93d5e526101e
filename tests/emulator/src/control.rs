//! The emulator's own interface over HTTP, for tests in languages that cannot hold an `Emulator`.
//!
//! All of it is beneath `/emulator/`, needs no bearer, meets no fault and is not counted. What it
//! takes and gives is told in [`Builder::control`](crate::Builder::control).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::emulator::Instance;
use crate::error::Refusal;
use crate::key::seconds_of;
use crate::{Fault, Key, Operation, Received, Token, unrecorded};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultBody {
    fault: Kind,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    milliseconds: u64,
    #[serde(default)]
    on: Vec<Operation>,
    path: Option<String>,
    #[serde(default)]
    after: u32,
    times: Option<u32>,
    #[serde(default)]
    forever: bool,
    #[serde(default)]
    carried_out: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Answer,
    LostAnswer,
    Closed,
    Reset,
    Cut,
    Garbage,
    Delayed,
    Slow,
    Stalled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenBody {
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    header: Map<String, Value>,
    expires_in: Option<i64>,
    signature: Option<Signature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Signature {
    Forged,
    Corrupt,
    Missing,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Clock {
    Advance(u64),
    Set(u64),
}

/// The answer to a request beneath `/emulator/`; none to any other.
pub(crate) fn answer(
    instance: &Arc<Instance>,
    request: &Request<Vec<u8>>,
) -> Option<Response<Vec<u8>>> {
    let path = request.uri().path().strip_prefix("/emulator/")?;
    let answer = run(instance, request.method(), path, request.body());
    Some(match answer {
        Ok(answer) => Response::new(answer.to_string().into_bytes()),
        Err(refusal) => refusal.into_response(),
    })
}

fn run(
    instance: &Arc<Instance>,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    let service = &instance.service;
    match (method.as_str(), path) {
        ("POST", "faults") => service.state().faults.add(fault(read(body)?)?),
        ("DELETE", "faults") => service.state().faults.clear(),
        ("POST", "clock") => match read(body)? {
            Clock::Advance(seconds) => instance.clock.sleep(Duration::from_secs(seconds)),
            Clock::Set(unix) => instance.clock.set(Duration::from_secs(unix)),
        },
        ("POST", "tokens") => return Ok(json!({"token": token(instance, read(body)?).mint()})),
        ("POST", "keys") => {
            let key: Key = read(body)?;
            if service.state().store.has_cleartext_of_another(&key) {
                return Err(Refusal::invalid_argument("cleartext: another key has the same"));
            }
            let key = service.seed(key, instance.clock.unix());
            return Ok(json!({"key": key, "cleartext": key.cleartext()}));
        }
        ("GET", "requests") => {
            let requests = service.state().log.requests();
            return Ok(json!({"requests": requests.iter().map(shown).collect::<Vec<_>>()}));
        }
        ("DELETE", "requests") => service.clear_log(),
        ("POST", "signing-keys/rotate") => service.rotate_signing_key(),
        ("POST", "signing-keys/retire") => service.retire_signing_keys(),
        _ => return Err(unrecorded::no_such_path(path)),
    }
    Ok(json!({"now": seconds_of(instance.clock.unix())}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn fault(body: FaultBody) -> Result<Fault, Refusal> {
    let time = Duration::from_millis(body.milliseconds);
    let mut fault = match body.fault {
        Kind::Answer => answered(body.status.unwrap_or(200), body.headers, body.body)?,
        Kind::LostAnswer => Fault::lost_answer(),
        Kind::Closed => Fault::closed(),
        Kind::Reset => Fault::reset(),
        Kind::Cut => Fault::cut(),
        Kind::Garbage => Fault::garbage(),
        Kind::Delayed => Fault::delayed(time),
        Kind::Slow => Fault::slow(time),
        Kind::Stalled => Fault::stalled(),
    };
    fault = fault.after(body.after).times(body.times.unwrap_or(1));
    if body.forever {
        fault = fault.forever();
    }
    if body.carried_out {
        fault = fault.carried_out();
    }
    if let Some(prefix) = body.path {
        fault = fault.on_path(prefix);
    }
    Ok(body.on.into_iter().fold(fault, Fault::on))
}

/// A text is sent as it is, anything else as JSON; without a body, that of an error is made up.
fn answered(
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
) -> Result<Fault, Refusal> {
    let mut response = Response::builder().status(status);
    for (name, value) in &headers {
        response = response.header(name, value);
    }
    let body = match body {
        Some(Value::String(text)) => text.into_bytes(),
        Some(json) => json.to_string().into_bytes(),
        None => Fault::body_of(status),
    };
    let response = response.body(body);
    response.map(Fault::answer).map_err(|error| Refusal::invalid_argument(error.to_string()))
}

fn token(instance: &Instance, body: TokenBody) -> Token {
    let mut token = Token::new(instance).claims(Value::Object(body.claims));
    for (name, value) in body.header {
        token = token.header(name, value);
    }
    if let Some(seconds) = body.expires_in {
        token = token.expires_in(seconds);
    }
    token = body.without.iter().fold(token, |token, name| token.without(name));
    match body.signature {
        None => token,
        Some(Signature::Forged) => token.forged(),
        Some(Signature::Corrupt) => token.corrupt_signature(),
        Some(Signature::Missing) => token.unsigned(),
    }
}

fn shown(received: &Received) -> Value {
    let headers = received.headers.iter().map(|(name, value)| {
        (name.to_string(), Value::from(String::from_utf8_lossy(value.as_bytes())))
    });
    json!({
        "operation": received.operation,
        "method": received.method.as_str(),
        "path": received.path,
        "query": received.query,
        "headers": headers.collect::<Map<_, _>>(),
        "body": String::from_utf8_lossy(&received.body),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;

    fn emulator() -> Emulator {
        Emulator::builder().time(1000).control(true).in_process()
    }

    fn call(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = body.to_string().into_bytes();
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        let response = emulator.instance.serve(&request, emulator.instance.peer).0;
        let json = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), json)
    }

    #[test]
    fn it_is_there_only_where_it_was_asked_for() {
        let without = Emulator::builder().in_process();
        let advance = json!({"advance": 60});
        assert_eq!(call(&without, "POST", "/emulator/clock", advance.clone()).0, 404);
        let with = emulator();
        assert_eq!(call(&with, "POST", "/emulator/clock", advance), (200, json!({"now": 1060})));
        assert_eq!(call(&with, "POST", "/emulator/clock", json!({"set": 7})).1["now"], 7);
        assert_eq!(call(&with, "GET", "/emulator/clock", json!({})).0, 404);
        assert_eq!((without.total(), with.total()), (1, 0));
    }

    #[test]
    fn faults_are_what_the_library_has() {
        let emulator = emulator();
        let inject = |body| call(&emulator, "POST", "/emulator/faults", body).0;
        let license = || call(&emulator, "GET", "/v1/mgmt/license", Value::Null);
        let limited = json!({"fault": "answer", "status": 429, "headers": {"retry-after": "3"},
            "on": ["license"], "times": 2});
        assert_eq!(inject(limited), 200);
        assert_eq!(inject(json!({"fault": "answer", "body": "<html>", "path": "/v1/"})), 200);
        assert_eq!(call(&emulator, "GET", "/", Value::Null).0, 404);
        assert_eq!((license().0, license().1["errorCode"].clone()), (429, json!("E130429")));
        assert_eq!((license().0, license().0), (200, 401));
        assert_eq!(inject(json!({"fault": "answer", "status": 500, "forever": true})), 200);
        assert_eq!((license().0, license().0), (500, 500));
        assert_eq!(call(&emulator, "DELETE", "/emulator/faults", Value::Null).0, 200);
        assert_eq!(license().0, 401);
        for wrong in [
            json!({"fault": "no such"}),
            json!({"fault": "cut", "tims": 2}),
            json!({"fault": "answer", "status": 7}),
            json!({"fault": "cut", "on": ["no such"]}),
        ] {
            assert_eq!(inject(wrong.clone()), 400, "{wrong}");
        }
    }

    #[test]
    fn tokens_keys_and_requests_are_at_hand() {
        let emulator = emulator();
        let body = json!({"claims": {"a": 1}, "without": ["sub"], "header": {"kid": "k"},
            "expiresIn": -5, "signature": "missing"});
        let token = call(&emulator, "POST", "/emulator/tokens", body).1["token"].take();
        let expected = Token::new(&emulator.instance).claim("a", 1).without("sub");
        let expected = expected.header("kid", "k").expires_in(-5).unsigned().mint();
        assert_eq!(token, expected);

        let key = json!({"name": "k", "id": "K2k", "cleartext": "c"});
        let seeded = call(&emulator, "POST", "/emulator/keys", key).1;
        assert_eq!((&seeded["key"]["name"], &seeded["cleartext"]), (&json!("k"), &json!("c")));
        let same = json!({"name": "other", "cleartext": "c"});
        assert_eq!(call(&emulator, "POST", "/emulator/keys", same).0, 400);

        call(&emulator, "POST", "/v1/mgmt/accesskey/delete?x=1", json!({"id": "K2k"}));
        let requests = call(&emulator, "GET", "/emulator/requests", Value::Null).1;
        let expected = json!([{"operation": "delete", "method": "POST", "query": "x=1",
            "path": "/v1/mgmt/accesskey/delete", "headers": {}, "body": "{\"id\":\"K2k\"}"}]);
        assert_eq!(requests["requests"], expected);
        call(&emulator, "DELETE", "/emulator/requests", Value::Null);
        assert!(emulator.requests().is_empty());
    }

    #[test]
    fn signing_keys_rotate_and_retire() {
        let emulator = emulator();
        call(&emulator, "POST", "/emulator/signing-keys/rotate", Value::Null);
        assert_eq!(emulator.key_set()["keys"].as_array().unwrap().len(), 2);
        call(&emulator, "POST", "/emulator/signing-keys/retire", Value::Null);
        assert_eq!(emulator.key_set()["keys"][0]["kid"], "emulator-rs256-2");
    }
}
