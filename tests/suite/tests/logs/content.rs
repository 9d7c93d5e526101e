//! What a line says.

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{Client, CreateAccessKey, Expiry, ReplaceAccessKey};
use descope_emulator::{Emulator, Fault, Key, Operation, Page};
use descope_suite::service::Service;
use log::Level;

use crate::capture;

fn service() -> Service {
    capture::start();
    let key = Key::new("k").with_id("K2id").with_cleartext("secret-of-k");
    Service::over_http(Emulator::builder().key(key))
}

/// The lines of a test, with what differs from run to run replaced: `{time}`, `{ray}`.
fn lines() -> Vec<String> {
    capture::own()
        .iter()
        .map(|line| {
            assert_eq!((line.target.as_str(), line.level), ("descope_blocking", Level::Debug));
            let words = line.text.split(' ').map(|word| {
                let bare = word.trim_end_matches([',', ':']);
                let end = &word[bare.len()..];
                if bare.ends_with("-EMU") || bare.ends_with("-EMU)") {
                    let end = if bare.ends_with(')') { ")" } else { end };
                    format!("{{ray}}{end}")
                } else if bare.ends_with('s') && bare.starts_with(|c: char| c.is_ascii_digit()) {
                    format!("{{time}}{end}")
                } else {
                    word.to_owned()
                }
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_request_is_logged_with_all_but_its_secrets() {
    let service = service();
    service.client.access_keys().load("K2id").unwrap();
    service.client.exchange("secret-of-k").unwrap();
    let project = service.emulator.project_id();
    let expected = [
        "load access key: GET /v1/mgmt/accesskey, attempt 1: status 200 in {time}, request id {ray}"
            .to_owned(),
        "exchange access key: POST /v1/auth/accesskey/exchange, attempt 1: status 200 in {time}, \
         request id {ray}"
            .to_owned(),
        format!(
            "fetch signing keys: GET /v2/keys/{project}, attempt 1: status 200 in {{time}}, request id \
             {{ray}}"
        ),
    ];
    assert_eq!(lines(), expected);
}

#[test]
fn a_request_that_is_sent_again_is_logged_with_why() {
    let service = service();
    service.emulator.inject(Fault::status(503).on(Operation::Load));
    service.emulator.inject(Fault::closed().on(Operation::Load));
    service.client.access_keys().load("K2id").unwrap();
    let lines = lines();
    let path = "load access key: GET /v1/mgmt/accesskey";
    let [first, why, second, why_again, third] = &lines[..] else { panic!("{lines:#?}") };
    let answered = |number, status| {
        format!("{path}, attempt {number}: status {status} in {{time}}, request id {{ray}}")
    };
    assert_eq!(*first, answered(1, 503));
    assert!(
        why.starts_with("sending again in {time}: load access key: the server failed"),
        "{why}"
    );
    assert!(why.contains("503") && why.contains("{ray}"), "{why}");
    assert_eq!(*second, format!("{path}, attempt 2: Closed in {{time}}"));
    let ended = "sending again in {time}: load access key: the connection ended";
    assert!(why_again.starts_with(ended), "{why_again}");
    assert_eq!(*third, answered(3, 200));
}

#[test]
fn a_refusal_that_is_too_large_to_be_kept_is_logged_like_any_other() {
    let service = service();
    service.emulator.inject(Fault::page(Page::Large404).on(Operation::Load));
    service.client.access_keys().load("K2id").unwrap_err();
    let [line] = &lines()[..] else { panic!("{:#?}", lines()) };
    let start = "load access key: GET /v1/mgmt/accesskey, attempt 1: status 404";
    assert!(line.starts_with(start) && line.contains("request id"), "{line}");
}

#[test]
fn a_rate_limit_and_the_tier_fetched_for_it_are_logged() {
    let service = service();
    service.emulator.inject(Fault::status(429).on(Operation::Load));
    service.client.access_keys().load("K2id").unwrap();
    let lines = lines();
    let [refused, why, license, again] = &lines[..] else { panic!("{lines:#?}") };
    assert!(refused.contains("attempt 1: status 429"), "{refused}");
    assert!(why.contains("too many requests"), "{why}");
    assert!(license.contains("GET /v1/mgmt/license, attempt 1: status 200"), "{license}");
    assert!(again.contains("attempt 2: status 200"), "{again}");
}

#[test]
fn a_request_that_was_not_sent_is_logged_as_such() {
    capture::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Client::builder("P2x")
        .base_url(format!("http://127.0.0.1:{port}"))
        .management_key("K2-key")
        .limits(|limits| limits.max_attempts = 1)
        .build()
        .unwrap();
    client.access_keys().create(&CreateAccessKey::new("k", Expiry::Never)).unwrap_err();
    let expected = "create access key: POST /v1/mgmt/accesskey/create, attempt 1: Connect in {time}, nothing \
         was sent";
    assert_eq!(lines(), [expected]);
}

/// What was said at *warn*, in its order.
fn warnings() -> Vec<String> {
    let lines = capture::own().into_iter();
    lines.filter(|line| line.level == Level::Warn).map(|line| line.text).collect()
}

#[test]
fn changes_are_told_once_each_and_not_for_each_call() {
    let service = service();
    let client = service.client(|client| {
        client.limits(|limits| {
            limits.max_attempts = 1;
            limits.max_cooldown = Duration::from_millis(20);
            limits.pauses.first = Duration::from_millis(20);
            limits.pauses.longest = Duration::from_millis(20);
            limits.pauses.refused = Duration::from_millis(20);
        })
    });
    let tokens = client.token_source("secret-of-k");
    let keys = client.access_keys();
    let until = |done: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(10));
            thread::sleep(Duration::from_millis(5));
        }
    };
    // One attempt each, twice: the second time it goes on, and nothing is said.
    let down = |operation| {
        service.emulator.inject(Fault::status(503).on(operation).times(2));
    };
    down(Operation::SigningKeys);
    let token = service.emulator.token().mint();
    until(&|| client.validate(&token).is_ok());
    down(Operation::Exchange);
    until(&|| tokens.token().is_ok());
    service.emulator.inject(Fault::status(429).retry_after(9).on(Operation::Load).times(2));
    until(&|| keys.load("K2id").is_ok());
    for _ in 0..20 {
        tokens.token().unwrap();
        client.validate(&token).unwrap();
        keys.load("K2id").unwrap();
    }
    assert_eq!(
        warnings(),
        [
            "no signing keys are to be had: 503 Service Unavailable",
            "signing keys are fetched again",
            "no token is to be had: 503 Service Unavailable",
            "tokens are fetched again",
            "the service has asked to wait: no management request is sent for 20ms",
            "the service answers management requests again",
        ]
    );
}

#[test]
fn a_panic_while_a_secret_is_deployed_is_logged_with_both_ids() {
    let service = service();
    let replace = AssertUnwindSafe(|| {
        let keys = service.client.access_keys();
        keys.replace("K2id", |_| panic!("as it should"))
    });
    catch_unwind(replace).unwrap_err();
    let errors: Vec<_> =
        capture::own().into_iter().filter(|line| line.level == Level::Error).collect();
    let [line] = &errors[..] else { panic!("{errors:?}") };
    let ids: Vec<String> = service.emulator.keys().into_iter().map(|key| key.id).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| line.text.contains(id.as_str())), "{}", line.text);

    // Nothing of the kind where there is no panic.
    let again = ReplaceAccessKey::new("K2id").resume();
    service.client.access_keys().replace(again, |_| Ok(())).unwrap();
    let count = capture::own().iter().filter(|line| line.level == Level::Error).count();
    assert_eq!(count, 1);
}

#[test]
fn an_argument_that_is_hardly_meant_is_warned_of_and_goes_out_as_given() {
    let service = service();
    let create = CreateAccessKey::new("k", Expiry::AtUnix(1_000_000_000));
    let created = service.client.access_keys().create(&create).unwrap();
    assert_eq!(created.key.expire_time(), 1_000_000_000);
    let lines = capture::own();
    let warned: Vec<_> = lines.iter().filter(|line| line.level == Level::Warn).collect();
    let [line] = &warned[..] else { panic!("{} warnings", warned.len()) };
    assert!(line.text.starts_with("create access key: the expiry was "), "{}", line.text);
}

#[test]
fn a_client_that_sends_keys_in_the_clear_is_warned_of_once() {
    capture::start();
    let builder = Client::builder("P2").base_url("http://emulator.example");
    let client = builder.config(|config| config.allow_plain_http(true)).build().unwrap();
    let _clone = client.clone();
    let warned: Vec<_> =
        capture::own().into_iter().filter(|line| line.level == Level::Warn).collect();
    let [line] = &warned[..] else { panic!("{} warnings", warned.len()) };
    assert!(line.text.contains("http://emulator.example is plain http"), "{}", line.text);
}
