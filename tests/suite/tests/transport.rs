//! The ureq transport where nothing goes wrong: what goes over the wire, connections, proxies,
//! settings.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::UreqTransport;
use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, Endpoint, ErrorKind, Expiry, FailureKind,
    LoadAccessKey, Now, Outgoing, Step, Transport,
};
use descope_suite::faults::{Act, Behaviour, Identity, Request, Server, authority_pem};
use http::Method;

#[test]
fn requests_go_over_the_wire_as_the_core_made_them() {
    let server = well();
    let transport = UreqTransport::new();
    transport.send(load(&server.url())).unwrap();
    transport.send(create(&server.url())).unwrap();
    let mut empty = create(&server.url());
    empty.request.body_mut().clear();
    transport.send(empty).unwrap();

    let [get, post, empty] = &server.requests()[..] else { panic!("three requests") };
    assert!(get.head.starts_with("GET /v1/mgmt/accesskey?id=K1 HTTP/1.1\r\n"));
    assert_eq!(get.header("content-length"), None);
    assert_eq!(get.header("transfer-encoding"), None);
    assert_eq!(get.header("authorization"), Some("Bearer P1:K2key"));
    let agent = get.header("user-agent").unwrap();
    assert_eq!(agent, concat!("descope-rust/", env!("CARGO_PKG_VERSION")));
    assert_eq!(post.header("content-length"), Some(&*post.body.len().to_string()));
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert_eq!(post.header("expect"), None);
    assert_eq!(post.body, br#"{"name":"ci","expireTime":0}"#);
    assert_eq!((empty.header("content-length"), empty.body.len()), (Some("0"), 0));
}

#[test]
fn a_fresh_connection_has_carried_nothing_and_is_kept() {
    for (transport, expected) in [
        (UreqTransport::new(), [1, 1, 2, 1, 2]),
        // It is not kept, and the one that was there before is.
        (UreqTransport::from_agent(ureq::agent()), [1, 1, 2, 1, 3]),
    ] {
        let server = well();
        for outgoing in [load, create, load, create, load] {
            transport.send(outgoing(&server.url())).unwrap();
        }
        let uses: Vec<_> = server.requests().iter().map(|one| one.on_connection).collect();
        assert_eq!(uses, expected);
    }
}

#[test]
fn one_that_waited_and_is_dead_takes_the_others_with_it() {
    for act in [Act::Reset, Act::Stall] {
        let all_are_here = Barrier::new(3);
        let server = Server::start(answering(None, move |request| {
            if request.on_connection > 1 {
                return vec![act.clone()];
            }
            if request.number <= 3 {
                all_are_here.wait();
            }
            vec![ok()]
        }));
        let transport = UreqTransport::new();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| transport.send(load(&server.url())).unwrap());
            }
        });
        let mut outgoing = load(&server.url());
        outgoing.reused_timeout = Duration::from_millis(200);
        transport.send(outgoing).unwrap_err();
        transport.send(load(&server.url())).unwrap();
        assert_eq!(server.requests().last().unwrap().on_connection, 1);
    }
}

#[test]
fn each_host_has_connections_of_its_own() {
    let servers = [well(), well()];
    let transport = UreqTransport::new();
    for server in [&servers[0], &servers[1], &servers[0], &servers[1]] {
        transport.send(load(&server.url())).unwrap();
    }
    for server in servers {
        assert_eq!(server.requests()[1].on_connection, 2);
    }
}

#[test]
fn one_transport_serves_many_threads() {
    let server = well();
    let transport = UreqTransport::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(transport.send(load(&server.url())).unwrap().status(), 200);
                }
            });
        }
    });
    assert_eq!(server.requests().len(), 160);
}

#[test]
fn no_limit_of_time_is_too_long() {
    let server = well();
    let mut outgoing = load(&server.url());
    outgoing.timeout = Duration::MAX;
    outgoing.connect_timeout = Duration::MAX;
    UreqTransport::new().send(outgoing).unwrap();
}

