//! The program: what it prints, what it serves, and how it ends.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_descope-emulator"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it, and reads the settings that it prints.
fn start(args: &[&str]) -> (Child, HashMap<String, String>) {
    let mut child = program(args).spawn().unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let settings = lines.take_while(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.split_once('=').expect("a setting");
        (name.to_owned(), value.to_owned())
    });
    let settings = settings.collect();
    (child, settings)
}

/// Runs a command against it to its end.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = program(args).env("DESCOPE_PUBLIC_KEY", "of another project").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn request(base_url: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(base_url.strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    let text = format!("{head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_serves_what_was_asked_for_until_its_input_ends() {
    let seed = std::env::temp_dir().join(format!("descope-seed-{}.json", std::process::id()));
    std::fs::write(&seed, r#"[{"name": "ci", "cleartext": "K2c"}]"#).unwrap();
    let (mut child, settings) = start(&[
        "--until-stdin-closes",
        "--control",
        "--project-id=P2x",
        "--management-key",
        "m",
        "--seed",
        seed.to_str().unwrap(),
    ]);
    std::fs::remove_file(&seed).unwrap();
    let base_url = &settings["DESCOPE_BASE_URL"];
    assert_eq!(&settings["DESCOPE_BASE_URI"], base_url);
    assert_eq!(settings["DESCOPE_PROJECT_ID"], "P2x");
    assert_eq!(settings["DESCOPE_MANAGEMENT_KEY"], "m");
    assert_eq!(settings["DESCOPE_ACCESS_KEY"], "K2c");
    assert!(!settings.contains_key("DESCOPE_ALLOW_PLAIN_HTTP"));
    let exchange = "POST /v1/auth/accesskey/exchange HTTP/1.1\r\nauthorization: Bearer P2x:K2c";
    assert!(request(base_url, exchange, "{}").contains("sessionJwt"));
    let token = request(base_url, "POST /emulator/tokens HTTP/1.1", r#"{"claims": {"a": 1}}"#);
    assert!(token.contains(r#"{"token":"ey"#), "{token}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
#[cfg(unix)]
fn a_command_runs_with_the_settings_and_its_code_is_passed_on() {
    let script = "echo $DESCOPE_PROJECT_ID $DESCOPE_ACCESS_KEY ${DESCOPE_PUBLIC_KEY-unset}; exit 7";
    let (code, out, err) = run(&["--sample", "--project-id=P2x", "--", "sh", "-c", script]);
    assert_eq!((code, err.as_str()), (Some(7), ""));
    assert_eq!(out, format!("P2x {} unset\n", descope_emulator::SAMPLE_ACCESS_KEY));
    assert_eq!(run(&["--", "sh", "-c", "kill -9 $$"]).0, Some(137));
    let itself = "descope-emulator --version; command -v descope-emulator >/dev/null";
    assert_eq!(run(&["--", "sh", "-c", itself]).0, Some(0), "it is on the command's path");
    let (code, _, err) = run(&["--", "/no/such/program"]);
    assert!(code == Some(127) && err.starts_with("/no/such/program: No such file"), "{err}");
    assert_eq!(run(&["--", "/"]).0, Some(126));
}

#[test]
fn other_hosts_are_told_what_a_client_needs() {
    let (mut child, settings) = start(&["--host", "0.0.0.0", "--until-stdin-closes"]);
    let base_url = &settings["DESCOPE_BASE_URL"];
    assert!(base_url.starts_with("http://127.0.0.1:"), "{base_url}");
    assert!(request(base_url, "GET /emulator/ HTTP/1.1", "").contains("--control"));
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn it_says_what_is_wrong() {
    let (mut child, settings) = start(&["--until-stdin-closes"]);
    let port = settings["DESCOPE_BASE_URL"].rsplit(':').next().unwrap();
    for (args, code, error) in [
        (&["--prot"][..], 2, "there is no option --prot"),
        (&["--seed", "/no/such/file"], 1, "/no/such/file: No such file"),
        (&["--port", port], 1, "Address already in use"),
    ] {
        let output = program(args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(shown.contains(error) && output.stdout.is_empty(), "{shown}");
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
#[cfg(unix)]
fn an_error_that_cannot_be_told_has_its_exit_code() {
    for (args, code) in [
        (&["--prot"][..], 2),
        (&["--seed", "/no/such/file"], 1),
        (&["--", "/no/such/program"], 127),
    ] {
        // Nobody reads the other end.
        let (stderr, _) = std::os::unix::net::UnixStream::pair().unwrap();
        let status = program(args).stderr(std::os::fd::OwnedFd::from(stderr)).status().unwrap();
        assert_eq!(status.code(), Some(code), "{args:?}");
    }
}

/// The code in this language of the README.
fn readme(language: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = include_str!("../README.md").split(&fence).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
#[cfg(unix)]
fn the_shell_examples_of_the_readme_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        return println!("there is no curl");
    }
    let script = readme("sh");
    let (code, out, err) = run(&["--sample", "--control", "--", "sh", "-euc", &script]);
    assert_eq!(code, Some(0), "{err}");
    for part in [
        r#"{"cleartext":"K2"#,
        r#""sessionJwt":"ey"#,
        r#"{"now":"#,
        r#"{"token":"ey"#,
        r#""exchange":1"#,
        r#"{"keys":[{"alg":"RS256""#,
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}
