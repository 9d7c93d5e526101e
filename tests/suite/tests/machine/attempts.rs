//! How often a request is sent, and what changes from one attempt to the next.

use std::time::Duration;

use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, ErrorKind, Expiry, Failure, FailureKind,
    LoadAccessKey, Outcome, Reply, SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::json;
use descope_suite::scenario::{
    CREATED, KEY, MANAGEMENT_KEY, PROJECT, Scenario, UNIX_START, cut, json as answer, lost,
    not_sent, status,
};

#[test]
fn a_call_that_succeeds_sends_once_and_sleeps_never() {
    let played = Scenario::new().then(answer(200, KEY)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.result.as_ref().unwrap().id(), "K2");
    assert_eq!((played.sends.len(), played.sleeps.len()), (1, 0));
}

#[test]
fn a_transient_failure_once_or_twice_is_got_over() {
    for failures in 1..=2 {
        let mut scenario = Scenario::new();
        for _ in 0..failures {
            scenario = scenario.then(status(503));
        }
        let played = scenario.then(answer(200, KEY)).play(LoadAccessKey::new("K2"));
        assert!(played.result.is_ok());
        assert_eq!(played.sends.len(), failures + 1);
        let attempts: Vec<_> = played.sends.iter().map(|(_, outgoing)| outgoing.attempt).collect();
        assert_eq!(attempts, (1..=attempts.len() as u32).collect::<Vec<_>>());
        assert!(played.sleeps[0].1.contains("503"), "the pause has its reason: {played:?}");
    }
}

#[test]
fn three_attempts_are_all_unless_configured_otherwise() {
    let scenario = Scenario::new().then(status(503)).then(lost(FailureKind::Closed));
    let played = scenario.then(status(504)).play(LoadAccessKey::new("K2"));
    let error = played.error();
    assert_eq!((error.attempts(), error.status().unwrap().as_u16()), (3, 504));

    let config = Config::builder(PROJECT).management_key(MANAGEMENT_KEY);
    let once = config.limits(|limits| limits.max_attempts = 1).build().unwrap();
    let once = Context::new(once, [1; 32]);
    let played = Scenario::of(once.clone()).then(status(503)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.error().attempts(), 1);

    // A call's own number goes before the configured one; none is one.
    let mut scenario = Scenario::of(once).options(CallOptions::new().max_attempts(5));
    for _ in 0..5 {
        scenario = scenario.then(status(503));
    }
    assert_eq!(scenario.play(LoadAccessKey::new("K2")).error().attempts(), 5);
    let none = Scenario::new().options(CallOptions::new().max_attempts(0)).then(status(503));
    assert_eq!(none.play(LoadAccessKey::new("K2")).error().attempts(), 1);
}

#[test]
fn an_expiry_in_some_time_does_not_move_between_attempts() {
    let scenario = Scenario::new().then_after(Duration::from_secs(4), not_sent(FailureKind::Tls));
    let scenario = scenario.then_after(Duration::from_secs(4), status(521));
    let played = scenario
        .then(answer(200, CREATED))
        .play(CreateAccessKey::new("ci", Expiry::In(Duration::from_secs(60))));
    assert!(played.result.is_ok());
    for (_, outgoing) in &played.sends {
        assert_eq!(json::body(&outgoing.request)["expireTime"], UNIX_START + 60);
    }
}

#[test]
fn every_attempt_of_a_one_shot_call_has_a_fresh_connection() {
    let scenario = Scenario::new().then(status(521)).then(not_sent(FailureKind::Connect));
    let played =
        scenario.then(answer(200, CREATED)).play(CreateAccessKey::new("ci", Expiry::Never));
    assert!(played.sends.iter().all(|(_, outgoing)| outgoing.fresh_connection));
    let scenario = Scenario::new().then(status(503)).then(answer(200, KEY));
    let played = scenario.play(UpdateAccessKey::new("K2", "n"));
    assert!(played.sends.iter().all(|(_, outgoing)| !outgoing.fresh_connection));
}

#[test]
fn an_attempt_after_a_failure_of_the_connection_has_a_fresh_one() {
    for (reply, fresh) in [
        (lost(FailureKind::Closed), true),
        (lost(FailureKind::Timeout), true),
        (lost(FailureKind::Malformed), true),
        (cut(answer(200, "{")), true),
        // A balancer ends an idle connection with it.
        (status(408), true),
        (status(503), false),
        (not_sent(FailureKind::Connect), false),
    ] {
        let scenario = Scenario::new().then(reply).then(answer(200, KEY));
        let played = scenario.play(LoadAccessKey::new("K2"));
        let asked: Vec<_> = played.sends.iter().map(|(_, it)| it.fresh_connection).collect();
        let last = *asked.last().unwrap();
        assert_eq!((asked[0], last), (false, fresh), "{asked:?}");
    }
}

