//! Cooldowns: what one call was told holds for those that follow.

use std::time::Duration;

use descope_core::{
    Call, CallOptions, Context, CreateAccessKey, Endpoint, ErrorKind, ExchangeAccessKey, Expiry,
    FailureKind, FetchSigningKeys, LoadAccessKey, Outcome, Reply, Step, Waiting,
};
use descope_suite::random::entropy;
use descope_suite::scenario::{
    CREATED, KEY, Scenario, at, config, cut, json, lost, status, with_header,
};

const SECOND: Duration = Duration::from_secs(1);
const CODE: &str = r#"{"errorCode":"E010000"}"#;

/// The license tier is known, so that a 429 asks for nothing else.
fn context() -> Context {
    let context = Context::new(config(), [1; 32]);
    context.set_license_tier("tier1").unwrap();
    context
}

fn asking(code: u16, wait: &str) -> Reply {
    with_header(json(code, CODE), "retry-after", wait)
}

fn start<E: Endpoint>(context: &Context, endpoint: E, now: Duration) -> Step<Call<E>> {
    context.call(endpoint, CallOptions::new(), at(now))
}

fn load(context: &Context, now: Duration) -> Step<Call<LoadAccessKey>> {
    start(context, LoadAccessKey::new("K2"), now)
}

fn reply<E: Endpoint>(step: Step<Call<E>>, reply: Reply, now: Duration) -> Step<Call<E>> {
    match step {
        Step::Send(_, sent) => sent.reply(reply, at(now)),
        other => panic!("it sends nothing: {other:?}"),
    }
}

fn sleeps<E: Endpoint>(step: &Step<Call<E>>) -> Duration {
    match step {
        Step::Sleep(delay, _) => *delay,
        other => panic!("it does not sleep: {other:?}"),
    }
}

fn wake<E: Endpoint>(step: Step<Call<E>>, now: Duration) -> Step<Call<E>> {
    match step {
        Step::Sleep(_, asleep) => asleep.wake(at(now)),
        Step::Wait(_, _, waiting) => waiting.wake(at(now)),
        other => panic!("it is not asleep: {other:?}"),
    }
}

fn waits<E: Endpoint>(step: Step<Call<E>>) -> Waiting<Call<E>> {
    match step {
        Step::Wait(_, _, waiting) => waiting,
        other => panic!("it does not wait: {other:?}"),
    }
}

/// A context after an answer to a call that could not wait for it.
fn told(answer: Reply) -> Context {
    let context = context();
    let once = CallOptions::new().max_attempts(1);
    let played = Scenario::of(context.clone()).options(once).then_after(Duration::ZERO, answer);
    assert_eq!(played.play(LoadAccessKey::new("K2")).error().attempts(), 1);
    context
}

/// How long it holds other calls back.
fn holds(context: &Context, now: Duration) -> Option<Duration> {
    let options = CallOptions::new().deadline(Duration::from_millis(1));
    match context.call(LoadAccessKey::new("K2"), options, at(now)) {
        Step::Done(Err(error)) => error.retry_after(),
        Step::Send(..) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_wait_fails_at_once_with_the_time_left_and_sends_nothing() {
    for code in [429, 503] {
        let context = told(asking(code, "30"));
        let Step::Done(Err(error)) = load(&context, 12 * SECOND) else { panic!("it goes on") };
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert!(error.is_rate_limited() && !error.is_remembered());
        assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 0));
        assert_eq!(error.retry_after(), Some(18 * SECOND));
        let text = error.to_string();
        assert!(text.starts_with("load access key \"K2\": ") && text.contains("next try in 18 s"));
        assert!(text.contains("nothing was sent"), "{text}");
    }
}

#[test]
fn what_can_wait_waits_and_then_sends() {
    let context = told(asking(429, "30"));
    let step = load(&context, 25 * SECOND);
    let delay = sleeps(&step);
    // The jitter of a tenth is cut so that half of the time left is the attempt's.
    assert!((5 * SECOND..=5 * SECOND + SECOND * 5 / 2).contains(&delay), "{delay:?}");
    let Step::Sleep(_, asleep) = step else { unreachable!() };
    assert_eq!(asleep.reason().kind(), ErrorKind::RateLimited);
    let step = asleep.wake(at(25 * SECOND + delay));
    let step = reply(step, json(200, KEY), 31 * SECOND);
    assert!(matches!(step, Step::Done(Ok(_))));
    assert!(matches!(load(&context, 31 * SECOND), Step::Send(..)), "it is over");
}

