//! Threads: none for a call on a connection that stands; and where none can be made, an error and no
//! panic. The limit is that of a process, so it has one of its own.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use descope_blocking::{Client, CreateAccessKey, ErrorKind, Expiry, Outcome, SearchAccessKeys};
use descope_emulator::{Emulator, Key};

fn client(host: &str) -> Client {
    let variable = |name| std::env::var(name).unwrap();
    Client::builder(variable("PROJECT"))
        .management_key(variable("KEY"))
        .base_url(format!("http://{host}:{}", variable("PORT")))
        .build()
        .unwrap()
}

/// A test of this file in a process of its own.
fn child(test: &str, run_by: &[&str]) -> (Command, Emulator) {
    let emulator = Emulator::builder().key(Key::new("a").with_cleartext("cleartext")).start();
    let exe = std::env::current_exe().unwrap();
    let mut command = match run_by {
        [] => Command::new(&exe),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&exe);
            command
        }
    };
    let url = emulator.base_url();
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("PROJECT", emulator.project_id())
        .env("KEY", emulator.management_key())
        .env("PORT", url.rsplit(':').next().unwrap());
    (command, emulator)
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn a_name_takes_one_thread_and_an_address_none() {
    let (mut child, _emulator) = child("child_counts_threads", &[]);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "run by `a_name_takes_one_thread_and_an_address_none`"]
fn child_counts_threads() {
    let before = threads();
    let by_address = client("127.0.0.1");
    for _ in 0..5 {
        by_address.access_keys().search(&SearchAccessKeys::new()).unwrap();
    }
    assert_eq!(threads(), before);
    let by_name = client("localhost");
    for _ in 0..5 {
        by_name.access_keys().search(&SearchAccessKeys::new()).unwrap();
        assert_eq!(threads(), before + 1);
    }
}

#[test]
fn where_no_thread_can_be_made_a_call_works_or_ends_in_an_error() {
    // The limit does not hold for root.
    let as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    });
    let run_by = if is_root { &as_nobody[..] } else { &[] };
    let (mut trial, _emulator) = child("child_can_make_no_thread", run_by);
    let can_run = trial.arg("--list").stdout(Stdio::null()).status().is_ok_and(|it| it.success());
    if !can_run || !Path::new("/usr/bin/prlimit").exists() {
        println!("skipped: needs prlimit, and as root setpriv and a program that others may run");
        return;
    }
    let (mut child, _emulator) = child("child_can_make_no_thread", run_by);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "run by `where_no_thread_can_be_made_a_call_works_or_ends_in_an_error`"]
fn child_can_make_no_thread() {
    let (warm, cold, by_name) = (client("127.0.0.1"), client("127.0.0.1"), client("localhost"));
    let create = CreateAccessKey::new("a", Expiry::Never);
    warm.access_keys().search(&SearchAccessKeys::new()).unwrap();
    let limited = Command::new("/usr/bin/prlimit")
        .args(["--pid", &std::process::id().to_string(), "--nproc=0:0"])
        .status();
    assert!(limited.unwrap().success());
    assert!(thread::Builder::new().spawn(|| ()).is_err(), "a thread can be made");

    for client in [warm, cold] {
        client.access_keys().search(&SearchAccessKeys::new()).unwrap();
        client.access_keys().create(&create).unwrap();
        client.exchange("cleartext").unwrap();
        client.token_source("cleartext").token().unwrap();
    }
    let errors = [
        by_name.access_keys().search(&SearchAccessKeys::new()).unwrap_err(),
        by_name.access_keys().create(&create).unwrap_err(),
        by_name.exchange("cleartext").unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("no thread can be started"), "{source}");
    }
}