#[test]
fn a_limit_that_has_passed_sends_nothing() {
    let server = well();
    let mut outgoing = load(&server.url());
    outgoing.timeout = Duration::ZERO;
    let failure = UreqTransport::new().send(outgoing).unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::ConnectTimeout, false));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_server_that_is_slow_to_read_holds_nobody_up() {
    let wait = |milliseconds| vec![Act::Wait(Duration::from_millis(milliseconds))];
    let cases = [
        ("never", wait(2200)),
        ("in portions", vec![[wait(20), vec![Act::Read]].concat(); 100].concat()),
        ("once, late", [wait(900), vec![Act::Read; 40], wait(1300)].concat()),
    ];
    thread::scope(|scope| {
        for (pace, accept) in cases {
            scope.spawn(move || {
                let server = Server::start(Behaviour { accept, ..Behaviour::default() });
                let limit = Duration::from_millis(1600);
                let mut outgoing = create(&server.url());
                outgoing.request.body_mut().resize(32 << 20, b' ');
                outgoing.timeout = limit;
                let start = Instant::now();
                let failure = UreqTransport::new().send(outgoing).unwrap_err();
                let took = start.elapsed();
                assert_eq!((failure.kind, failure.sent), (FailureKind::Timeout, true), "{pace}");
                assert!(took < limit + Duration::from_millis(500), "{pace}: {took:?}");
            });
        }
    });
}

#[test]
fn an_explicit_proxy_is_used_for_loopback_too() {
    let server = well();
    let proxy = Proxy::start(server.address());
    let url = format!("http://user:pass%20word@{}", proxy.address);
    let transport = UreqTransport::builder().proxy(url).user_agent("mine/1").build().unwrap();
    transport.send(load(&server.url())).unwrap();
    let connect = proxy.heads();
    assert_eq!(connect.len(), 1);
    assert!(connect[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", server.address())));
    assert!(connect[0].contains("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ="));
    assert_eq!(server.requests()[0].header("user-agent"), Some("mine/1"));
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);
}

#[test]
fn tls_through_a_proxy_is_to_the_server() {
    let body = "x".repeat(700 << 10);
    let behaviour = answering(Some(Identity::Trusted), move |_| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        vec![Act::Send((head + &body).into())]
    });
    let server = Server::start(behaviour);
    let proxy = Proxy::start(server.address());
    let builder = || UreqTransport::builder().proxy(format!("http://{}", proxy.address));
    let transport = builder().ca_pem(authority_pem()).build().unwrap();
    let response = transport.send(load(&server.url())).unwrap();
    assert_eq!(response.body().len(), 700 << 10);

    let failure = builder().build().unwrap().send(load(&server.url())).unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Certificate, false));
}

