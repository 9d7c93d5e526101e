//! The key cache: which tokens cause a fetch, who makes it, and who waits.

use std::time::Duration;

use descope_core::{CallOptions, Context, ErrorKind, Step, ValidateFlow, Waiting};
use descope_emulator::{Fault, Operation};
use descope_suite::world::{CLEARTEXT, World, at_once, sends};

const TIME_TO_LIVE: Duration = Duration::from_secs(600);
const MAX_STALE: Duration = Duration::from_secs(3600);
/// Longer than any pause after few failures.
const PAUSE: Duration = Duration::from_secs(30);

fn token(world: &World) -> String {
    world.emulator.token().expires_in(100_000).mint()
}

fn forged(world: &World, number: u32) -> String {
    world.emulator.token().expires_in(100_000).header("kid", format!("forged-{number}")).mint()
}

fn fetches(world: &World) -> u64 {
    world.emulator.count(Operation::SigningKeys)
}

/// A world whose cache holds the keys.
fn warm() -> (World, String) {
    let world = World::new();
    let token = token(&world);
    world.drive(validate(&world, &token)).unwrap();
    assert_eq!(fetches(&world), 1);
    (world, token)
}

fn validate<'a>(world: &World, token: &'a str) -> Step<ValidateFlow<'a>> {
    start(&world.context, world, token)
}

fn start<'a>(context: &Context, world: &World, token: &'a str) -> Step<ValidateFlow<'a>> {
    context.validate(token, CallOptions::new(), world.now())
}

fn waits(step: Step<ValidateFlow<'_>>) -> (Waiting<ValidateFlow<'_>>, Duration) {
    match step {
        Step::Wait(_, limit, waiting) => (waiting, limit),
        other => panic!("it does not wait: {other:?}"),
    }
}

#[test]
fn one_fetch_serves_all_that_follow() {
    let (world, token) = warm();
    for _ in 0..10 {
        at_once(validate(&world, &token)).unwrap();
    }
    assert_eq!(fetches(&world), 1);
}

#[test]
fn a_hundred_forged_kids_cost_two_fetches_and_delay_no_honest_token() {
    let (world, token) = warm();
    for number in 0..100 {
        let forged = forged(&world, number);
        let error = world.drive(validate(&world, &forged)).unwrap_err();
        assert!(error.token_error().unwrap().is_unknown_kid(), "{error}");
        at_once(validate(&world, &token)).unwrap();
    }
    assert_eq!(fetches(&world), 1 + 2);
}

#[test]
fn an_honest_token_goes_on_while_a_forged_one_causes_a_fetch() {
    let (world, token) = warm();
    let forged = forged(&world, 0);
    let under_way = sends(validate(&world, &forged));
    at_once(validate(&world, &token)).unwrap();
    world.drive(under_way).unwrap_err();
}

#[test]
fn unknown_kids_may_cause_one_more_fetch_each_half_minute() {
    let (world, _) = warm();
    let attempt = |number| world.drive(validate(&world, &forged(&world, number))).unwrap_err();
    (0..5).for_each(|number| drop(attempt(number)));
    assert_eq!(fetches(&world), 3);
    world.pass(Duration::from_secs(29));
    attempt(5);
    assert_eq!(fetches(&world), 3);
    world.pass(Duration::from_secs(1));
    attempt(6);
    attempt(7);
    assert_eq!(fetches(&world), 4);
}

#[test]
fn half_of_a_fetch_that_was_gained_is_not_lost() {
    let (world, _) = warm();
    let mut expected = 1;
    for (pass, more) in [(0, 2), (45, 1), (14, 0), (1, 1), (29, 0), (1, 1), (70, 2)] {
        world.pass(Duration::from_secs(pass));
        for number in 0..5 {
            world.drive(validate(&world, &forged(&world, number))).unwrap_err();
        }
        expected += more;
        assert_eq!(fetches(&world), expected, "after {pass} s");
    }
}

#[test]
fn a_bucket_that_was_full_for_long_holds_two() {
    let (world, _) = warm();
    world.pass(TIME_TO_LIVE / 2);
    (0..5).for_each(|number| {
        world.drive(validate(&world, &forged(&world, number))).unwrap_err();
    });
    assert_eq!(fetches(&world), 3);
}

#[test]
fn after_a_rotation_of_keys_the_new_kid_is_fetched_and_the_old_token_still_passes() {
    let (world, old) = warm();
    world.emulator.rotate_signing_key();
    let new = token(&world);
    world.drive(validate(&world, &new)).unwrap();
    assert_eq!(fetches(&world), 2);
    at_once(validate(&world, &old)).unwrap();
}