#[test]
fn it_ends_where_what_was_asked_for_ends() {
    let context = told(asking(429, "30"));
    assert_eq!(holds(&context, Duration::ZERO), Some(30 * SECOND));
    assert_eq!(holds(&context, 30 * SECOND - SECOND / 1_000), Some(SECOND / 1_000));
    assert_eq!(holds(&context, 30 * SECOND), None);
}

#[test]
fn it_is_bounded_more_so_on_the_word_of_another() {
    let by_other = with_header(json(503, "<html>busy</html>"), "retry-after", "3600");
    for (answer, seconds) in [
        (asking(429, "999999999"), 300),
        (asking(503, "3600"), 300),
        (by_other, 30),
        (with_header(status(429), "retry-after", "31"), 30),
        (with_header(status(429), "retry-after", "29"), 29),
    ] {
        assert_eq!(holds(&told(answer), Duration::ZERO), Some(seconds * SECOND));
    }
}

#[test]
fn other_answers_hold_nobody_back() {
    for answer in [
        json(429, CODE),
        status(503),
        asking(429, "0"),
        asking(429, "soon"),
        asking(500, "30"),
        asking(408, "30"),
        asking(403, "30"),
        asking(404, "30"),
        lost(FailureKind::Timeout),
    ] {
        assert_eq!(holds(&told(answer), Duration::ZERO), None);
    }
    // The head of an answer that was cut tells as much.
    assert_eq!(holds(&told(cut(asking(503, "20"))), Duration::ZERO), Some(20 * SECOND));
}

#[test]
fn kinds_are_held_back_apart() {
    let context = told(asking(429, "30"));
    let exchange = ExchangeAccessKey::new("CT");
    assert!(matches!(start(&context, FetchSigningKeys::new(), SECOND), Step::Send(..)));
    let step = start(&context, exchange.clone(), SECOND);
    assert!(matches!(reply(step, asking(429, "60"), SECOND), Step::Done(Err(_))));
    assert!(matches!(start(&context, FetchSigningKeys::new(), SECOND), Step::Send(..)));
    let Step::Done(Err(error)) = start(&context, exchange, SECOND) else { panic!("it goes on") };
    assert_eq!(error.retry_after(), Some(60 * SECOND));
    let step = start(&context, CreateAccessKey::new("n", Expiry::Never), SECOND);
    assert!(sleeps(&step) >= 29 * SECOND, "a create has the time to wait");
}

#[test]
fn after_it_one_call_probes_and_the_others_wait_for_it_and_leave_spread() {
    let context = told(asking(429, "30"));
    let probe = load(&context, 30 * SECOND);
    assert!(matches!(probe, Step::Send(..)));
    let others: Vec<_> = (0..50).map(|_| waits(load(&context, 30 * SECOND))).collect();
    assert!(matches!(reply(probe, json(200, KEY), 31 * SECOND), Step::Done(Ok(_))));
    let mut delays: Vec<_> = others
        .into_iter()
        .map(|waiting| {
            let step = waiting.wake(at(31 * SECOND));
            let delay = sleeps(&step);
            assert!(matches!(wake(step, 31 * SECOND + delay), Step::Send(..)));
            delay
        })
        .collect();
    delays.sort();
    assert!(delays[49] <= 3 * SECOND, "a tenth of it: {delays:?}");
    assert!(delays[40] - delays[9] > SECOND, "{delays:?}");
}

#[test]
fn a_probe_that_is_refused_holds_the_others_back_again() {
    let context = told(asking(429, "30"));
    let probe = load(&context, 30 * SECOND);
    let other = waits(load(&context, 30 * SECOND));
    assert!(matches!(reply(probe, asking(429, "60"), 31 * SECOND), Step::Done(Err(_))));
    let step = wake(other.wake(at(31 * SECOND)), 32 * SECOND);
    let Step::Done(Err(error)) = step else { panic!("it goes on: {step:?}") };
    assert_eq!((error.attempts(), error.retry_after()), (0, Some(59 * SECOND)));
}

