//! The server as its callers see it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use descope_emulator::{Fault, Operation};

use super::*;

struct World {
    emulator: Emulator,
    address: SocketAddr,
    _runtime: Runtime,
}

impl World {
    fn new() -> Self {
        let emulator = Emulator::start();
        let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
        let client = builder.clock(emulator.clock()).build().unwrap();
        let router = router(client.validator().unwrap().authenticator());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { emulator, address, _runtime: runtime }
    }

    /// Status, challenge, and seconds to wait.
    fn request(&self, method: &str, path: &str, token: &str) -> (u16, String, String) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("bearer {token}"));
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let answer = agent.run(request.body(()).unwrap()).unwrap();
        let header = |name| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        (answer.status().as_u16(), header("www-authenticate"), header("retry-after"))
    }
}

#[test]
fn it_tells_who_may_what() {
    let world = World::new();
    let deployer = json!({"tenants": {"acme": {"roles": ["deployer"]}}});
    let deployer = world.emulator.mint(deployer);
    assert_eq!(world.request("GET", "/whoami", &deployer).0, 200);
    assert_eq!(world.request("POST", "/deploy", &deployer).0, 200);
    let other = world.emulator.token().mint();
    let (status, challenge, _) = world.request("POST", "/deploy", &other);
    assert_eq!((status, &*challenge), (403, "Bearer error=\"insufficient_scope\""));
    let expired = world.emulator.token().expires_in(-60).mint();
    let (status, challenge, _) = world.request("GET", "/whoami", &expired);
    assert_eq!((status, &*challenge), (401, "Bearer error=\"invalid_token\""));
}

#[test]
fn a_service_that_hangs_blocks_no_worker() {
    let world = World::new();
    let known = world.emulator.token().mint();
    world.emulator.inject(Fault::stalled().on(Operation::SigningKeys).forever());
    world.emulator.rotate_signing_key();
    let new = world.emulator.token().mint();
    let began = Instant::now();
    for _ in 0..20 {
        let (status, challenge, wait) = world.request("GET", "/whoami", &new);
        assert_eq!((status, &*challenge, &*wait), (503, "", "1"));
        assert_eq!(world.request("GET", "/whoami", &known).0, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