#[test]
fn forged_kids_cannot_break_an_exchange_after_a_rotation_of_keys() {
    let (world, _) = warm();
    for number in 0..5 {
        world.drive(validate(&world, &forged(&world, number))).unwrap_err();
    }
    world.emulator.rotate_signing_key();
    // To one who merely presents it, the bucket is empty.
    let new = token(&world);
    assert!(at_once(validate(&world, &new)).unwrap_err().token_error().unwrap().is_unknown_kid());

    let exchange = descope_core::ExchangeAccessKey::new(CLEARTEXT);
    world.drive(world.context.exchange(exchange, CallOptions::new(), world.now())).unwrap();
    at_once(validate(&world, &new)).unwrap();
}

#[test]
fn at_its_time_to_live_one_caller_refreshes_and_the_others_go_on() {
    let (world, token) = warm();
    world.pass(TIME_TO_LIVE - Duration::from_secs(1));
    at_once(validate(&world, &token)).unwrap();
    world.pass(Duration::from_secs(1));
    let refreshing = sends(validate(&world, &token));
    at_once(validate(&world, &token)).unwrap();
    world.drive(refreshing).unwrap();
    assert_eq!(fetches(&world), 2);
    at_once(validate(&world, &token)).unwrap();
}

#[test]
fn stale_keys_serve_while_the_service_is_down_and_not_for_ever() {
    let (world, token) = warm();
    world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    world.pass(TIME_TO_LIVE);
    world.drive(validate(&world, &token)).unwrap();
    let tried = fetches(&world);
    assert_eq!(tried, 1 + 3, "three attempts");

    // Nobody is delayed by another try for a while.
    world.pass(Duration::from_secs(9));
    at_once(validate(&world, &token)).unwrap();
    world.pass(Duration::from_secs(1));
    world.drive(sends(validate(&world, &token))).unwrap();

    world.pass(MAX_STALE);
    let error = world.drive(validate(&world, &token)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status().unwrap(), 503);

    world.emulator.clear_faults();
    world.pass(PAUSE);
    world.drive(validate(&world, &token)).unwrap();
}

#[test]
fn an_unknown_kid_while_the_service_is_down_is_no_verdict_on_the_token() {
    let (world, _) = warm();
    world.emulator.rotate_signing_key();
    world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    let error = world.drive(validate(&world, &token(&world))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "the failure of the fetch: {error}");
}

#[test]
fn on_a_cold_cache_one_fetches_and_the_others_wait() {
    let world = World::new();
    let token = token(&world);
    let leader = sends(validate(&world, &token));
    let (first, limit) = waits(validate(&world, &token));
    let (second, _) = waits(validate(&world, &token));
    assert_eq!(limit, Duration::from_secs(10), "the deadline of a call");

    world.drive(leader).unwrap();
    at_once(first.wake(world.now())).unwrap();
    at_once(second.wake(world.now())).unwrap();
    assert_eq!(fetches(&world), 1);
}

#[test]
fn a_failure_is_shared_with_those_who_waited_for_it() {
    let world = World::new();
    world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).times(3));
    let token = token(&world);
    let leader = sends(validate(&world, &token));
    let (follower, _) = waits(validate(&world, &token));
    let error = world.drive(leader).unwrap_err();
    let shared = at_once(follower.wake(world.now())).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (shared.kind(), shared.attempts()));
    assert_eq!(fetches(&world), 3, "nobody fetched again");
    // One who comes later is answered with it, until the pause has passed.
    assert!(at_once(validate(&world, &token)).unwrap_err().is_remembered());
    world.pass(PAUSE);
    world.drive(validate(&world, &token)).unwrap();
}

#[test]
fn a_failure_of_one_in_a_hurry_is_no_verdict_for_the_patient() {
    let in_time = CallOptions::new().deadline(Duration::from_millis(50));
    let once = CallOptions::new().max_attempts(1);
    for (hurry, fault) in [(in_time, Fault::status(503).retry_after(1)), (once, Fault::status(503))]
    {
        let world = World::new();
        world.emulator.inject(fault.on(Operation::SigningKeys));
        let token = token(&world);
        let hurried = || world.context.validate(&token, hurry.clone(), world.now());
        let leader = sends(hurried());
        let (as_hurried, _) = waits(hurried());
        let (patient, _) = waits(validate(&world, &token));
        world.drive(leader).unwrap_err();
        assert_eq!(at_once(as_hurried.wake(world.now())).unwrap_err().status().unwrap(), 503);
        // It waits where the service has asked to, and it alone.
        world.drive(patient.wake(world.now())).unwrap();
        assert_eq!(fetches(&world), 2);
    }
}

