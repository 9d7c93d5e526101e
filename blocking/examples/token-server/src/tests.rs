//! The server as its callers see it.

use std::net::SocketAddr;

use descope_emulator::{Fault, Key, Operation, Token};

use super::*;

const ACCESS_KEY: &str = "K2-a-cleartext-that-is-long-enough";

struct World {
    emulator: Emulator,
    address: SocketAddr,
}

/// Runs a test against a server, and stops it.
fn with_server(test: impl FnOnce(&World)) {
    let key = Key::new("ci").with_cleartext(ACCESS_KEY).tenant_roles("acme", ["deployer"]);
    let emulator = Emulator::builder().key(key).start();
    let builder =
        Client::builder(emulator.project_id()).base_url(emulator.base_url()).limits(|limits| {
            limits.max_attempts = 1;
            limits.pauses.first = Duration::ZERO;
        });
    let authenticator = authenticator(builder).unwrap();
    let server = Server::http("127.0.0.1:0").unwrap();
    let world = World { emulator, address: server.server_addr().to_ip().unwrap() };
    thread::scope(|scope| {
        scope.spawn(|| serve(&server, &authenticator));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(&world)));
        for _ in 0..THREADS {
            server.unblock();
        }
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

impl World {
    fn token(&self) -> Token {
        self.emulator.token()
    }

    /// Status, challenge and body.
    fn request(&self, method: &str, path: &str, authorization: &[&str]) -> (u16, String, String) {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for value in authorization {
            request = request.header("authorization", *value);
        }
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let mut answer = agent.run(request.body(()).unwrap()).unwrap();
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.map_or("", |value| value.to_str().unwrap()).to_owned();
        (answer.status().as_u16(), challenge, answer.body_mut().read_to_string().unwrap())
    }

    fn whoami(&self, token: &str) -> (u16, String, String) {
        self.request("GET", "/whoami", &[&format!("Bearer {token}")])
    }

    fn deploy(&self, token: Token) -> (u16, String) {
        let (status, challenge, _) =
            self.request("POST", "/deploy", &[&format!("bearer {}", token.mint())]);
        (status, challenge)
    }
}

#[test]
fn a_valid_token_is_let_in() {
    with_server(|world| {
        let token = world.token().claim("tenants", serde_json::json!({"acme": {}})).mint();
        let (status, _, body) = world.whoami(&token);
        assert_eq!((status, body.as_str()), (200, r#"{"key":"K2minted","tenants":["acme"]}"#));
        assert_eq!(world.whoami(&token).0, 200);
        assert_eq!(world.emulator.count(Operation::SigningKeys), 1);
    });
}

#[test]
fn what_is_wrong_is_answered_as_the_standard_has_it() {
    with_server(|world| {
        let valid = format!("Bearer {}", world.token().mint());
        for authorization in [&[][..], &["Basic eA=="], &["Bearer"]] {
            let (status, challenge, _) = world.request("GET", "/whoami", authorization);
            assert_eq!((status, challenge.as_str()), (401, "Bearer"), "{authorization:?}");
        }
        let (status, challenge, _) = world.request("GET", "/whoami", &[&valid, &valid]);
        assert_eq!((status, challenge.as_str()), (400, "Bearer error=\"invalid_request\""));
        for token in [
            world.token().expires_in(-60),
            world.token().forged(),
            world.token().claim("iss", "P2another"),
        ] {
            let (status, challenge, body) = world.whoami(&token.mint());
            assert_eq!((status, challenge.as_str()), (401, "Bearer error=\"invalid_token\""));
            assert_eq!(body, "");
        }
        assert_eq!(world.request("GET", "/nowhere", &[]).0, 404);
    });
}

#[test]
fn a_role_is_asked_of_the_tenant() {
    with_server(|world| {
        let tenants = |value| world.token().claim("tenants", value);
        let deployer = serde_json::json!({"roles": ["deployer"]});
        assert_eq!(world.deploy(tenants(serde_json::json!({"acme": deployer}))).0, 200);
        for refused in [
            tenants(serde_json::json!({"globex": deployer})),
            tenants(serde_json::json!({"acme": {"roles": ["viewer"]}})),
            world.token().claim("roles", vec!["deployer"]),
            world.token().claim("nsec", serde_json::json!({"tenants": {"acme": deployer}})),
        ] {
            let insufficient = "Bearer error=\"insufficient_scope\"".to_owned();
            assert_eq!(world.deploy(refused), (403, insufficient));
        }
    });
}

#[test]
fn while_the_keys_cannot_be_fetched_it_is_unavailable() {
    with_server(|world| {
        world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
        world.emulator.rotate_signing_key();
        assert_eq!(world.whoami(&world.token().mint()).0, 503);
    });
}

#[test]
fn an_access_key_is_let_in_and_exchanged_once() {
    with_server(|world| {
        for _ in 0..3 {
            let (status, _, body) =
                world.request("POST", "/deploy", &[&format!("Bearer {ACCESS_KEY}")]);
            assert_eq!(status, 200, "{body}");
        }
        let (status, challenge, _) = world.whoami("K2-a-cleartext-of-nobody");
        assert_eq!((status, challenge.as_str()), (401, "Bearer error=\"invalid_token\""));
        assert_eq!(world.emulator.count(Operation::Exchange), 2);
    });
}

#[test]
fn many_at_once_cost_one_fetch() {
    with_server(|world| {
        let token = world.token().mint();
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| assert_eq!(world.whoami(&token).0, 200));
            }
        });
        assert_eq!(world.emulator.count(Operation::SigningKeys), 1);
    });
}
