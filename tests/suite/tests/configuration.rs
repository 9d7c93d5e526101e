//! What people expect to be able to configure, through the whole client.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use descope_blocking::{
    Client, CreateAccessKey, Error, ErrorKind, Expiry, Outcome, Transport, UreqTransport,
    transport_fn,
};
use descope_core::{Config, Failure, FailureKind, Outgoing, Reply};
use descope_emulator::Emulator;
use descope_suite::faults::{Act, Behaviour, Identity, Server, authority_pem};

/// Runs one of the ignored tests below in a process of its own, with these variables and no other
/// setting; returns what it printed.
fn child(test: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if text.starts_with("DESCOPE_") || text.ends_with("_PROXY") || text.starts_with("SSL_CERT")
        {
            child.env_remove(name);
        }
    }
    child.args(["--exact", test, "--ignored", "--nocapture"]);
    let output = child.envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn headers_user_agent_and_an_agent_of_the_callers_own() {
    let emulator = Emulator::start();
    let client = |transport: UreqTransport| {
        Client::builder(emulator.project_id())
            .base_url(emulator.base_url())
            .management_key(emulator.management_key())
            .header("x-team", "build")
            .transport(transport)
            .build()
            .unwrap()
    };
    let agent = ureq::Agent::config_builder().user_agent("theirs/2").https_only(false).build();
    for (transport, user_agent) in [
        (UreqTransport::builder().user_agent("mine/1").build().unwrap(), "mine/1"),
        (UreqTransport::from_agent(agent.into()), "theirs/2"),
    ] {
        emulator.clear_requests();
        client(transport).access_keys().search(&Default::default()).unwrap();
        let requests = emulator.requests();
        assert_eq!(requests[0].header("user-agent"), Some(user_agent));
        assert_eq!(requests[0].header("x-team"), Some("build"));
        assert_eq!(requests[0].header("x-descope-sdk-name"), Some("rust"));
    }
}

#[test]
fn one_deadline_bounds_every_call() {
    let client = Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ")
        .deadline(Duration::from_secs(3))
        .management_key("K2")
        .transport(transport_fn(|outgoing| {
            assert_eq!(outgoing.timeout, Duration::from_secs(3));
            Err(Failure::not_sent(FailureKind::Connect))
        }))
        .limits(|limits| limits.max_attempts = 1)
        .build()
        .unwrap();
    let keys = client.access_keys();
    let create = CreateAccessKey::new("k", Expiry::Never);
    for error in [
        keys.load("K1").unwrap_err(),
        keys.search(&Default::default()).unwrap_err(),
        keys.create(&create).unwrap_err(),
        keys.rotate("K1").unwrap_err(),
        client.exchange("K2-key").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Connect);
    }
}

/// Dashboards and alerts go by them.
#[test]
fn kinds_and_outcomes_have_texts_that_stay() {
    let kinds = [
        (ErrorKind::InvalidArgument, "invalid_argument"),
        (ErrorKind::MissingCredential, "missing_credential"),
        (ErrorKind::Connect, "connect"),
        (ErrorKind::ConnectTimeout, "connect_timeout"),
        (ErrorKind::Tls, "tls"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Transport, "transport"),
        (ErrorKind::Protocol, "protocol"),
        (ErrorKind::BodyTooLarge, "body_too_large"),
        (ErrorKind::Decode, "decode"),
        (ErrorKind::RedirectRefused, "redirect_refused"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::Intermediary, "intermediary"),
        (ErrorKind::Api, "api"),
        (ErrorKind::InvalidToken, "invalid_token"),
        (ErrorKind::NotYetKnown, "not_yet_known"),
    ];
    for (kind, text) in kinds {
        assert_eq!((kind.as_str(), kind.to_string()), (text, text.to_owned()));
    }
    let outcomes = [
        (Outcome::NotSent, "not_sent"),
        (Outcome::Rejected, "rejected"),
        (Outcome::Unknown, "unknown"),
    ];
    for (outcome, text) in outcomes {
        assert_eq!((outcome.as_str(), outcome.to_string()), (text, text.to_owned()));
    }
    assert_eq!(format!("{:>8}|{:8}|", ErrorKind::Api, Outcome::Unknown), "     api|unknown |");
}

