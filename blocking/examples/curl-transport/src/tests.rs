//! The transport against an emulator; skipped where there is no curl.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use descope_blocking::descope_core::{LoadAccessKey, Step};
use descope_blocking::{
    CallOptions, Client, CreateAccessKey, CreatedAccessKey, Error, ErrorKind, Expiry, Outcome,
};
use descope_emulator::{Emulator, Fault, Operation, conformance};

use crate::config;
use crate::curl::Curl;

fn has_curl() -> bool {
    let version = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    let found = version.is_ok_and(|status| status.success());
    if !found {
        println!("skipped: there is no curl");
    }
    found
}

fn client(emulator: &Emulator) -> Client {
    client_of(emulator, &emulator.base_url(), Curl::new("curl"))
}

fn client_of(emulator: &Emulator, base_url: &str, curl: Curl) -> Client {
    Client::builder(emulator.project_id())
        .management_key(emulator.management_key())
        .base_url(base_url)
        .limits(|limits| limits.backoff = Duration::ZERO)
        .transport(curl)
        .build()
        .unwrap()
}

fn create(client: &Client) -> Result<CreatedAccessKey, Error> {
    client.access_keys().create(&CreateAccessKey::new("k", Expiry::Never))
}

#[test]
fn a_key_is_created_exchanged_and_deleted() {
    if !has_curl() {
        return;
    }
    let emulator = Emulator::start();
    let client = client(&emulator);
    let odd = "@ \"quoted\" \\ back\nline\ttab ümläut \u{1f511} {x} [1-9] 100%";
    let create = CreateAccessKey::new(odd, Expiry::Never).description("x".repeat(50_000));
    let created = client.access_keys().create(&create).unwrap();
    assert_eq!(emulator.keys()[0].name, odd);
    assert_eq!(emulator.keys()[0].description.len(), 50_000);
    let session = client.exchange(&created.cleartext).unwrap();
    assert_eq!(session.key_id(), created.key.id());
    assert!(client.access_keys().load("a/b?c&d #[x]{1,2}").unwrap_err().status().is_some());
    assert_eq!(
        emulator.requests().last().unwrap().query,
        "id=a%2Fb%3Fc%26d%20%23%5Bx%5D%7B1%2C2%7D"
    );
    client.access_keys().delete(created.key.id()).unwrap();
    assert!(emulator.keys().is_empty());
    assert!(emulator.requests().iter().all(|request| request.header("expect").is_none()));
}

#[test]
fn faults_are_what_they_are() {
    if !has_curl() {
        return;
    }
    for (fault, kind) in [
        (Fault::lost_answer(), ErrorKind::Transport),
        (Fault::reset(), ErrorKind::Transport),
        (Fault::cut(), ErrorKind::Transport),
        (Fault::garbage(), ErrorKind::Protocol),
        (Fault::status(503), ErrorKind::Api),
        (Fault::status(302).header("location", "http://127.0.0.1:1/"), ErrorKind::RedirectRefused),
    ] {
        let emulator = Emulator::start();
        let (client, shown) = (client(&emulator), format!("{fault:?}"));
        let is_cut = shown.contains("Cut");
        emulator.inject(fault);
        let error = create(&client).unwrap_err();
        let outcome = match kind {
            ErrorKind::RedirectRefused => Outcome::Rejected,
            _ => Outcome::Unknown,
        };
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{shown}: {error}");
        assert_eq!(emulator.count(Operation::Create), 1, "{shown}");
        assert_eq!(error.cleartext().is_some(), is_cut, "{shown}");
    }
}

#[test]
fn a_read_is_sent_again() {
    if !has_curl() {
        return;
    }
    let emulator = Emulator::start();
    emulator.inject(Fault::status(503).times(2));
    client(&emulator).access_keys().search(&Default::default()).unwrap();
    assert_eq!(emulator.count(Operation::Search), 3);
}

#[test]
fn what_was_not_sent_is_known_not_to_be() {
    if !has_curl() {
        return;
    }
    let emulator = Emulator::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let https = emulator.base_url().replace("http:", "https:");
    for (base_url, kind) in [
        (format!("http://{free}"), ErrorKind::Connect),
        ("https://no-such-host.invalid".to_owned(), ErrorKind::Connect),
        (https, ErrorKind::Tls),
    ] {
        let error = create(&client_of(&emulator, &base_url, Curl::new("curl"))).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{base_url}");
    }
    assert_eq!(emulator.total(), 0);
    let missing = client_of(&emulator, &emulator.base_url(), Curl::new("/no/such/curl"));
    let error = create(&missing).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
}

#[test]
fn time_and_size_are_bounded() {
    if !has_curl() {
        return;
    }
    let emulator = Emulator::start();
    let quick = CallOptions::new().deadline(Duration::from_millis(300)).max_attempts(1);
    let client = client(&emulator);
    emulator.inject(Fault::stalled());
    let began = Instant::now();
    let error = client.with_options(quick).access_keys().load("K2").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());

    let load = || client.access_keys().load("K2").unwrap_err().kind();
    for bytes in [(1 << 20) + 1, 8 << 20] {
        emulator.inject(Fault::answer(http::Response::new(vec![b' '; bytes])));
        assert_eq!(load(), ErrorKind::BodyTooLarge, "{bytes}");
    }
    emulator.inject(Fault::status(400).header("x-long", &"x".repeat(70 << 10)));
    assert_eq!(load(), ErrorKind::Protocol);
}

/// A stand-in that writes down its arguments and its environment.
#[cfg(unix)]
#[test]
fn no_secret_is_in_the_process_list() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let directory = std::env::temp_dir().join(format!("curl-transport-{}", std::process::id()));
    fs::create_dir(&directory).unwrap();
    let (program, seen) = (directory.join("curl"), directory.join("seen"));
    let script =
        format!("#!/bin/sh\n{{ echo \"$@\"; env; }} > '{}'\ncat > /dev/null\n", seen.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();

    let emulator = Emulator::start();
    let result = create(&client_of(&emulator, &emulator.base_url(), Curl::new(&program)));
    let seen = fs::read_to_string(seen);
    fs::remove_dir_all(&directory).unwrap();
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Protocol, "the stand-in answers nothing");
    let seen = seen.unwrap();
    assert!(seen.starts_with("--disable --config -\n"), "{seen}");
    assert!(!seen.contains(emulator.management_key()), "a secret is seen");
}

#[test]
fn a_proxy_of_the_environment_is_not_for_this_machine() {
    for (base_url, direct) in [
        ("http://127.0.0.1:1", true),
        ("http://LOCALHOST:1", true),
        ("http://[::ffff:127.0.0.1]:1", true),
        ("https://api.example.com", false),
    ] {
        let client = Client::builder("P2").base_url(base_url).management_key("K2").build().unwrap();
        let step =
            client.context().call(LoadAccessKey::new("K2"), CallOptions::new(), client.now());
        let Step::Send(outgoing, _) = step else { panic!("{step:?}") };
        let told = String::from_utf8(config::of(&outgoing)).unwrap();
        assert_eq!(told.contains("noproxy"), direct, "{base_url}");
    }
}

#[test]
fn it_holds_to_what_a_transport_must() {
    if !has_curl() {
        return;
    }
    let report = conformance::check(Curl::new("curl"));
    assert!(report.is_sound(), "{report}");
    // curl says whether a connection stood.
    assert!(report.broken(conformance::Rule::Unsent).is_empty(), "{report}");
}
