//! The README's recipes, run as they stand there.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use descope_emulator::{Emulator, Key, Status};

use crate::world::{ACCESS_KEY, World};

/// The recipe's block.
fn recipe(title: &str) -> &'static str {
    let text = include_str!("../../README.md").split(&format!("\n### {title}\n")).nth(1).unwrap();
    text.split("```text\n").nth(1).unwrap().split("```").next().unwrap()
}

/// Runs a line of `sh` with the tool on its search path, and nothing else in its environment than what
/// points at the emulator.
fn sh(world: &World, line: &str) -> Output {
    let tool = Path::new(env!("CARGO_BIN_EXE_descope-keys")).parent().unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", tool.display()));
    command.env("HOME", world.folder.path());
    command.env("DESCOPE_BASE_URL", world.emulator.base_url());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn cron() {
    let world = World::new();
    let new = world.emulator.seed(Key::new("ci").with_id("K2new")).id;
    let due =
        Key::new("ci").with_id("K2due").description(format!("[retire after 1000, for {new}]"));
    world.emulator.seed(due);
    fs::create_dir(world.path(".descope")).unwrap();
    world.file(".descope/management-key", world.emulator.management_key());
    let line = recipe("cron").lines().find_map(|line| line.strip_prefix("17 3 * * * ")).unwrap();
    // It would be the end of the command there.
    assert!(!line.contains('%'));
    let output = sh(&world, &line.replace("P2abc", world.emulator.project_id()));
    // Nothing is mailed.
    assert_eq!((text(output.stdout), text(output.stderr)), (String::new(), String::new()));
    assert_eq!(world.key("K2due").status, Status::Inactive);
}

#[test]
fn systemd_credentials() {
    let world = World::new();
    let file = world.file("access-key", &format!("{ACCESS_KEY}\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let unit = recipe("systemd credentials");
    let line =
        unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    let variable = unit.lines().find_map(|line| line.strip_prefix("Environment=")).unwrap();
    let line = line.replace("%d", world.folder.path().to_str().unwrap());
    let line = line.replace("/usr/local/bin/publish", "printenv DESCOPE_SESSION_TOKEN");
    let variable = variable.replace("P2abc", world.emulator.project_id());
    let token = text(sh(&world, &format!("{variable} {line}")).stdout);
    world.run(&["validate"]).stdin(token).ok();
}

#[test]
fn kubernetes() {
    let second = Key::new("ci").with_id("K2second").with_cleartext("K2-the-second-cleartext");
    let world = World::with(Emulator::builder().key(second));
    let mount = world.path("mount");
    let revision = |name: &str, cleartext: &str| {
        fs::create_dir_all(mount.join(name)).unwrap();
        fs::write(mount.join(name).join("access-key"), cleartext).unwrap();
        symlink(name, mount.join("..data_tmp")).unwrap();
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).unwrap();
    };
    let line = recipe("Kubernetes").trim_end();
    let line = line.replace("/var/run/secrets/descope", mount.to_str().unwrap());
    let line = format!("DESCOPE_PROJECT_ID={} {line} --json", world.emulator.project_id());
    let id = || {
        let session: serde_json::Value = serde_json::from_slice(&sh(&world, &line).stdout).unwrap();
        session["keyId"].as_str().unwrap().to_owned()
    };
    revision("..2026_11_25", ACCESS_KEY);
    symlink("..data/access-key", mount.join("access-key")).unwrap();
    assert_eq!(id(), "K2ci");
    revision("..2026_11_26", "K2-the-second-cleartext");
    assert_eq!(id(), "K2second");
}

/// Whether a program can be had; tells where it cannot.
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: there is no {program}");
    }
    there
}

#[test]
fn curl() {
    if !is_there("curl") {
        return;
    }
    let world = World::new();
    let server = Server::start(|_| "{}".to_owned());
    let line = recipe("curl").trim_end().replace("https://api.example.com", &server.url);
    let settings = format!(
        "export DESCOPE_PROJECT_ID={} DESCOPE_ACCESS_KEY={ACCESS_KEY};",
        world.emulator.project_id()
    );
    assert_eq!(text(sh(&world, &format!("{settings} {line}")).stdout), "{}");
    let request = server.requests().pop().unwrap();
    assert!(request.starts_with("GET /builds "), "{request}");
    let token = header(&request, "authorization").strip_prefix("Bearer ").unwrap();
    world.run(&["validate"]).stdin(token).ok();
}

#[test]
fn cargo() {
    let world = World::new();
    let server = Server::start(|path| match path {
        "/config.json" => r#"{"dl": "http://127.0.0.1:1", "api": "URL"}"#.to_owned(),
        _ => r#"{"ok": true}"#.to_owned(),
    });
    let config = recipe("cargo").replace("https://crates.example.com", &server.url);
    fs::create_dir(world.path(".cargo")).unwrap();
    world.file(".cargo/config.toml", &config);
    let settings = format!(
        "cd; export DESCOPE_PROJECT_ID={} DESCOPE_ACCESS_KEY={ACCESS_KEY};",
        world.emulator.project_id()
    );
    sh(&world, &format!("{settings} {} yank a-crate@1.0.0 --registry example", env!("CARGO")));
    let requests = server.requests();
    let yank = requests.iter().find(|it| it.starts_with("DELETE ")).expect("it yanks");
    world.run(&["validate"]).stdin(header(yank, "authorization")).ok();
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let headers = request.lines().filter_map(|line| line.split_once(": "));
    let mut values = headers.filter(|(it, _)| it.eq_ignore_ascii_case(name));
    values.next().unwrap_or_else(|| panic!("no {name}: {request}")).1
}

/// Answers every request with what belongs to its path; `URL` there is its own.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url: url.clone(), requests: Arc::default() };
        let requests = Arc::clone(&server.requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let head = head(&stream);
                if head.is_empty() {
                    // The server is to stop.
                    return;
                }
                let path = head.split_whitespace().nth(1).unwrap();
                let body = answer(path).replace("URL", &url);
                requests.lock().unwrap().push(head);
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
        });
        server
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.url.trim_start_matches("http://")));
    }
}

/// The head of a request, without its body, which is read too.
fn head(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    reader.read_exact(&mut vec![0; length]).unwrap();
    head
}
