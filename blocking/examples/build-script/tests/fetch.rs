//! The build script as cargo runs it, against an emulator and a server of settings.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use descope_emulator::{Emulator, Fault, Key, Operation};

const CLEARTEXT: &str = "K2-of-a-test";

/// What a run printed and wrote.
struct Ran {
    ok: bool,
    output: String,
    settings: Option<String>,
}

fn run(test: &str, variables: &[(&str, &str)]) -> Ran {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetch-settings"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DESCOPE_") {
            command.env_remove(name);
        }
    }
    command.env_remove("SETTINGS_URL");
    let done = command.env("OUT_DIR", &directory).envs(variables.iter().copied()).output().unwrap();
    let settings = fs::read_to_string(directory.join("settings.txt")).ok();
    fs::remove_dir_all(&directory).unwrap();
    let output = [done.stdout, done.stderr].concat();
    Ran { ok: done.status.success(), output: String::from_utf8(output).unwrap(), settings }
}

fn emulator() -> Emulator {
    Emulator::builder().key(Key::new("build").with_cleartext(CLEARTEXT)).start()
}

fn run_against(test: &str, emulator: &Emulator, url: &str, access_key: &str) -> Ran {
    let base_url = emulator.base_url();
    let variables = [
        ("SETTINGS_URL", url),
        ("DESCOPE_PROJECT_ID", emulator.project_id()),
        ("DESCOPE_ACCESS_KEY", access_key),
        ("DESCOPE_BASE_URL", &base_url),
        ("SETTINGS_TIMEOUT", "1"),
    ];
    let ran = run(test, &variables);
    assert!(!ran.output.contains(CLEARTEXT), "{}", ran.output);
    ran
}

/// Answers one request, and hands out its `Authorization`.
fn settings_server(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/settings", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        stream.write_all(answer.as_bytes()).unwrap();
        let bearer = |line: &String| Some(line.strip_prefix("authorization: Bearer ")?.to_owned());
        head.iter().find_map(bearer).unwrap_or_default()
    });
    (url, server)
}

#[test]
fn with_nothing_configured_it_does_nothing() {
    // A key in the environment alone is none of its business.
    let ran = run("nothing", &[("DESCOPE_PROJECT_ID", "P2x"), ("DESCOPE_ACCESS_KEY", "K2x")]);
    assert!(ran.ok, "{}", ran.output);
    assert_eq!(ran.settings.as_deref(), Some(""));
    assert!(ran.output.contains("cargo::rerun-if-env-changed=DESCOPE_ACCESS_KEY\n"));
}

#[test]
fn it_fetches_with_a_token() {
    let emulator = emulator();
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\ncolor=red";
    let (url, server) = settings_server(answer);
    let ran = run_against("fetches", &emulator, &url, CLEARTEXT);
    let token = server.join().unwrap();
    assert!(ran.ok, "{}", ran.output);
    assert_eq!(ran.settings.as_deref(), Some("color=red"));
    assert_eq!(token.split('.').count(), 3);
    assert!(!ran.output.contains(&token));
    assert_eq!(emulator.count(Operation::Exchange), 1);
}

#[test]
fn errors_say_what_to_do() {
    let emulator = emulator();
    let unused = "http://127.0.0.1:1/settings";
    let missing = run("missing", &[("SETTINGS_URL", unused), ("DESCOPE_PROJECT_ID", "P2x")]);
    let wrong = run_against("wrong", &emulator, unused, "K2-wrong");
    let plain = run_against("plain", &emulator, "http://example.com/settings", CLEARTEXT);
    let refused = run_against("refused", &emulator, unused, CLEARTEXT);
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let (url, server) = settings_server(answer);
    let elsewhere = run_against("elsewhere", &emulator, &url, CLEARTEXT);
    server.join().unwrap();
    for (ran, words) in [
        (missing, "DESCOPE_ACCESS_KEY is not set"),
        (wrong, "401"),
        (plain, "http://example.com/settings: configured for https only"),
        (refused, "http://127.0.0.1:1/settings: "),
        (elsewhere, "answers with status 302"),
    ] {
        let line = ran.output.lines().find(|line| line.starts_with("cargo::error=settings: "));
        assert!(line.is_some_and(|line| line.contains(words)), "{words}: {}", ran.output);
        assert!(!ran.ok && ran.settings.is_none());
    }
}

#[test]
fn it_waits_for_nobody_long() {
    let emulator = emulator();
    emulator.inject(Fault::stalled().forever());
    let began = Instant::now();
    let ran = run_against("waits", &emulator, "http://127.0.0.1:1/settings", CLEARTEXT);
    assert!(!ran.ok);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
