//! The program: what it prints, what it serves, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_descope-emulator"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it, and reads the value of each setting that it prints.
fn start(args: &[&str]) -> (Child, Vec<String>) {
    let mut child = program(args).spawn().unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let names = ["DESCOPE_BASE_URL", "DESCOPE_PROJECT_ID", "DESCOPE_MANAGEMENT_KEY"];
    let values = lines.zip(names).map(|(line, name)| {
        let (given, value) = line.split_once('=').expect("a setting");
        assert_eq!(given, name);
        value.to_owned()
    });
    let values = values.collect();
    (child, values)
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
    let (mut child, values) = start(&[
        "--until-stdin-closes",
        "--control",
        "--project-id=P2x",
        "--management-key",
        "m",
        "--seed",
        seed.to_str().unwrap(),
    ]);
    std::fs::remove_file(&seed).unwrap();
    let [base_url, project, key] = &values[..] else { panic!("{values:?}") };
    assert_eq!((project.as_str(), key.as_str()), ("P2x", "m"));
    let exchange = "POST /v1/auth/accesskey/exchange HTTP/1.1\r\nauthorization: Bearer P2x:K2c";
    assert!(request(base_url, exchange, "{}").contains("sessionJwt"));
    let token = request(base_url, "POST /emulator/tokens HTTP/1.1", r#"{"claims": {"a": 1}}"#);
    assert!(token.contains(r#"{"token":"ey"#), "{token}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_says_what_is_wrong() {
    let (mut child, values) = start(&["--until-stdin-closes"]);
    let port = values[0].rsplit(':').next().unwrap();
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
