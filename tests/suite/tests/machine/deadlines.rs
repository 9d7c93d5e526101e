//! One deadline over everything that a call does.

use std::time::Duration;

use descope_core::{
    CallOptions, Config, Context, CreateAccessKey, Endpoint, ErrorKind, Expiry, FailureKind,
    LoadAccessKey, Outcome, RotateAccessKey, SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::random::entropy;
use descope_suite::scenario::{
    KEY, MANAGEMENT_KEY, PROJECT, Scenario, config, json, lost, not_sent, status,
};

const SECOND: Duration = Duration::from_secs(1);

fn first_timeout(context: &Context, options: CallOptions, endpoint: impl Endpoint) -> Duration {
    let scenario = Scenario::of(context.clone()).options(options).then(status(404));
    scenario.play(endpoint).sends[0].1.timeout
}

#[test]
fn each_operation_has_its_own_and_each_call_may_have_another() {
    let context = Context::new(config(), [1; 32]);
    let create = || CreateAccessKey::new("n", Expiry::Never);
    let default = CallOptions::new;
    assert_eq!(first_timeout(&context, default(), LoadAccessKey::new("K2")), 10 * SECOND);
    assert_eq!(first_timeout(&context, default(), UpdateAccessKey::new("K2", "n")), 10 * SECOND);
    assert_eq!(first_timeout(&context, default(), SearchAccessKeys::new()), 60 * SECOND);
    assert_eq!(first_timeout(&context, default(), create()), 30 * SECOND);
    assert_eq!(first_timeout(&context, default(), RotateAccessKey::new("K2")), 30 * SECOND);

    let config = Config::builder(PROJECT).management_key(MANAGEMENT_KEY).limits(|limits| {
        limits.deadline = 2 * SECOND;
        limits.bulk_deadline = 3 * SECOND;
        limits.one_shot_deadline = 4 * SECOND;
    });
    let context = Context::new(config.build().unwrap(), [1; 32]);
    assert_eq!(first_timeout(&context, default(), LoadAccessKey::new("K2")), 2 * SECOND);
    assert_eq!(first_timeout(&context, default(), SearchAccessKeys::new()), 3 * SECOND);
    assert_eq!(first_timeout(&context, default(), create()), 4 * SECOND);
    let own = || CallOptions::new().deadline(7 * SECOND);
    assert_eq!(first_timeout(&context, own(), LoadAccessKey::new("K2")), 7 * SECOND);
    assert_eq!(first_timeout(&context, own(), SearchAccessKeys::new()), 7 * SECOND);
    assert_eq!(first_timeout(&context, own(), create()), 7 * SECOND);
}

#[test]
fn a_further_attempt_has_what_time_is_left() {
    let scenario = Scenario::new().then_after(7 * SECOND, not_sent(FailureKind::ConnectTimeout));
    let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    let left = 3 * SECOND - played.delays()[0];
    assert_eq!(played.sends[1].1.timeout, left);
    assert_eq!(played.sends[1].1.connect_timeout, left);
}

#[test]
fn an_attempt_that_took_all_the_time_is_the_last() {
    for over in [Duration::ZERO, SECOND / 2] {
        let scenario = Scenario::new().then_after(10 * SECOND + over, lost(FailureKind::Timeout));
        let played = scenario.play(LoadAccessKey::new("K2"));
        let error = played.error();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert!(error.is_timeout() && error.is_unreachable());
        assert!(played.sleeps.is_empty());
    }
}

#[test]
fn no_pause_lasts_until_the_deadline() {
    for seed in 0..300 {
        let options = CallOptions::new().deadline(SECOND / 25).max_attempts(100);
        let scenario = Scenario::of(Context::new(config(), entropy(seed))).options(options);
        // Connections are refused in no time, so the pauses alone use the time up.
        let played = scenario
            .always(Duration::ZERO, || not_sent(FailureKind::Connect))
            .play(LoadAccessKey::new("K2"));
        assert!(played.elapsed < SECOND / 25, "{played:?}");
        assert!(played.error().attempts() < 100);
    }
}

#[test]
fn a_driver_that_oversleeps_gets_what_failed_before() {
    let scenario = Scenario::new().then(status(503)).oversleeping(11 * SECOND);
    let played = scenario.play(UpdateAccessKey::new("K2", "n"));
    let error = played.error();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Api, 1));
    assert_eq!(error.status().unwrap().as_u16(), 503);
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.is_outcome_unknown());
}

#[test]
fn a_deadline_of_nothing_sends_nothing() {
    let options = CallOptions::new().deadline(Duration::ZERO);
    let played = Scenario::new().options(options).play(LoadAccessKey::new("K2"));
    let error = played.error();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[test]
fn no_deadline_said_as_a_very_long_one_overflows_nothing() {
    let options = CallOptions::new().deadline(Duration::MAX);
    let scenario = Scenario::new().options(options).then_after(100_000 * SECOND, status(503));
    let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    assert!(played.result.is_ok());
    for (_, outgoing) in &played.sends {
        assert!(outgoing.timeout >= Duration::from_secs(86_400));
        let now = std::time::Instant::now();
        assert!(now.checked_add(outgoing.timeout).is_some(), "{:?}", outgoing.timeout);
    }
}