#[test]
fn a_used_connection_that_is_silent_leaves_time_for_another() {
    let half = |endpoint_is_bulk: bool, max_attempts| {
        let options = CallOptions::new().max_attempts(max_attempts);
        let scenario = Scenario::new().options(options);
        let sends = if endpoint_is_bulk {
            scenario.then(answer(200, r#"{"keys":[]}"#)).play(SearchAccessKeys::new()).sends
        } else {
            scenario.then(answer(200, KEY)).play(LoadAccessKey::new("K2")).sends
        };
        sends[0].1.reused_timeout * 2 == sends[0].1.timeout
    };
    assert!(half(false, 3));
    assert!(!half(false, 1), "there is no other attempt");
    assert!(!half(true, 3), "a long search is no silent connection");
}

#[test]
fn what_would_come_back_is_not_asked_for_again() {
    for reply in [
        answer(200, "<html>"),
        answer(204, ""),
        answer(200, "{}"),
        status(302),
        status(404),
        status(501),
        lost(FailureKind::BodyTooLarge),
        lost(FailureKind::HeaderTooLarge),
        lost(FailureKind::Coding),
        not_sent(FailureKind::Certificate),
        not_sent(FailureKind::NotTls),
        not_sent(FailureKind::Proxy),
    ] {
        let played = Scenario::new().then(reply).play(LoadAccessKey::new("K2"));
        assert_eq!(played.error().attempts(), 1, "{:?}", played.error());
    }
}

#[test]
fn the_body_of_a_success_over_its_bound_is_refused_even_where_the_transport_let_it_through() {
    let over = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(1 << 20));
    let played = Scenario::new().then(answer(200, &over)).play(LoadAccessKey::new("K2"));
    let error = played.error();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert_eq!((error.attempts(), error.outcome()), (1, Outcome::Unknown));
    assert_eq!(error.status().unwrap().as_u16(), 200);
    let played = Scenario::new().then(answer(200, &over)).play(SearchAccessKeys::new());
    assert!(played.result.unwrap().is_empty(), "a search has a bound of its own");

    // To the byte: a key with as much white space behind it as fits.
    let just = KEY.to_owned() + &" ".repeat((1 << 20) - KEY.len());
    let played =
        |body: &str| Scenario::new().then(answer(200, body)).play(LoadAccessKey::new("K2"));
    assert!(played(&just).result.is_ok());
    assert_eq!(played(&(just + " ")).error().kind(), ErrorKind::BodyTooLarge);
}

#[test]
fn a_large_page_in_a_refusal_changes_nothing() {
    let page = "x".repeat(2 << 20);
    let too_large = |code| {
        let partial = answer(code, &page[..1 << 20]).unwrap();
        Err(Failure::new(FailureKind::BodyTooLarge).with_partial(partial))
    };
    for code in [403, 404, 429, 503] {
        let replies: [&dyn Fn() -> Reply; 3] =
            [&|| status(code), &|| answer(code, &page), &|| too_large(code)];
        let ends = replies.map(|reply| {
            let mut scenario = Scenario::new().options(CallOptions::new().max_attempts(2));
            scenario = scenario.then(reply()).always(Duration::ZERO, || status(521));
            let played = scenario.play(UpdateAccessKey::new("K2", "n"));
            let error = played.error();
            (error.kind(), error.outcome(), error.attempts())
        });
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        assert_eq!(ends[0].2, if code >= 429 { 2 } else { 1 }, "{code}");
    }
    // A code in what is kept of it is read all the same.
    let body = format!(r#"{{"errorCode":"E111502","x":"{page}"}}"#);
    let played = Scenario::new().then(answer(400, &body)).play(LoadAccessKey::new("K2"));
    assert!(played.error().is_key_not_found(), "{}", played.error());
    let body = format!(r#"{{"x":"{page}","errorCode":"E111502"}}"#);
    let played = Scenario::new().then(answer(400, &body)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.error().kind(), ErrorKind::Intermediary);
}

#[test]
fn a_part_of_an_answer_proves_that_the_request_was_sent() {
    let mut failure = Failure::not_sent(FailureKind::Closed);
    failure = failure.with_partial(http::Response::new(Vec::new()));
    let played = Scenario::new().then(Err(failure)).play(CreateAccessKey::new("n", Expiry::Never));
    assert_eq!((played.sends.len(), played.error().outcome()), (1, Outcome::Unknown));
}

#[test]
fn an_argument_that_cannot_be_sent_reaches_no_transport() {
    let played = Scenario::new().play(LoadAccessKey::new(""));
    let error = played.error();
    assert!(error.is_invalid_argument());
    assert_eq!((error.attempts(), error.outcome()), (0, Outcome::NotSent));
    assert_eq!(error.operation().unwrap().name, "load access key");
}
