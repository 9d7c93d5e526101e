//! Base URLs with a path, and what every request carries.

use descope_blocking::{Client, CreateAccessKey, Expiry, SearchAccessKeys, UpdateAccessKey};
use descope_core::{Outgoing, Reply, Transport};
use descope_emulator::{Emulator, Fault, InProcess};
use http::Response;

/// A gateway that serves the project under a path of its own.
struct Gateway {
    prefix: &'static str,
    behind: InProcess,
}

impl Transport for Gateway {
    fn send(&self, mut outgoing: Outgoing) -> Reply {
        let uri = outgoing.request.uri().to_string();
        assert_eq!(uri.matches(self.prefix).count(), 1, "{uri}");
        *outgoing.request.uri_mut() = uri.replacen(self.prefix, "", 1).parse().unwrap();
        self.behind.send(outgoing)
    }
}

const PREFIX: &str = "/gateway/descope-v1";

fn every_operation(client: &Client) {
    let keys = client.access_keys();
    let created = keys.create(&CreateAccessKey::new("k", Expiry::Never)).unwrap();
    let id = created.key.id();
    keys.load(id).unwrap();
    keys.search(&SearchAccessKeys::new()).unwrap();
    keys.update(&UpdateAccessKey::new(id, "k")).unwrap();
    keys.deactivate(id).unwrap();
    keys.activate(id).unwrap();
    keys.deactivate_batch([id]).unwrap();
    keys.activate_batch([id]).unwrap();
    let rotated = keys.rotate(id).unwrap();
    client.exchange(&rotated.cleartext).unwrap();
    client.license_tier().unwrap();
    keys.delete(id).unwrap();
    keys.delete_batch([id]).unwrap();
}

#[test]
fn a_path_in_the_base_url_is_neither_lost_nor_doubled() {
    for slashes in ["", "/", "//"] {
        let emulator = Emulator::builder().in_process();
        let client = Client::builder(emulator.project_id())
            .management_key(emulator.management_key())
            .base_url(format!("{}{PREFIX}{slashes}", emulator.base_url()))
            .transport(Gateway { prefix: PREFIX, behind: emulator.transport() })
            .build()
            .unwrap();
        every_operation(&client);
        // Those above, and the key set.
        assert_eq!(emulator.total(), 14, "{slashes:?}");
    }
}

#[test]
fn a_path_in_the_base_url_is_on_the_wire() {
    let emulator = Emulator::start();
    let client = Client::builder(emulator.project_id())
        .management_key(emulator.management_key())
        .base_url(format!("{}{PREFIX}/", emulator.base_url()))
        .build()
        .unwrap();
    let answer = Response::new(br#"{"key": {"id": "K2 x"}}"#.to_vec());
    emulator.inject(Fault::answer(answer).on_path(format!("{PREFIX}/v1/mgmt/accesskey")));
    assert_eq!(client.access_keys().load("K2 x").unwrap().id(), "K2 x");
    let received = &emulator.requests()[0];
    assert_eq!(received.path, format!("{PREFIX}/v1/mgmt/accesskey"));
    assert!(matches!(received.query.as_str(), "id=K2%20x" | "id=K2+x"), "{}", received.query);
}

#[test]
fn every_request_says_who_asks_and_carries_its_credential_alone() {
    let emulator = Emulator::builder().auth_management_key("auth-management").start();
    let client = Client::builder(emulator.project_id())
        .management_key(emulator.management_key())
        .auth_management_key("auth-management")
        .base_url(emulator.base_url())
        .header("x-gateway", "open sesame")
        .config(|config| config.external_request_id("rid-1"))
        .build()
        .unwrap();
    every_operation(&client);
    let (project, management) = (emulator.project_id(), emulator.management_key());
    let requests = emulator.requests();
    assert_eq!(requests.len(), 14);
    for request in requests {
        let header = |name| request.header(name);
        assert_eq!(header("x-descope-sdk-name"), Some("rust"));
        assert!(header("x-descope-sdk-version").is_some_and(|version| version.contains('.')));
        assert!(header("x-descope-sdk-rust-version").is_some());
        assert_eq!(header("x-descope-project-id"), Some(project));
        assert_eq!(
            (header("x-gateway"), header("x-external-rid")),
            (Some("open sesame"), Some("rid-1"))
        );
        let json = request.method == http::Method::POST;
        assert_eq!(header("content-type"), json.then_some("application/json"), "{}", request.path);
        assert_eq!(header("content-length").is_some(), json, "{}", request.path);
        let bearer = header("authorization").unwrap();
        if request.path.starts_with("/v1/mgmt/") {
            assert_eq!(bearer, format!("Bearer {project}:{management}"));
        } else if request.path.starts_with("/v2/keys/") {
            assert_eq!(bearer, format!("Bearer {project}"));
        } else {
            assert!(bearer.starts_with(&format!("Bearer {project}:K2")), "not shown");
            assert!(bearer.ends_with(":auth-management") && !bearer.contains(management));
        }
    }
}
