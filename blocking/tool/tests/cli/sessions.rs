//! `descope-keys exchange`, `descope-keys token`

use std::fs;

use descope_emulator::{Emulator, Fault, Operation};
use serde_json::json;

use crate::world::{ACCESS_KEY, Run, World};

/// The token is one that the emulator's key signed.
fn validates(world: &World, token: &str) {
    world.run(&["validate"]).stdin(token).ok();
}

#[test]
fn an_exchange_prints_the_token_and_tells_what_it_says() {
    let world = World::new();
    let ended = world.run(&["exchange"]).with_access_key().ok();
    validates(&world, ended.line());
    assert!(ended.stderr.contains("  key          K2ci\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("  tenants      acme: deployer\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("(in 10 minutes)"), "{}", ended.stderr);
    let session = world.run(&["exchange", "--json"]).with_access_key().ok().json();
    assert_eq!((&session["keyId"], &session["claims"]["team"]), (&json!("K2ci"), &json!("build")));
    validates(&world, session["token"].as_str().unwrap());
}

#[test]
fn every_argument_is_sent() {
    let world = World::with(Emulator::builder().audience("https://a.example"));
    let arguments = |command: &'static str| {
        [command, "--tenant", "acme", "--login-claim", "job=42", "--audience", "https://a.example"]
    };
    let session = world.run(&arguments("exchange")).arg("--json").with_access_key().ok().json();
    assert_eq!(session["claims"]["dct"], "acme");
    assert_eq!(session["untrustedLoginClaims"], json!({"job": 42}));
    world.run(&arguments("token")).with_access_key().ok();
    for request in
        world.emulator.requests().iter().filter(|it| it.operation == Some(Operation::Exchange))
    {
        let options = json!({"customClaims": {"job": 42}, "selectedTenant": "acme"});
        assert_eq!(request.json(), json!({"loginOptions": options}));
    }
    let wrong = ["exchange", "--audience", "https://b.example"];
    let ended = world.run(&wrong).with_access_key().fails(1);
    assert!(ended.stderr.contains("audience"), "{}", ended.stderr);
    world.run(&["exchange"]).with_access_key().fails(1);
    world.run(&["exchange", "--any-audience"]).with_access_key().ok();
}

#[test]
fn the_access_key_comes_from_the_environment_a_file_or_standard_input() {
    let world = World::new();
    let path = world.file("key", &format!("{ACCESS_KEY}\n"));
    validates(&world, world.run(&["token"]).with_access_key().ok().line());
    let from_file = world.run(&["token", "--access-key-file"]).arg(&path);
    validates(&world, from_file.env("DESCOPE_ACCESS_KEY", "wrong").ok().line());
    let from_stdin = world.run(&["token", "--access-key-file", "-"]);
    validates(&world, from_stdin.stdin(format!("{ACCESS_KEY}\n")).ok().line());
    let ended = world.run(&["token"]).fails(4);
    assert!(ended.stderr.contains("DESCOPE_ACCESS_KEY"), "{}", ended.stderr);
    world.run(&["token", "--access-key-file", "/no/such/file"]).fails(2);
    world.run(&["token", "--access-key-file", "-"]).stdin("\n").fails(2);
}

#[test]
fn what_editors_and_shells_leave_around_a_key_is_trimmed_or_refused_unseen() {
    let world = World::new();
    let utf16: Vec<u8> = ACCESS_KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = world.path("key");
    let run = || world.run(&["token", "--access-key-file"]).arg(&path);
    for text in [
        format!("{ACCESS_KEY}\r\n"),
        format!("  {ACCESS_KEY}\t\n\n"),
        format!("{ACCESS_KEY}\u{a0}"),
    ] {
        fs::write(&path, text).unwrap();
        validates(&world, run().ok().line());
    }
    let exchanged = world.emulator.count(Operation::Exchange);
    for bytes in [
        format!("\u{feff}{ACCESS_KEY}").into_bytes(),
        format!("{ACCESS_KEY}\u{200b}").into_bytes(),
        format!("{ACCESS_KEY}\nsecond line\n").into_bytes(),
        utf16,
        vec![0; 60],
    ] {
        fs::write(&path, &bytes).unwrap();
        run().fails(2);
    }
    assert_eq!(world.emulator.count(Operation::Exchange), exchanged);
    // What is no credential for sure is for the service to say.
    for text in [format!("'{ACCESS_KEY}'"), format!("DESCOPE_ACCESS_KEY={ACCESS_KEY}")] {
        fs::write(&path, text).unwrap();
        run().fails(4);
    }
}

#[test]
fn a_token_needs_no_management_key() {
    let world = World::new();
    let ended = world.run(&["token"]).without("DESCOPE_MANAGEMENT_KEY").with_access_key().ok();
    validates(&world, ended.line());
    assert_eq!(ended.stderr, "");
    let held = world.run(&["token", "--json"]).with_access_key().ok().json();
    assert_eq!(held["keyId"], "K2ci");
    assert!(held["expiresAt"].as_i64().unwrap() > world.emulator.now());
    validates(&world, held["token"].as_str().unwrap());
}

#[test]
fn a_refused_key_is_not_shown() {
    let world = World::new();
    world.emulator.deactivate("K2ci");
    for command in ["exchange", "token"] {
        let ended = world.run(&[command]).with_access_key().fails(4);
        assert_eq!(ended.stdout, "");
        let ended = world.run(&[command, "--json"]).with_access_key().fails(4);
        assert_eq!(ended.json()["error"]["status"], 401);
        assert!(!ended.stdout.contains(ACCESS_KEY));
    }
    world.emulator.inject(Fault::status(429).retry_after(100).on(Operation::Exchange));
    let ended = world.run(&["token", "--json"]).with_access_key().fails(5);
    assert_eq!(ended.json()["error"]["retryAfter"], 100);
    let run =
        Run::bare(&["token"]).env("DESCOPE_PROJECT_ID", "P2a").env("DESCOPE_ACCESS_KEY", "a\u{1}b");
    let ended = run.fails(2);
    assert!(!ended.stderr.contains("a\u{1}b"), "{}", ended.stderr);
}