#[test]
fn a_proxy_that_refuses_is_no_connection() {
    for (status, kind) in [(407, FailureKind::Proxy), (403, FailureKind::Connect)] {
        let proxy = Server::start(answering(None, move |_| {
            vec![Act::Send(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n").into())]
        }));
        let transport = UreqTransport::builder().proxy(proxy.url()).build().unwrap();
        for outgoing in [load("http://127.0.0.1:1"), load("https://127.0.0.1:1")] {
            let failure = transport.send(outgoing).unwrap_err();
            assert_eq!((failure.kind, failure.sent), (kind, false));
            assert_eq!(failure.proxy, Some(proxy.address().to_string()));
            assert!(failure.source.unwrap().to_string().contains(&status.to_string()));
        }
    }
}

/// The environment is that of a process, so each case has one of its own.
#[test]
fn proxies_of_the_environment_are_used_but_for_loopback() {
    let server = well();
    let proxy = Proxy::start(server.address());
    let address = format!("http://{}", proxy.address);
    let plain = "http://service.example".to_owned();
    let https = "https://service.example".to_owned();
    let cases = [
        ("HTTPS_PROXY", "", server.url(), false),
        ("ALL_PROXY", "", server.url(), false),
        ("ALL_PROXY", "", server.url().replace("127.0.0.1", "localhost"), false),
        ("http_proxy", "", plain.clone(), true),
        ("ALL_PROXY", "", plain.clone(), true),
        ("HTTPS_PROXY", "", https.clone(), true),
        ("all_proxy", "", https.clone(), true),
        ("HTTP_PROXY", "", https.clone(), false),
        ("HTTPS_PROXY", "", plain.clone(), false),
        ("HTTPS_PROXY", "other.example, example", https, false),
        ("NOBODYS_PROXY", "", plain, false),
    ];
    for (variable, no_proxy, url, proxied) in cases {
        let before = proxy.heads().len();
        let mut child = Command::new(std::env::current_exe().unwrap());
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            child.env_remove(name).env_remove(name.to_lowercase());
        }
        child
            .args(["--exact", "child_sends_a_load", "--ignored", "--nocapture"])
            .env(variable, &address)
            .env("NO_PROXY", no_proxy)
            .env("LOAD_FROM", &url);
        let output = child.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        // What the proxy connects to speaks no TLS.
        let reached = !url.contains("example") || (proxied && url.starts_with("http:"));
        assert_eq!(text.contains("status 200"), reached, "{variable} {url}: {text}");
        assert_eq!(proxy.heads().len() - before, usize::from(proxied), "{variable} {url}");
    }
}

#[test]
#[ignore = "run by `proxies_of_the_environment_are_used_but_for_loopback`, in a process of its own"]
fn child_sends_a_load() {
    let url = std::env::var("LOAD_FROM").unwrap();
    let mut outgoing = load(&url);
    if url.starts_with("https:") {
        // The proxy has heard all it needs when TLS begins.
        outgoing.connect_timeout = Duration::from_millis(500);
    }
    match UreqTransport::new().send(outgoing) {
        Ok(response) => println!("status {}", response.status().as_u16()),
        Err(failure) => println!("{:?}", failure.kind),
    }
}

#[test]
fn the_first_wrong_setting_is_told_and_no_credential_shown() {
    let builder = UreqTransport::builder;
    let cases = [
        (builder().ca_file("/nowhere/ca.pem"), "ca_file"),
        (builder().ca_pem("no certificate"), "ca_pem"),
        (builder().ca_pem("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"), "ca_pem"),
        (builder().proxy("http://u:s3cret@[").user_agent("\n"), "proxy"),
        (builder().proxy("ftp://u:s3cret@proxy"), "proxy"),
        (builder().proxy("socks5://u:s3cret@proxy"), "proxy"),
        (builder().proxy("http://u:1#s3cret@proxy"), "proxy"),
        (builder().user_agent("a\nb"), "user_agent"),
        (builder().user_agent(""), "user_agent"),
    ];
    for (builder, field) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some(field)));
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    let transport = builder().proxy("http://u:s3cret@proxy:1").build().unwrap();
    assert!(!format!("{transport:?}").contains("s3cret"));
}

#[test]
fn a_ca_file_replaces_the_roots() {
    let path = std::env::temp_dir().join(format!("ca-{}.pem", std::process::id()));
    std::fs::write(&path, authority_pem()).unwrap();
    let transport = UreqTransport::builder().ca_file(&path).build();
    std::fs::remove_file(&path).unwrap();
    let server = Server::start(answering(Some(Identity::Trusted), |_| vec![ok()]));
    transport.unwrap().send(load(&server.url())).unwrap();
}

fn well() -> Server {
    Server::start(answering(None, |_| vec![ok()]))
}

fn ok() -> Act {
    Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec())
}

fn answering(
    identity: Option<Identity>,
    answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static,
) -> Behaviour {
    let https = identity.is_some();
    Behaviour { https, identity, answer: Some(Arc::new(answer)), ..Behaviour::default() }
}

fn load(url: &str) -> Outgoing {
    let outgoing = outgoing(url, LoadAccessKey::new("K1"));
    assert_eq!(outgoing.request.method(), Method::GET);
    outgoing
}

fn create(url: &str) -> Outgoing {
    let outgoing = outgoing(url, CreateAccessKey::new("ci", Expiry::Never));
    assert!(outgoing.fresh_connection);
    outgoing
}

fn outgoing(url: &str, endpoint: impl Endpoint) -> Outgoing {
    let config = Config::builder("P1").base_url(url).management_key("K2key");
    let context = Context::new(config.allow_plain_http(true).build().unwrap(), [1; 32]);
    match context.call(
        endpoint,
        CallOptions::new(),
        Now::new(Duration::ZERO, Duration::from_secs(1 << 30)),
    ) {
        Step::Send(outgoing, _) => outgoing,
        step => panic!("{step:?}"),
    }
}

/// Takes CONNECT for whatever host, and connects to one server.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heads);
        // Ends with the process, as what it waits for does.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let heads = Arc::clone(&shared);
                thread::spawn(move || drop(tunnel(client, server, &heads)));
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, server: SocketAddr, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    heads.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let mut server = TcpStream::connect(server)?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let upwards = thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Both);
    });
    let _ = io::copy(&mut server, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = upwards.join();
    Ok(())
}