#[test]
fn each_limit_of_time_is_its_own() {
    let client = Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ")
        .deadline(Duration::from_secs(3))
        .limits(|limits| {
            limits.bulk_deadline = Duration::from_secs(5);
            limits.one_shot_deadline = Duration::from_secs(7);
            limits.connect_timeout = Duration::from_secs(4);
            limits.max_attempts = 1;
        })
        .management_key("K2")
        .transport(transport_fn(|outgoing| {
            let source = format!("{:?}, {:?}", outgoing.timeout, outgoing.connect_timeout);
            Err(Failure::not_sent(FailureKind::Connect).with_source(source))
        }))
        .build()
        .unwrap();
    let keys = client.access_keys();
    let limits = |error: Error| std::error::Error::source(&error).unwrap().to_string();
    // Connecting may take no longer than the call.
    assert_eq!(limits(keys.load("K1").unwrap_err()), "3s, 3s");
    assert_eq!(limits(keys.search(&Default::default()).unwrap_err()), "5s, 4s");
    let create = CreateAccessKey::new("k", Expiry::Never);
    assert_eq!(limits(keys.create(&create).unwrap_err()), "7s, 4s");
    let hurried = descope_blocking::CallOptions::new().deadline(Duration::from_secs(1));
    let error = client.with_options(hurried).access_keys().load("K1").unwrap_err();
    assert_eq!(limits(error), "1s, 1s");
}

/// On Linux the platform's store can be put in its place by a variable.
#[cfg(target_os = "linux")]
#[test]
fn the_platforms_store_is_asked_only_where_it_was_asked_for() {
    let answer = br#"{"keys": []}"#;
    let server = Server::start(Behaviour {
        https: true,
        identity: Some(Identity::Trusted),
        answer: Some(Arc::new(move |_| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
            vec![Act::Send([head.as_bytes(), answer].concat())]
        })),
        ..Behaviour::default()
    });
    let store = std::env::temp_dir().join(format!("store-{}.pem", std::process::id()));
    std::fs::write(&store, authority_pem()).unwrap();
    let (url, store_path) = (server.url(), store.to_string_lossy().into_owned());
    let run = |variables: &[(&str, &str)]| {
        child("child_searches_over_tls", &[&[("DESCOPE_BASE_URL", &*url)], variables].concat())
    };
    let trusted = run(&[("SSL_CERT_FILE", &store_path)]);
    let untrusted = run(&[]);
    std::fs::remove_file(store).unwrap();
    assert!(trusted.contains("platform: found 0"), "{trusted}");
    assert!(trusted.contains(&format!("built in: {:?}", ErrorKind::Tls)), "{trusted}");
    assert!(untrusted.contains(&format!("platform: {:?}", ErrorKind::Tls)), "{untrusted}");
}

#[test]
#[ignore = "run by `the_platforms_store_is_asked_only_where_it_was_asked_for`"]
fn child_searches_over_tls() {
    let url = std::env::var("DESCOPE_BASE_URL").unwrap();
    let platform = UreqTransport::builder().platform_verifier().build().unwrap();
    for (name, transport) in [("platform", platform), ("built in", UreqTransport::new())] {
        let client = Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ")
            .base_url(&url)
            .management_key("K2")
            .transport(transport)
            .build()
            .unwrap();
        match client.access_keys().search(&Default::default()) {
            Ok(found) => println!("{name}: found {}", found.len()),
            Err(error) => println!("{name}: {:?}", error.kind()),
        }
    }
}

/// Sends nothing, and refuses every configuration.
struct Useless;

impl Transport for Useless {
    fn send(&self, _: Outgoing) -> Reply {
        Err(Failure::not_sent(FailureKind::Certificate))
    }

    fn check(&self, _: &Config) -> Result<(), Error> {
        Err(Error::invalid_argument("transport", "is useless"))
    }
}

#[test]
fn a_transport_behind_pointers_is_asked_itself() {
    let boxed: Box<dyn Transport> = Box::new(&Useless);
    let shared: Arc<dyn Transport> = Arc::new(boxed);
    let error = Client::builder("P1").transport(Arc::clone(&shared)).build().unwrap_err();
    assert!(error.to_string().contains("is useless"), "{error}");

    let unchecked = transport_fn(move |outgoing| shared.send(outgoing));
    let client = Client::builder("P1").management_key("K2").transport(unchecked).build().unwrap();
    assert_eq!(client.access_keys().load("K1").unwrap_err().kind(), ErrorKind::Tls);
}

#[test]
fn clones_of_a_builder_share_its_transport() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let builder = Client::builder("P1").management_key("K2").transport(transport_fn(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Err(Failure::not_sent(FailureKind::Certificate))
    }));
    for client in [builder.clone().build().unwrap(), builder.build().unwrap()] {
        client.access_keys().load("K1").unwrap_err();
    }
    assert_eq!(sent.load(Ordering::Relaxed), 2);
}
