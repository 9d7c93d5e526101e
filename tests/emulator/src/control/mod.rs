//! The emulator's own interface over HTTP, for tests in languages that cannot hold an `Emulator`.
//! What it takes and gives is told in `index.md`.

mod fault_body;
mod token_body;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use fault_body::FaultBody;
use token_body::TokenBody;

use crate::emulator::Instance;
use crate::error::Refusal;
use crate::key::seconds_of;
use crate::strict::strictly;
use crate::{Key, Operation, Page, RateLimit, Received, unrecorded};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ClockBody {
    Advance(u64),
    Set(u64),
}

#[derive(Deserialize)]
struct IdBody {
    id: String,
}

#[derive(Deserialize)]
struct LagBody {
    milliseconds: u64,
}

#[derive(Deserialize)]
struct LimitBody {
    requests: u32,
    milliseconds: u64,
    #[serde(default)]
    on: Vec<Operation>,
}

/// The answer to a request beneath `/emulator/`; none to any other.
pub(crate) fn answer(
    instance: &Arc<Instance>,
    request: &Request<Vec<u8>>,
) -> Option<Response<Vec<u8>>> {
    let path = request.uri().path().strip_prefix("/emulator/")?;
    if path.is_empty() {
        return Some(index());
    }
    let answer = run(instance, request.method(), path, request.body());
    Some(match answer {
        Ok(answer) => Response::new(answer.to_string().into_bytes()),
        Err(refusal) => refusal.into_response(),
    })
}

