//! Errors read for sense. What they say word for word is in the catalogue, `messages.rs`.

use descope_core::{
    CallOptions, CreateAccessKey, Endpoint, Error, Expiry, FailureKind, LoadAccessKey, Reply,
    RotateAccessKey, UpdateAccessKey,
};
use descope_suite::scenario::{Scenario, json, lost, not_sent, status};

use crate::rules::FAILURES;

fn once<E: Endpoint>(endpoint: E, reply: Reply) -> Error {
    let options = CallOptions::new().max_attempts(1);
    match Scenario::new().options(options).then(reply).play(endpoint).result {
        Ok(_) => panic!("no error"),
        Err(error) => error,
    }
}

fn create(reply: Reply) -> String {
    once(CreateAccessKey::new("ci", Expiry::Never), reply).to_string()
}

fn load(reply: Reply) -> String {
    once(LoadAccessKey::new("K2"), reply).to_string()
}

#[test]
fn every_failure_has_words_of_its_own_kind() {
    let mut said = std::collections::BTreeSet::new();
    for kind in FAILURES {
        for reply in [lost(kind), not_sent(kind)] {
            let sent = reply.as_ref().is_err_and(|failure| failure.sent);
            let words = create(reply);
            assert_eq!(words.contains("OUTCOME UNKNOWN"), sent, "{words}");
            assert_eq!(words.contains("nothing was sent"), !sent, "{words}");
            let what = words.split(": ").nth(1).unwrap().split(';').next().unwrap().to_string();
            said.insert(what);
        }
    }
    assert!(said.len() >= 9, "{said:#?}");
}

#[test]
fn attempts_are_told_where_there_were_several() {
    let scenario = Scenario::new().then(status(503)).then(status(502)).then(status(504));
    let words = scenario.play(UpdateAccessKey::new("K2", "n")).error().to_string();
    assert_eq!(
        words,
        "update access key \"K2\": the server failed (status 504 Gateway Timeout \
         from api.descope.com:443); tried 3 times; OUTCOME UNKNOWN: it may have been carried \
         out; repeating it is safe"
    );
}

#[test]
fn a_rotate_in_doubt_says_how_to_find_out() {
    let words = once(RotateAccessKey::new("K2"), lost(FailureKind::Closed)).to_string();
    assert!(words.contains("the old secret may be dead"), "{words}");
    assert!(words.contains("Try an exchange with the old secret"), "{words}");
}

#[test]
fn what_the_service_says_is_bounded_and_one_line() {
    let message = format!("first\\nsecond\\u001b[31m{}", "x".repeat(10_000));
    let words =
        load(json(400, &format!(r#"{{"errorCode":"E011003","errorMessage":"{message}"}}"#)));
    assert!(words.len() < 600, "{}", words.len());
    assert!(!words.chars().any(char::is_control), "{words}");
    assert!(words.contains("first\\nsecond"), "{words}");
}
