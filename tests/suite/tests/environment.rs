//! Clients configured by the environment, each in a process of its own.

use std::process::Command;

use descope_emulator::{Emulator, Key, Operation};

/// Variables that the test's own environment may have set.
const KNOWN: [&str; 13] = [
    "DESCOPE_PROJECT_ID",
    "DESCOPE_MANAGEMENT_KEY",
    "DESCOPE_AUTH_MANAGEMENT_KEY",
    "DESCOPE_BASE_URL",
    "DESCOPE_BASE_URI",
    "DESCOPE_PUBLIC_KEY",
    "DESCOPE_ACCESS_KEY",
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// The program `from_environment` of this crate, without any of them.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from_environment"));
    for name in KNOWN {
        command.env_remove(name);
    }
    command
}

fn printed_by(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn run(variables: &[(&str, &str)]) -> String {
    printed_by(program().envs(variables.iter().copied()))
}

fn emulator() -> Emulator {
    let key = Key::new("of-the-environment").with_id("K2id").with_cleartext("secret-of-the-key");
    Emulator::builder().auth_management_key("auth-management").key(key).start()
}

#[test]
fn everything_can_be_set() {
    let emulator = emulator();
    let (url, keys) = (emulator.base_url(), emulator.key_set().to_string());
    let printed = run(&[
        ("DESCOPE_PROJECT_ID", emulator.project_id()),
        ("DESCOPE_MANAGEMENT_KEY", &format!("{}\n", emulator.management_key())),
        ("DESCOPE_AUTH_MANAGEMENT_KEY", "auth-management"),
        ("DESCOPE_BASE_URL", &url),
        ("DESCOPE_BASE_URI", "http://127.0.0.1:1"),
        ("DESCOPE_PUBLIC_KEY", &keys),
        ("DESCOPE_ACCESS_KEY", "secret-of-the-key\r\n"),
        // Nobody listens there, and loopback needs no proxy.
        ("ALL_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ]);
    assert_eq!(printed, "load: of-the-environment\nexchange: K2id\n");
    assert_eq!(emulator.count(Operation::SigningKeys), 0, "the keys were given");
}

#[test]
fn keys_that_are_not_given_are_fetched_once() {
    let emulator = emulator();
    let printed = run(&[
        ("DESCOPE_PROJECT_ID", emulator.project_id()),
        ("DESCOPE_MANAGEMENT_KEY", emulator.management_key()),
        ("DESCOPE_AUTH_MANAGEMENT_KEY", "auth-management"),
        ("DESCOPE_BASE_URL", &emulator.base_url()),
        ("DESCOPE_ACCESS_KEY", " secret-of-the-key\n"),
    ]);
    assert_eq!(printed, "load: of-the-environment\nexchange: K2id\n");
    assert_eq!(emulator.count(Operation::SigningKeys), 1);
}

#[test]
fn the_base_url_has_a_second_name_and_empty_is_unset() {
    let emulator = emulator();
    let printed = run(&[
        ("DESCOPE_PROJECT_ID", emulator.project_id()),
        ("DESCOPE_MANAGEMENT_KEY", "  "),
        ("DESCOPE_AUTH_MANAGEMENT_KEY", "auth-management"),
        ("DESCOPE_BASE_URL", ""),
        ("DESCOPE_BASE_URI", &emulator.base_url()),
        ("DESCOPE_ACCESS_KEY", "secret-of-the-key"),
    ]);
    let (load, exchange) = printed.split_once('\n').unwrap();
    assert!(load.starts_with("load: load access key \"K2id\": needs a management key"), "{load}");
    assert!(load.contains("DESCOPE_MANAGEMENT_KEY"), "{load}");
    assert_eq!(exchange, "exchange: K2id\n");
}

#[test]
fn what_is_missing_or_wrong_is_named_and_no_secret_shown() {
    let project = ("DESCOPE_PROJECT_ID", "P2x");
    for (variables, named) in [
        (&[][..], "DESCOPE_PROJECT_ID is not set"),
        (&[("DESCOPE_PROJECT_ID", "")], "DESCOPE_PROJECT_ID is not set"),
        (&[("DESCOPE_PROJECT_ID", " ")], "DESCOPE_PROJECT_ID is not set"),
        (&[("DESCOPE_PROJECT_ID", "P2 x")], "DESCOPE_PROJECT_ID holds"),
        (&[("DESCOPE_PROJECT_ID", "P/2")], "DESCOPE_PROJECT_ID holds"),
        (
            &[project, ("DESCOPE_BASE_URL", "ftp://example.com")],
            "DESCOPE_BASE_URL must begin with https",
        ),
        (&[project, ("DESCOPE_BASE_URL", "http://example.com")], "DESCOPE_BASE_URL is plain http"),
        (&[project, ("DESCOPE_MANAGEMENT_KEY", "hush hush")], "DESCOPE_MANAGEMENT_KEY holds"),
        (
            &[project, ("DESCOPE_MANAGEMENT_KEY", "hush\u{e9}")],
            "DESCOPE_MANAGEMENT_KEY holds a character",
        ),
        (&[project, ("DESCOPE_BASE_URI", "ftp://example.com")], "DESCOPE_BASE_URI must begin"),
        (&[project, ("DESCOPE_PUBLIC_KEY", "{}")], "DESCOPE_PUBLIC_KEY is not a JWK set"),
        (
            &[project, ("DESCOPE_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----")],
            "DESCOPE_PUBLIC_KEY is PEM",
        ),
        (&[project], "DESCOPE_ACCESS_KEY is not set"),
        (&[project, ("DESCOPE_ACCESS_KEY", "")], "DESCOPE_ACCESS_KEY is not set"),
    ] {
        let printed = run(variables);
        assert!(printed.contains(named), "{printed}");
        assert!(!printed.contains("hush"), "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_not_taken_for_unset() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let mut program = program();
    program.env("DESCOPE_PROJECT_ID", "P2x");
    program.env("DESCOPE_MANAGEMENT_KEY", OsStr::from_bytes(b"hush\xffhush"));
    let printed = printed_by(&mut program);
    assert!(printed.contains("DESCOPE_MANAGEMENT_KEY") && !printed.contains("hush"), "{printed}");
}
