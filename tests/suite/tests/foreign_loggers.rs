//! Loggers are foreign code in the midst of a request: one may panic, or make requests itself.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Duration;

use descope_blocking::{
    Client, CreateAccessKey, Error, ErrorKind, Expiry, Outcome, SearchAccessKeys, UreqTransport,
};
use descope_emulator::{Emulator, Fault, Key, Operation};
use descope_suite::faults::{Act, Behaviour, Identity, Server, authority_pem};
use log::{LevelFilter, Log, Metadata, Record};

/// One logger a program; what it does is up to the thread it is called on.
struct Foreign;

thread_local! {
    /// Records until it panics.
    static PANICS_IN: Cell<Option<usize>> = const { Cell::new(None) };
    static CALLS: RefCell<Option<Client>> = const { RefCell::new(None) };
    static RECORDS: Cell<usize> = const { Cell::new(0) };
}

impl Log for Foreign {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // As a logger does.
        let _ = record.args().to_string();
        RECORDS.set(RECORDS.get() + 1);
        match PANICS_IN.get() {
            Some(0) => {
                PANICS_IN.set(None);
                panic!("the logger panics");
            }
            Some(left) => PANICS_IN.set(Some(left - 1)),
            None => {}
        }
        // What it asks for it does not ask for again in the midst of that.
        if let Some(client) = CALLS.take() {
            client.access_keys().load("K2a").unwrap();
            CALLS.set(Some(client));
        }
    }

    fn flush(&self) {}
}

/// Its requests are logged at every level.
fn log_all() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Foreign).unwrap();
        log::set_max_level(LevelFilter::Trace);
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref() != Some(&"the logger panics") {
                default(panic);
            }
        }));
    });
}

fn service() -> Emulator {
    Emulator::builder().key(Key::new("a").with_id("K2a").with_cleartext("cleartext")).start()
}

fn client(emulator: &Emulator) -> Client {
    Client::builder(emulator.project_id())
        .management_key(emulator.management_key())
        .base_url(emulator.base_url())
        .build()
        .unwrap()
}

/// Panics at each of the records of a call in turn, and asserts that the next calls succeed.
fn at_every_record(call: &dyn Fn() -> Result<(), Error>) {
    call().unwrap();
    RECORDS.set(0);
    call().unwrap();
    let records = RECORDS.get();
    assert!(records > 3, "{records}");
    for record in 0..records {
        PANICS_IN.set(Some(record));
        let panicked = catch_unwind(AssertUnwindSafe(call));
        PANICS_IN.set(None);
        if let Ok(result) = panicked {
            result.unwrap();
        }
        for _ in 0..2 {
            call().unwrap_or_else(|error| panic!("after a panic at record {record}: {error}"));
        }
    }
}

#[test]
fn a_logger_that_panics_spoils_one_call() {
    log_all();
    let emulator = service();
    let client = client(&emulator);
    at_every_record(&|| client.access_keys().load("K2a").map(drop));
    at_every_record(&|| client.exchange("cleartext").map(drop));
    let create = CreateAccessKey::new("a", Expiry::Never);
    at_every_record(&|| client.access_keys().create(&create).map(drop));
    let tokens = client.token_source("cleartext");
    at_every_record(&|| {
        tokens.clear();
        tokens.token().map(drop)
    });
}

#[test]
fn a_logger_that_panics_while_a_connection_is_made_spoils_one_call() {
    log_all();
    let body = r#"{"key":{"id":"K2a","name":"a"}}"#;
    let head =
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    let server = Server::start(Behaviour {
        https: true,
        identity: Some(Identity::Trusted),
        answer: Some(Arc::new(move |_| vec![Act::Send((head.clone() + body).into_bytes())])),
        ..Behaviour::default()
    });
    let url = format!("https://localhost:{}", server.address().port());
    let transport = UreqTransport::builder().ca_pem(authority_pem()).build().unwrap();
    let by_address = Client::builder("P1").management_key("K2m").base_url(server.url());
    let by_address = by_address.transport(transport.clone()).build().unwrap();
    at_every_record(&|| by_address.access_keys().load("K2a").map(drop));
    // The certificate is for the address.
    let by_name = Client::builder("P1").management_key("K2m").base_url(url);
    let by_name = by_name.transport(transport).build().unwrap();
    at_every_record(&|| match by_name.access_keys().load("K2a") {
        Err(error) if error.kind() == ErrorKind::Tls => Ok(()),
        other => panic!("{other:?}"),
    });
}

#[test]
fn a_logger_that_makes_requests_spoils_none() {
    log_all();
    let emulator = service();
    let (outer, inner) = (client(&emulator), client(&emulator));
    for logs in [outer.clone(), inner] {
        CALLS.set(Some(logs));
        for _ in 0..2 {
            outer.access_keys().load("K2a").unwrap();
            outer.exchange("cleartext").unwrap();
            outer.access_keys().search(&SearchAccessKeys::new()).unwrap();
            outer.access_keys().create(&CreateAccessKey::new("b", Expiry::Never)).unwrap();
        }
        CALLS.set(None);
    }
}

#[test]
fn what_becomes_of_the_outer_request_is_told_as_without() {
    log_all();
    let emulator = service();
    let outer = client(&emulator);
    let nobody = Client::builder("P1").management_key("K2m").base_url("http://127.0.0.1:1");
    let nobody = nobody.deadline(Duration::from_millis(300)).build().unwrap();
    let create = CreateAccessKey::new("b", Expiry::Never);
    for logs in [None, Some(client(&emulator))] {
        CALLS.set(logs);
        emulator.inject(Fault::reset().on(Operation::Create));
        let error = outer.access_keys().create(&create).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Transport, Outcome::Unknown));
        let error = nobody.access_keys().create(&create).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
        CALLS.set(None);
    }
}

/// What the outer request must hold to is not what the inner one must.
#[test]
fn a_create_has_a_fresh_connection_whatever_the_logger_asks_for() {
    log_all();
    let server = Server::start(Behaviour {
        answer: Some(Arc::new(|request| {
            if request.is_create() && request.on_connection > 1 {
                return vec![Act::Reset];
            }
            let body = r#"{"key":{"id":"K2a","name":"a"},"cleartext":"secret"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            vec![Act::Send((head + body).into_bytes())]
        })),
        ..Behaviour::default()
    });
    let client = Client::builder("P1").management_key("K2m").base_url(server.url());
    let client = client.build().unwrap();
    client.access_keys().load("K2a").unwrap();
    CALLS.set(Some(client.clone()));
    client.access_keys().create(&CreateAccessKey::new("a", Expiry::Never)).unwrap();
    CALLS.set(None);
}
