//! `--emulator`, `descope-keys emulator`

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[cfg(unix)]
use crate::world::Ended;
use crate::world::Run;

#[test]
fn one_command_runs_with_no_account() {
    let ended = Run::bare(&["search", "--emulator", "--expiring-within", "14d"]).ok();
    assert!(ended.stdout.contains("nightly-backup"), "{}", ended.stdout);
    assert!(
        ended.stderr.starts_with("Against an emulator at http://127.0.0.1:"),
        "{}",
        ended.stderr
    );
    let key = Run::bare(&["--emulator", "whoami", "--json"]).ok().json();
    assert_eq!(key["accessKey"]["session"]["claims"]["team"], "build");
    let created = Run::bare(&["--emulator", "create", "a", "--expires-in", "1d", "--json"]).ok();
    assert_eq!(created.json()["key"]["name"], "a");
    // It takes the place of the settings, so that no real credential meets it.
    let run =
        Run::bare(&["whoami", "--emulator"]).env("DESCOPE_BASE_URL", "https://nowhere.invalid");
    run.env("DESCOPE_ACCESS_KEY", "real").env("DESCOPE_PROJECT_ID", "P2real").ok();
    Run::bare(&["search", "--emulator", "--project-id", "P2a"]).fails(2);
}

#[cfg(unix)]
#[test]
fn a_command_finds_the_tool_and_its_settings() {
    let script = "descope-keys create a --never-expires -q \
                  && descope-keys search --sort name --ids | wc -l \
                  && descope-keys token \
                  | descope-keys validate -q --tenant acme --role deployer --permission deploy";
    let path = std::env::var("PATH").unwrap();
    let run = |script| Run::bare(&["emulator", "--", "sh", "-c", script]).env("PATH", &path);
    let ended = run(script).ok();
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[1].trim(), "5");
    let ended = run("echo why >&2; exit 93").fails(93);
    assert!(ended.stderr.ends_with("why\n"), "{}", ended.stderr);
    run("kill -TERM $$").fails(128 + 15);
    Run::bare(&["emulator", "--", "/no/such/program"]).fails(127);
}

#[cfg(unix)]
#[test]
fn a_shell_on_a_terminal_says_where_it_is() {
    let path = std::env::var("PATH").unwrap();
    let run = |arguments: &[&str]| {
        Run::bare(&[&["emulator", "--"], arguments].concat()).env("PATH", &path)
    };
    let ended = run(&["sh"]).stdin("exit 7\n").on_terminal(80);
    assert_eq!(ended.code, 7, "{}", ended.stdout);
    let (_, told) = ended.stdout.split_once("Emulator at http://127.0.0.1:").expect(&ended.stdout);
    assert!(told.contains("; leave the shell to stop it.\n"), "{told}");
    let told = |ended: Ended| (ended.stdout + &ended.stderr).contains("Emulator at");
    assert!(!told(run(&["sh", "-c", "exit 7"]).on_terminal(80)));
    assert!(!told(run(&["sh"]).stdin("exit 7\n").fails(7)));
}

#[test]
fn it_serves_until_it_is_stopped() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_descope-keys"))
        .arg("emulator")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(5);
    let settings: Vec<String> = lines.map(Result::unwrap).collect();
    let run = settings.iter().fold(Run::bare(&["exchange", "-q"]), |run, line| {
        let (name, value) = line.split_once('=').unwrap();
        run.env(name, value)
    });
    let ended = run.end();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn it_is_the_emulators_own_program() {
    let path = std::env::var("PATH").unwrap();
    let control = ["emulator", "--control", "--project-id=P2mine", "--", "printenv"];
    let ended = Run::bare(&control).arg("DESCOPE_PROJECT_ID").env("PATH", &path).ok();
    assert_eq!(ended.line(), "P2mine");
    // Whatever comes before it.
    let ended = Run::bare(&["--quiet", "emulator", "--", "printenv", "DESCOPE_ACCESS_KEY"]);
    assert_eq!(ended.env("PATH", &path).ok().line(), descope_emulator::SAMPLE_ACCESS_KEY);
    let ended = Run::bare(&["emulator", "--prot", "1"]).fails(2);
    assert!(ended.stderr.starts_with("descope-keys emulator: there is no option --prot"));
    let help = Run::bare(&["emulator", "--help"]).ok().stdout;
    assert!(help.contains("\nUsage: descope-keys emulator [OPTIONS]"), "{help}");
    assert!(!help.contains("--sample"), "{help}");
}