fn index() -> Response<Vec<u8>> {
    let names = |all: Value| {
        let names = all.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    let mut text = include_str!("index.md").to_owned();
    text.push_str(&format!("\nOperations: {}\n", names(json!(Operation::all()))));
    text.push_str(&format!("\nPages: {}\n", names(json!(Page::ALL))));
    let mut response = Response::new(text.into_bytes());
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

fn run(
    instance: &Arc<Instance>,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    let service = &instance.service;
    let now = || instance.clock.unix();
    match (method.as_str(), path) {
        ("POST", "reset") => instance.reset(),
        ("GET", "clock") => {}
        ("POST", "clock") => match read(body)? {
            ClockBody::Advance(seconds) => instance.clock.sleep(Duration::from_secs(seconds)),
            ClockBody::Set(unix) => instance.clock.set(Duration::from_secs(unix)),
        },
        ("GET", "keys") => {
            let mut state = service.state();
            let keys: Vec<Value> = state.store.all(now()).map(with_cleartext).collect();
            return Ok(json!({"keys": keys}));
        }
        ("POST", "keys") => {
            let key: Key = read(body)?;
            if service.state().store.has_cleartext_of_another(&key) {
                return Err(Refusal::invalid_argument("cleartext: another key has the same"));
            }
            return Ok(with_cleartext(&service.seed(key, now())));
        }
        ("POST", "keys/deactivate") => {
            let IdBody { id } = read(body)?;
            return Ok(json!({"existed": service.state().store.set_active(&id, false, now())}));
        }
        ("POST", "keys/delete") => {
            let IdBody { id } = read(body)?;
            return Ok(json!({"existed": service.state().store.remove(&id, now())}));
        }
        ("POST", "tokens") => {
            let body: TokenBody = read(body)?;
            return Ok(json!({"token": body.token(instance).mint()}));
        }
        ("POST", "signing-keys/rotate") => service.rotate_signing_key(),
        ("POST", "signing-keys/retire") => service.retire_signing_keys(),
        ("POST", "faults") => {
            let fault = read::<FaultBody>(body)?.fault()?;
            service.state().faults.add(fault);
        }
        ("DELETE", "faults") => service.state().faults.clear(),
        ("POST", "search-lag") => {
            let LagBody { milliseconds } = read(body)?;
            service.state().store.search_lag = Duration::from_millis(milliseconds);
        }
        ("POST", "limits") => {
            let body: LimitBody = read(body)?;
            let limit = RateLimit::new(body.requests, Duration::from_millis(body.milliseconds));
            service.state().limits.push(body.on.into_iter().fold(limit, RateLimit::on));
        }
        ("DELETE", "limits") => service.state().limits.clear(),
        ("GET", "requests") => {
            let requests = service.state().log.requests();
            return Ok(json!({"requests": requests.iter().map(shown).collect::<Vec<_>>()}));
        }
        ("GET", "counts") => {
            let state = service.state();
            let operations = Operation::all().into_iter().map(|operation| {
                let name = json!(operation).as_str().unwrap_or_default().to_owned();
                (name, Value::from(state.log.count(Some(operation))))
            });
            let operations: Map<String, Value> = operations.collect();
            let total = state.log.total();
            return Ok(
                json!({"total": total, "operations": operations, "sessions": state.sessions}),
            );
        }
        ("DELETE", "requests") => service.clear_log(),
        _ => return Err(unrecorded::no_such_control()),
    }
    Ok(json!({"now": seconds_of(now())}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    strictly(body).map_err(Refusal::bad_request)
}

fn with_cleartext(key: &Key) -> Value {
    json!({"key": key, "cleartext": key.cleartext()})
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
        "peer": received.peer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Emulator, Token};

    fn emulator() -> Emulator {
        Emulator::builder().time(1000).control(true).in_process()
    }

    fn send(emulator: &Emulator, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        let response = emulator.instance.serve(&request, emulator.instance.peer).0;
        (response.status().as_u16(), response.into_body())
    }

    fn call(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, body) = send(emulator, method, path, body.to_string().into_bytes());
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[test]
    fn it_is_there_only_where_it_was_asked_for() {
        let without = Emulator::builder().in_process();
        let advance = json!({"advance": 60});
        let (status, answer) = call(&without, "POST", "/emulator/clock", advance.clone());
        assert_eq!(status, 404);
        assert!(answer["errorMessage"].as_str().unwrap().contains("--control"), "{answer}");
        let with = emulator();
        assert_eq!(call(&with, "POST", "/emulator/clock", advance), (200, json!({"now": 1060})));
        assert_eq!(call(&with, "GET", "/emulator/clock", json!({})).1["now"], 1060);
        assert_eq!(call(&with, "POST", "/emulator/clock", json!({"set": 7})).1["now"], 7);
        let (status, answer) = call(&with, "GET", "/emulator/clocks", json!({}));
        assert_eq!(status, 404);
        assert!(answer["errorMessage"].as_str().unwrap().contains("GET /emulator/"), "{answer}");
        assert_eq!((without.total(), with.total()), (1, 0));
    }

    #[test]
    fn the_index_lists_what_there_is_and_nothing_else() {
        let emulator = emulator();
        let (status, text) = send(&emulator, "GET", "/emulator/", Vec::new());
        let text = String::from_utf8(text).unwrap();
        assert_eq!(status, 200);
        let mut listed = Vec::new();
        for row in text.lines().filter(|line| line.starts_with("| `")) {
            let cell = row.split('|').nth(1).unwrap();
            let mut names = cell.split('`').skip(1).step_by(2);
            let first = names.next().unwrap();
            let (method, path) = first.split_once(' ').unwrap();
            listed.push((method.to_owned(), path.to_owned()));
            let parent = path.rsplit_once('/').unwrap().0;
            for sibling in names {
                listed.push((method.to_owned(), sibling.replace('…', parent)));
            }
        }
        for (method, path) in &listed {
            let status = call(&emulator, method, path, Value::Null).0;
            assert!(matches!(status, 200 | 400), "{method} {path}: {status}");
        }
        let routes = include_str!("mod.rs").lines().filter_map(|line| {
            let (method, path) = line.trim().strip_prefix("(\"")?.split_once("\", \"")?;
            let path = path.split_once("\") =>")?.0;
            Some((method.to_owned(), format!("/emulator/{path}")))
        });
        let unlisted: Vec<_> = routes.filter(|route| !listed.contains(route)).collect();
        assert_eq!(unlisted, []);
        assert!(text.contains("Operations: create, load, ") && text.contains("nginx404"), "{text}");
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
        let refusal = json!({"fault": "refusal", "status": 400, "code": "E111502", "message": "m"});
        assert_eq!(inject(refusal), 200);
        assert_eq!(license().1["errorCode"], "E111502");
        assert_eq!(inject(json!({"fault": "page", "page": "edge1020", "after": 1})), 200);
        assert_eq!((license().0, license().0), (401, 403));
        let merge = json!({"errorCode": null, "errorMessage": {"a": 1}});
        assert_eq!(inject(json!({"fault": "edited", "merge": merge})), 200);
        let edited = json!({"errorDescription": "Unauthorized", "errorMessage": {"a": 1}});
        assert_eq!(license(), (401, edited));
    }

    #[test]
    fn slips_are_named() {
        let emulator = emulator();
        for (path, body, named) in [
            ("faults", json!({"fault": "no such"}), "no such"),
            ("faults", json!({"fault": "cut", "tims": 2}), "tims"),
            ("faults", json!({"fault": "answer", "status": 7}), "status"),
            ("faults", json!({"fault": "refusal", "status": 7}), "status"),
            ("faults", json!({"fault": "cut", "on": ["none"]}), "none"),
            ("faults", json!({"fault": "page", "page": "none"}), "none"),
            ("faults", json!({"fault": "page"}), "page"),
            ("keys", json!({"name": "k", "keyTenants": [{"id": "acme"}]}), "keyTenants.0.id"),
            ("clock", json!({"back": 5}), "back"),
            ("limits", json!({"requests": 5}), "milliseconds"),
        ] {
            let (status, answer) = call(&emulator, "POST", &format!("/emulator/{path}"), body);
            assert_eq!(status, 400, "{answer}");
            assert!(answer["errorMessage"].as_str().unwrap().contains(named), "{answer}");
        }
    }

    #[test]
    fn tokens_keys_and_requests_are_at_hand() {
        let emulator = emulator();
        let post = |path: &str, body| call(&emulator, "POST", &format!("/emulator/{path}"), body).1;
        let get = |path: &str| call(&emulator, "GET", &format!("/emulator/{path}"), Value::Null).1;
        let body = json!({"claims": {"a": 1}, "without": ["sub"], "header": {"kid": "k"},
            "expiresIn": -5, "signature": "missing"});
        let token = post("tokens", body)["token"].take();
        let expected = Token::new(&emulator.instance).claim("a", 1).without("sub");
        let expected = expected.header("kid", "k").expires_in(-5).unsigned().mint();
        assert_eq!(token, expected);

        let seeded = post("keys", json!({"name": "k", "id": "K2k", "cleartext": "c"}));
        assert_eq!((&seeded["key"]["name"], &seeded["cleartext"]), (&json!("k"), &json!("c")));
        assert!(post("keys", json!({"name": "other", "cleartext": "c"}))["key"].is_null());
        assert_eq!(get("keys"), json!({"keys": [seeded]}));
        assert_eq!(post("keys/deactivate", json!({"id": "K2k"})), json!({"existed": true}));
        assert_eq!(get("keys")["keys"][0]["key"]["status"], "inactive");

        call(&emulator, "POST", "/v1/mgmt/accesskey/delete?x=1", json!({"id": "K2k"}));
        let expected = json!([{"operation": "delete", "method": "POST", "query": "x=1",
            "path": "/v1/mgmt/accesskey/delete", "headers": {}, "body": "{\"id\":\"K2k\"}",
            "peer": "127.0.0.1"}]);
        assert_eq!(get("requests")["requests"], expected);
        assert_eq!(get("counts")["operations"]["delete"], 1);
        call(&emulator, "DELETE", "/emulator/requests", Value::Null);
        assert!(emulator.requests().is_empty());
        assert_eq!(post("keys/delete", json!({"id": "K2k"})), json!({"existed": true}));
        assert_eq!(post("keys/delete", json!({"id": "K2k"})), json!({"existed": false}));
    }

    #[test]
    fn a_reset_brings_the_start_back() {
        let key = Key::new("k").with_cleartext("c");
        let emulator = Emulator::builder().time(1000).key(key).control(true).in_process();
        let (keys, set) = (emulator.keys(), emulator.key_set());
        let post = |path: &str, body| {
            assert_eq!(
                call(&emulator, "POST", &format!("/emulator/{path}"), body).0,
                200,
                "{path}"
            );
        };
        post("keys/delete", json!({"id": keys[0].id}));
        post("keys", json!({"name": "other"}));
        post("clock", json!({"advance": 60}));
        post("signing-keys/rotate", Value::Null);
        post("signing-keys/retire", Value::Null);
        post("faults", json!({"fault": "closed", "forever": true}));
        post("search-lag", json!({"milliseconds": 5000}));
        post("limits", json!({"requests": 0, "milliseconds": 5000, "on": ["load"]}));
        assert_eq!(call(&emulator, "GET", "/v1/mgmt/license", Value::Null).0, 200, "never sent");
        post("reset", Value::Null);
        assert_eq!((emulator.keys(), emulator.key_set()), (keys, set));
        assert_eq!((emulator.now(), emulator.total()), (1000, 0));
        let load = call(&emulator, "GET", "/v1/mgmt/accesskey", Value::Null);
        assert_eq!(load.0, 401, "neither limited nor closed");
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