#[test]
fn one_who_leads_with_no_time_left_fails_alone() {
    let world = World::new();
    let token = token(&world);
    let abandoned = sends(validate(&world, &token));
    let (first, limit) = waits(validate(&world, &token));
    world.pass(limit / 2);
    let (second, _) = waits(validate(&world, &token));
    world.pass(limit / 2);
    drop(abandoned);
    let error = at_once(first.wake(world.now())).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    world.drive(sends(second.wake(world.now()))).unwrap();
}

#[test]
fn when_the_leader_is_dropped_one_who_waited_leads() {
    let world = World::new();
    let token = token(&world);
    let leader = sends(validate(&world, &token));
    let (first, _) = waits(validate(&world, &token));
    let (second, _) = waits(validate(&world, &token));
    drop(leader);
    let leading = sends(first.wake(world.now()));
    let (second, _) = waits(second.wake(world.now()));
    world.drive(leading).unwrap();
    at_once(second.wake(world.now())).unwrap();
    assert_eq!(fetches(&world), 1);
}

#[test]
fn one_who_waited_too_long_is_told_so() {
    let world = World::new();
    let token = token(&world);
    let _leader = sends(validate(&world, &token));
    let (follower, limit) = waits(validate(&world, &token));
    world.pass(limit);
    let error = at_once(follower.wake(world.now())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn pinned_signing_keys_need_no_network() {
    let world = World::new();
    let keys = world.emulator.key_set().to_string();
    let pinned = World::with(|config| config.signing_keys(keys.clone()));
    at_once(validate(&pinned, &token(&pinned))).unwrap();
    let error = at_once(validate(&pinned, &forged(&pinned, 0))).unwrap_err();
    assert!(error.token_error().unwrap().is_unknown_kid());
    pinned.pass(TIME_TO_LIVE + MAX_STALE);
    at_once(validate(&pinned, &token(&pinned))).unwrap();
    assert_eq!(fetches(&pinned), 0);
}

#[test]
fn no_call_fetches_twice_whatever_it_is_answered() {
    let world = World::new();
    let edit = |answer: &mut serde_json::Value| answer["keys"][0]["kid"] = "another".into();
    world.emulator.inject(Fault::edited(edit).on(Operation::SigningKeys).forever());
    let exchange = descope_core::ExchangeAccessKey::new(CLEARTEXT);
    for number in 1..=3 {
        let step = world.context.exchange(exchange.clone(), CallOptions::new(), world.now());
        let error = world.drive(step).unwrap_err();
        assert!(error.token_error().unwrap().is_unknown_kid(), "{error}");
        assert_eq!(fetches(&world), number);
    }
    let token = token(&world);
    world.drive(validate(&world, &token)).unwrap_err();
    assert_eq!(fetches(&world), 4);
}

#[test]
fn keys_that_may_not_be_kept_at_all_are_fetched_once_a_token() {
    let world = World::with(|config| {
        config.limits(|limits| {
            limits.signing_keys.time_to_live = Duration::ZERO;
            limits.signing_keys.max_stale = Duration::ZERO;
        })
    });
    let token = token(&world);
    for number in 1..=3 {
        world.drive(sends(validate(&world, &token))).unwrap();
        assert_eq!(fetches(&world), number);
    }
}

#[test]
fn a_token_that_was_verified_ends_with_the_set_that_held_its_key() {
    let world = World::with(|config| config.limits(|limits| limits.verified_tokens = 100));
    let old = token(&world);
    world.drive(validate(&world, &old)).unwrap();
    at_once(validate(&world, &old)).unwrap();
    world.emulator.rotate_signing_key();
    world.emulator.retire_signing_keys();
    let new = token(&world);
    world.drive(validate(&world, &new)).unwrap();
    let error = world.drive(validate(&world, &old)).unwrap_err();
    assert!(error.token_error().unwrap().is_unknown_kid(), "{error}");
    at_once(validate(&world, &new)).unwrap();
}

#[test]
fn an_answer_without_a_usable_key_replaces_nothing() {
    let (world, token) = warm();
    world.pass(TIME_TO_LIVE);
    let empty = http::Response::new(br#"{"keys":[]}"#.to_vec());
    world.emulator.inject(Fault::answer(empty).on(Operation::SigningKeys));
    world.drive(sends(validate(&world, &token))).unwrap();
    at_once(validate(&world, &token)).unwrap();
}
