//! The driver against an emulator, in fair and in foul weather.

use descope_core::{
    CallOptions, ErrorKind, LoadAccessKey, Outcome, SearchAccessKeys, transport_fn,
};
use descope_emulator::{Fault, Key, Operation, conformance};

use super::*;

fn driver(emulator: &Emulator) -> Driver {
    driver_at(emulator, &emulator.base_url())
}

fn driver_at(emulator: &Emulator, base_url: &str) -> Driver {
    let config = Config::builder(emulator.project_id())
        .base_url(base_url)
        .allow_plain_http(true)
        .management_key(emulator.management_key())
        .limits(|limits| limits.backoff = Duration::ZERO)
        .build()
        .unwrap();
    Driver::new(config)
}

fn create(driver: &Driver) -> Result<descope_core::CreatedAccessKey, Error> {
    let create = CreateAccessKey::new("k", Expiry::Never);
    driver.drive(driver.context.call(create, CallOptions::new(), driver.now()))
}

#[test]
fn the_program_runs() {
    main().unwrap();
}

#[test]
fn a_read_is_sent_again_and_a_create_is_not() {
    let emulator = Emulator::builder().key(Key::new("seeded")).start();
    let driver = driver(&emulator);
    emulator.inject(Fault::status(503).times(2));
    let found = driver.context.call(SearchAccessKeys::new(), CallOptions::new(), driver.now());
    assert_eq!(driver.drive(found).unwrap().len(), 1);
    assert_eq!(emulator.count(Operation::Search), 3);

    for (fault, kind) in [
        (Fault::lost_answer(), ErrorKind::Transport),
        (Fault::cut(), ErrorKind::Transport),
        (Fault::reset(), ErrorKind::Transport),
        (Fault::garbage(), ErrorKind::Protocol),
    ] {
        let shown = format!("{fault:?}");
        emulator.inject(fault);
        emulator.clear_requests();
        let error = create(&driver).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{shown}");
        assert_eq!(emulator.count(Operation::Create), 1, "{shown}");
    }
}

#[test]
fn a_secret_that_arrived_in_a_part_of_an_answer_is_kept() {
    let emulator = Emulator::start();
    emulator.inject(Fault::cut());
    let error = create(&driver(&emulator)).unwrap_err();
    assert_eq!(error.cleartext().unwrap().expose(), emulator.keys()[0].cleartext());
}

#[test]
fn time_is_bounded() {
    let emulator = Emulator::start();
    let driver = driver(&emulator);
    for fault in [Fault::stalled(), Fault::slow(Duration::from_millis(20))] {
        emulator.inject(fault);
        let options = CallOptions::new().deadline(Duration::from_millis(150)).max_attempts(1);
        let call = driver.context.call(LoadAccessKey::new("K2"), options, driver.now());
        let began = Instant::now();
        let error = driver.drive(call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(began.elapsed() < Duration::from_millis(650), "{:?}", began.elapsed());
    }
}

#[test]
fn what_was_not_sent_is_known_not_to_be() {
    let emulator = Emulator::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (base_url, kind) in [
        (format!("http://{free}"), ErrorKind::Connect),
        ("http://no-such-host.invalid".to_owned(), ErrorKind::Connect),
        ("https://127.0.0.1:1".to_owned(), ErrorKind::Tls),
    ] {
        let error = create(&driver_at(&emulator, &base_url)).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{base_url}");
    }
}

#[test]
fn sizes_are_bounded() {
    let emulator = Emulator::start();
    let driver = driver(&emulator);
    let load = || {
        driver.drive(driver.context.call(
            LoadAccessKey::new("K2"),
            CallOptions::new(),
            driver.now(),
        ))
    };
    emulator.inject(Fault::status(400).header("x-long", &"x".repeat(70 << 10)));
    assert_eq!(load().unwrap_err().kind(), ErrorKind::Protocol);
    emulator.inject(Fault::answer(http::Response::new(vec![b' '; 2 << 20])));
    assert_eq!(load().unwrap_err().kind(), ErrorKind::BodyTooLarge);
}

#[test]
fn it_holds_to_what_a_transport_must() {
    let report = conformance::check(transport_fn(|outgoing| plain_http::send(&outgoing)));
    assert!(report.is_sound(), "{report}");
    assert!(report.broken(conformance::Rule::Unsent).is_empty(), "{report}");
}
