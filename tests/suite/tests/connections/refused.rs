//! No connection: what the error tells of it.

use std::process::Command;

use descope_blocking::{ErrorKind, Outcome};

use crate::{client, configured, key, server, told};

#[test]
fn an_error_names_server_and_port() {
    for (url, expected) in [
        ("https://127.0.0.1:1", "cannot connect to 127.0.0.1:1: "),
        ("https://nowhere.invalid", "cannot connect to nowhere.invalid:443: "),
        ("http://localhost:1/prefix", "cannot connect to localhost:1: "),
        ("https://[::1]:1", "cannot connect to [::1]:1: "),
    ] {
        let error = client(url).access_keys().load("K2a").unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// The limit is that of a process, so it has one of its own.
#[cfg(unix)]
#[test]
fn a_machine_out_of_descriptors_is_no_failure_of_tls() {
    let server = server(Some(descope_suite::faults::Identity::Trusted), |_| vec![key()]);
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -n 40 && exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "refused::child_takes_all_descriptors", "--ignored", "--nocapture"])
        .env("BASE_URL", server.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[cfg(unix)]
#[test]
#[ignore = "run by `a_machine_out_of_descriptors_is_no_failure_of_tls`"]
fn child_takes_all_descriptors() {
    let url = std::env::var("BASE_URL").unwrap();
    let client = configured(&url).build().unwrap();
    let all: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    let result = client.access_keys().load("K2a");
    drop(all);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent), "{error}");
    let told = told(&error);
    assert!(told.contains("os error 24"), "{told}");
}
