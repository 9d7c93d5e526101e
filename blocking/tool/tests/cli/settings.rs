//! The options that say which project, where, and over what.

use std::time::{Duration, Instant};

use descope_emulator::{Fault, Operation};

use crate::world::{Run, World};

#[test]
fn options_take_the_place_of_the_environment() {
    let world = World::new();
    let path = world.file("key", &format!("{}\n", world.emulator.management_key()));
    let (url, project) = (world.emulator.base_url(), world.emulator.project_id().to_owned());
    let options = ["load", "K2ci", "--base-url", &url, "--project-id", &project];
    Run::bare(&options).arg("--management-key-file").arg(&path).ok();
    let run = Run::bare(&options).env("DESCOPE_PROJECT_ID", "P2other");
    let run = run.env("DESCOPE_BASE_URL", "https://nowhere.invalid");
    run.arg("--management-key-file=-").stdin(world.emulator.management_key()).ok();
    // They may stand before the command too.
    Run::bare(&["--base-url", &url, "--project-id", &project, "load", "K2ci"])
        .env("DESCOPE_MANAGEMENT_KEY", world.emulator.management_key())
        .ok();
}

#[test]
fn what_is_missing_is_named() {
    let ended = Run::bare(&["search"]).fails(2);
    assert!(ended.stderr.contains("DESCOPE_PROJECT_ID is not set"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--emulator"), "{}", ended.stderr);
    let ended = Run::bare(&["search", "--project-id", "P2a"]).fails(4);
    assert!(ended.stderr.contains("--management-key-file"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read_to_it() {
    for option in ["--access-key-file", "--management-key-file", "--ca-file"] {
        let ended = World::new().run(&["whoami", option, "/dev/zero"]).fails(2);
        assert!(ended.stderr.contains("it has more than 16 MiB"), "{}", ended.stderr);
    }
}

#[test]
fn standard_input_is_taken_once() {
    let world = World::new();
    let ended = world.run(&["delete", "-", "--management-key-file", "-"]).stdin("K2ci").fails(2);
    assert!(ended.stderr.contains("cannot hold both"), "{}", ended.stderr);
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn headers_and_a_request_id_are_sent() {
    let world = World::new();
    let path = world.file("headers", "X-Gateway: sesame, open\n\nx-other:2\n");
    world.run(&["load", "K2ci", "--request-id", "job-42", "--header-file"]).arg(&path).ok();
    let request = &world.emulator.requests()[0];
    assert_eq!(request.header("x-gateway"), Some("sesame, open"));
    assert_eq!(request.header("x-other"), Some("2"));
    assert_eq!(request.header("x-external-rid"), Some("job-42"));
    let path = world.file("headers", "x-a: 1\nnonsense\n");
    let ended = world.run(&["load", "K2ci", "--header-file"]).arg(&path).fails(2);
    assert!(ended.stderr.contains("line 2"), "{}", ended.stderr);
}

#[test]
fn a_timeout_ends_a_call() {
    let world = World::new();
    world.emulator.inject(Fault::stalled().on(Operation::Load).forever());
    let began = Instant::now();
    world.run(&["load", "K2ci", "--timeout", "300ms"]).fails(7);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    world.emulator.clear_faults();
    world.emulator.clear_requests();
    world.emulator.inject(Fault::status(503).on(Operation::Load).forever());
    world.run(&["load", "K2ci", "--attempts", "2"]).fails(7);
    assert_eq!(world.emulator.count(Operation::Load), 2);
    world.run(&["load", "K2ci", "--attempts", "0"]).fails(2);
}

#[test]
fn proxies_and_authorities_are_taken_from_options() {
    let world = World::new();
    // Nothing listens there, so the proxy was used.
    let ended = world.run(&["load", "K2ci", "--proxy", "http://127.0.0.1:1"]).fails(7);
    assert!(ended.stderr.contains("nothing was sent"), "{}", ended.stderr);
    for (option, value) in [
        ("--proxy", "http://user:pass@127.0.0.1:1"),
        ("--proxy", ""),
        ("--ca-file", "/no/such/file"),
        ("--base-url", "http://example.com"),
        ("--project-id", "a b"),
    ] {
        let ended = world.run(&["load", "K2ci", option, value]).fails(2);
        assert!(!ended.stderr.contains("user:pass"), "{}", ended.stderr);
    }
    let empty = world.file("ca.pem", "no certificate");
    let ended = world.run(&["load", "K2ci", "--ca-file"]).arg(&empty).fails(2);
    assert!(ended.stderr.contains("certificate"), "{}", ended.stderr);
    world.run(&["load", "K2ci", "--no-proxy"]).env("HTTPS_PROXY", "http://127.0.0.1:1").ok();
}

#[test]
fn a_setting_that_is_refused_is_called_what_it_was_given_as() {
    let world = World::new();
    for (option, value, said) in [
        ("--base-url", "http://example.com", "--base-url is plain http"),
        ("--project-id", "a b", "--project-id holds"),
    ] {
        let ended = world.run(&["load", "K2ci", option, value]).fails(2);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let run = world.run(&["load", "K2ci"]).env("DESCOPE_BASE_URL", "ftp://example.com");
    let ended = run.fails(2);
    assert!(ended.stderr.contains("DESCOPE_BASE_URL must begin"), "{}", ended.stderr);
}

#[test]
fn authorities_are_taken_from_a_variable() {
    let world = World::new();
    let run = || world.run(&["load", "K2ci"]);
    let ended = run().env("DESCOPE_CA_FILE", "/no/such/file").fails(2);
    assert!(ended.stderr.contains("/no/such/file"), "{}", ended.stderr);
    run().env("DESCOPE_CA_FILE", "").ok();
    // An option goes before it.
    let run = run().env("DESCOPE_CA_FILE", "/no/such/file").arg("--ca-file=/nor/this/one");
    let ended = run.fails(2);
    assert!(ended.stderr.contains("/nor/this/one"), "{}", ended.stderr);
}

#[test]
fn verbose_tells_requests_and_no_secret() {
    let world = World::new();
    let ended = world.run(&["token", "--verbose"]).with_access_key().ok();
    for path in ["/v1/auth/accesskey/exchange", "/v2/keys/"] {
        assert!(ended.stderr.contains(path), "{path}: {}", ended.stderr);
    }
    assert_eq!(world.run(&["token"]).with_access_key().ok().stderr, "");
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_and_its_password_not_shown() {
    let world = World::new();
    let run = world.run(&["load", "K2ci", "--base-url", "https://api.descope.com"]);
    let ended = run.env("HTTPS_PROXY", "nonsense://user:pass@proxy").fails(2);
    assert!(ended.stderr.contains("HTTPS_PROXY"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("user:pass"), "{}", ended.stderr);
}