#[test]
fn a_probe_that_is_given_up_leaves_its_place_to_another() {
    let context = told(asking(429, "30"));
    let probe = load(&context, 30 * SECOND);
    let others = [waits(load(&context, 30 * SECOND)), waits(load(&context, 30 * SECOND))];
    drop(probe);
    let [first, second] = others.map(|other| wake(other.wake(at(31 * SECOND)), 33 * SECOND));
    assert!(matches!(first, Step::Send(..)));
    drop(waits(second));
}

#[test]
fn any_end_of_a_probe_but_another_cooldown_lets_the_others_go() {
    for end in [status(404), status(500), status(429), lost(FailureKind::Closed)] {
        let context = told(asking(429, "30"));
        let probe = load(&context, 30 * SECOND);
        let _going_on = reply(probe, end, 31 * SECOND);
        assert!(matches!(load(&context, 31 * SECOND), Step::Send(..)));
    }
}

#[test]
fn one_who_waits_for_a_probe_does_so_within_its_deadline() {
    let context = told(asking(429, "30"));
    let _probe = load(&context, 30 * SECOND);
    let step = load(&context, 30 * SECOND);
    let Step::Wait(_, limit, waiting) = step else { panic!("{step:?}") };
    assert_eq!(limit, 10 * SECOND);
    let step = wake(waiting.wake(at(40 * SECOND)), 40 * SECOND);
    let Step::Done(Err(error)) = step else { panic!("it goes on: {step:?}") };
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
}

#[test]
fn what_cannot_wait_may_go_through_it() {
    let context = told(asking(429, "30"));
    let urgent = || {
        let options = CallOptions::new().through_cooldown();
        context.call(LoadAccessKey::new("K2"), options, at(SECOND))
    };
    assert!(matches!(reply(urgent(), json(200, KEY), SECOND), Step::Done(Ok(_))));
    assert_eq!(holds(&context, SECOND), Some(29 * SECOND), "for the others it goes on");
    assert!(matches!(reply(urgent(), asking(429, "60"), SECOND), Step::Done(Err(_))));
    assert_eq!(holds(&context, SECOND), Some(60 * SECOND));
}

#[test]
fn a_call_that_another_one_overtakes_is_held_back_too_and_keeps_its_failure() {
    let context = context();
    // Between two attempts of the first call the second one is told to wait.
    let step = reply(load(&context, Duration::ZERO), status(500), Duration::ZERO);
    let other = load(&context, Duration::ZERO);
    assert!(matches!(reply(other, asking(429, "60"), Duration::ZERO), Step::Done(Err(_))));
    let Step::Done(Err(error)) = wake(step, SECOND) else { panic!("it goes on") };
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.outcome(), Outcome::Unknown, "the first attempt's");
    assert_eq!(error.retry_after(), Some(59 * SECOND));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("500"), "{source}");
}

#[test]
fn what_is_wrong_with_a_call_is_told_in_spite_of_it() {
    let context = told(asking(429, "30"));
    let step = start(&context, LoadAccessKey::new(""), SECOND);
    let Step::Done(Err(error)) = step else { panic!("it waits: {step:?}") };
    assert!(error.is_invalid_argument());
}

#[test]
fn a_create_waits_for_its_turn_and_is_sent_once() {
    let context = told(asking(429, "20"));
    let step = start(&context, CreateAccessKey::new("n", Expiry::Never), SECOND);
    let delay = sleeps(&step);
    assert!(delay >= 19 * SECOND);
    let step = reply(wake(step, SECOND + delay), json(200, CREATED), SECOND + delay);
    assert!(matches!(step, Step::Done(Ok(_))));
}

#[test]
fn processes_that_were_told_the_same_probe_at_different_times() {
    let mut delays: Vec<_> = (0..200)
        .map(|seed| {
            let context = Context::new(config(), entropy(seed));
            let once = CallOptions::new().max_attempts(1);
            let scenario = Scenario::of(context.clone()).options(once);
            let answer = asking(503, "20");
            scenario.then_after(Duration::ZERO, answer).play(LoadAccessKey::new("K2")).error();
            let step = start(&context, CreateAccessKey::new("n", Expiry::Never), SECOND);
            sleeps(&step)
        })
        .collect();
    delays.sort();
    delays.dedup();
    assert_eq!(delays.len(), 200);
    assert!(delays[150] - delays[50] > SECOND / 2, "{delays:?}");
}
