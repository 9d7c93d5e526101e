//! The token cache: when a token is replaced, by whom, and what the others do meanwhile.

use std::sync::Arc;
use std::time::Duration;

use descope_core::{
    CallOptions, ErrorKind, ExchangeAccessKey, Now, Session, Step, TokenCache, TokenFlow,
    TokenLimits, Waiting,
};
use descope_emulator::{Fault, Operation};
use descope_suite::world::{CLEARTEXT, World, at_once, sends};

/// The emulator's tokens live for ten minutes: a fifth is the margin.
const LIFE: Duration = Duration::from_secs(600);
const MARGIN: Duration = Duration::from_secs(120);

fn cache(world: &World) -> TokenCache {
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    world.context.token_cache(exchange, TokenLimits::default())
}

fn obtain(cache: &TokenCache, now: Now) -> Step<TokenFlow> {
    cache.obtain(CallOptions::new(), now)
}

fn exchanges(world: &World) -> u64 {
    world.emulator.count(Operation::Exchange)
}

fn waits(step: Step<TokenFlow>) -> Waiting<TokenFlow> {
    match step {
        Step::Wait(_, _, waiting) => waiting,
        other => panic!("it does not wait: {other:?}"),
    }
}

/// A world with a cache that holds a session.
fn warm() -> (World, TokenCache, Arc<Session>) {
    let world = World::new();
    let cache = cache(&world);
    let session = world.drive(obtain(&cache, world.now())).unwrap();
    assert_eq!(exchanges(&world), 1);
    (world, cache, session)
}

fn same(a: &Arc<Session>, b: &Arc<Session>) -> bool {
    Arc::ptr_eq(a, b)
}

#[test]
fn a_fresh_token_is_handed_out_at_once() {
    let (world, cache, session) = warm();
    world.pass(LIFE - 2 * MARGIN - Duration::from_secs(1));
    assert!(same(&at_once(obtain(&cache, world.now())).unwrap(), &session));
    assert!(same(&at_once(obtain(&cache.clone(), world.now())).unwrap(), &session));
    assert_eq!(exchanges(&world), 1);
}

#[test]
fn one_caller_refreshes_early_while_the_others_go_on() {
    let (world, cache, old) = warm();
    world.pass(LIFE - MARGIN);
    let refreshing = sends(obtain(&cache, world.now()));
    assert!(same(&at_once(obtain(&cache, world.now())).unwrap(), &old));
    let new = world.drive(refreshing).unwrap();
    assert!(!same(&new, &old));
    assert!(same(&at_once(obtain(&cache, world.now())).unwrap(), &new));
}

#[test]
fn the_time_of_an_early_refresh_varies_within_one_margin() {
    let mut earliest = LIFE;
    let mut latest = Duration::ZERO;
    let world = World::new();
    for _ in 0..40 {
        let cache = cache(&world);
        world.drive(obtain(&cache, world.now())).unwrap();
        let origin = world.now();
        let at = |age| Now::new(origin.monotonic() + age, origin.unix() + age);
        let due = (0..=LIFE.as_secs())
            .map(Duration::from_secs)
            .find(|age| matches!(obtain(&cache, at(*age)), Step::Send(..)))
            .unwrap();
        earliest = earliest.min(due);
        latest = latest.max(due);
    }
    assert!(earliest >= LIFE - 2 * MARGIN, "{earliest:?}");
    assert!(latest <= LIFE - MARGIN + Duration::from_secs(1), "{latest:?}");
    assert!(latest - earliest > MARGIN / 2, "from {earliest:?} to {latest:?}");
}

#[test]
fn an_early_refresh_that_fails_is_harmless_while_the_token_lives() {
    let (world, cache, old) = warm();
    world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    world.pass(LIFE - MARGIN);
    assert!(same(&world.drive(sends(obtain(&cache, world.now()))).unwrap(), &old));
    let tried = exchanges(&world);

    world.pass(Duration::from_secs(9));
    assert!(same(&at_once(obtain(&cache, world.now())).unwrap(), &old), "no other try so soon");
    world.pass(Duration::from_secs(1));
    assert!(same(&world.drive(sends(obtain(&cache, world.now()))).unwrap(), &old));
    assert!(exchanges(&world) > tried);

    world.pass(MARGIN);
    let error = world.drive(obtain(&cache, world.now())).unwrap_err();
    assert_eq!(error.status().unwrap(), 503, "it is over");
}

#[test]
fn a_token_is_not_handed_out_in_its_last_moments() {
    let (world, cache, _) = warm();
    world.emulator.inject(Fault::status(403).on(Operation::Exchange).forever());
    world.pass(LIFE - Duration::from_secs(10));
    assert!(world.drive(obtain(&cache, world.now())).unwrap_err().is_unauthorized());
}

#[test]
fn when_there_is_none_one_exchanges_and_the_others_wait() {
    let world = World::new();
    let cache = cache(&world);
    let leader = sends(obtain(&cache, world.now()));
    let followers = [waits(obtain(&cache, world.now())), waits(obtain(&cache, world.now()))];
    let session = world.drive(leader).unwrap();
    for follower in followers {
        assert!(same(&at_once(follower.wake(world.now())).unwrap(), &session));
    }
    assert_eq!(exchanges(&world), 1);
}

#[test]
fn a_failure_is_shared_with_those_who_waited_for_it() {
    let world = World::new();
    let cache = cache(&world);
    world.emulator.inject(Fault::status(403).on(Operation::Exchange));
    let leader = sends(obtain(&cache, world.now()));
    let follower = waits(obtain(&cache, world.now()));
    world.drive(leader).unwrap_err();
    assert!(at_once(follower.wake(world.now())).unwrap_err().is_unauthorized());
    assert_eq!(exchanges(&world), 1);
}

#[test]
fn a_failure_of_one_in_a_hurry_is_no_verdict_for_the_patient() {
    let world = World::new();
    let cache = cache(&world);
    world.emulator.inject(Fault::status(503).retry_after(1).on(Operation::Exchange));
    let hurry = CallOptions::new().deadline(Duration::from_millis(50));
    let hurried = || cache.obtain(hurry.clone(), world.now());
    let leader = sends(hurried());
    let as_hurried = waits(hurried());
    let patient = waits(obtain(&cache, world.now()));
    world.drive(leader).unwrap_err();
    assert_eq!(at_once(as_hurried.wake(world.now())).unwrap_err().status().unwrap(), 503);
    // It waits where the service has asked to, and it alone.
    world.drive(patient.wake(world.now())).unwrap();
    assert_eq!(exchanges(&world), 2);
}

#[test]
fn when_the_leader_is_dropped_one_who_waited_leads() {
    let world = World::new();
    let cache = cache(&world);
    let leader = sends(obtain(&cache, world.now()));
    let follower = waits(obtain(&cache, world.now()));
    drop(leader);
    world.drive(sends(follower.wake(world.now()))).unwrap();
}

#[test]
fn one_who_waited_too_long_is_told_so() {
    let world = World::new();
    let cache = cache(&world);
    let _leader = sends(obtain(&cache, world.now()));
    let follower = waits(obtain(&cache, world.now()));
    world.pass(Duration::from_secs(10));
    assert_eq!(at_once(follower.wake(world.now())).unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn no_token_is_used_beyond_the_upper_age() {
    let world = World::new();
    let mut limits = TokenLimits::default();
    limits.max_age = Duration::from_secs(60);
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let cache = world.context.token_cache(exchange, limits);
    world.drive(obtain(&cache, world.now())).unwrap();
    world.emulator.inject(Fault::status(403).on(Operation::Exchange).forever());
    world.pass(Duration::from_secs(60));
    assert!(world.drive(obtain(&cache, world.now())).unwrap_err().is_unauthorized());
}

#[test]
fn a_token_is_refreshed_at_its_age_and_serves_up_to_its_end() {
    let edge = Duration::from_nanos(1);
    for (max_margin, refreshed, over) in [(0, 60, 60), (1_000, 60 - 24, 60 - 3)] {
        let world = World::new();
        let mut limits = TokenLimits::default();
        limits.max_age = Duration::from_secs(60);
        limits.max_margin = Duration::from_secs(max_margin);
        let cache = world.context.token_cache(ExchangeAccessKey::new(CLEARTEXT), limits);
        world.drive(obtain(&cache, world.now())).unwrap();
        let origin = world.now();
        let after = |age| Now::new(origin.monotonic() + age, origin.unix() + age);
        let at_once = |age| matches!(obtain(&cache, after(age)), Step::Done(Ok(_)));
        assert!(at_once(Duration::from_secs(refreshed) - edge), "before any jitter");
        assert!(!at_once(Duration::from_secs(over)));
        // Another one refreshes it.
        let _under_way = sends(obtain(&cache, after(Duration::from_secs(over))));
        assert!(at_once(Duration::from_secs(over) - edge));
        assert!(!at_once(Duration::from_secs(over)));
    }
}

#[test]
fn a_session_that_a_peer_refused_is_replaced_and_only_that_one() {
    let (world, cache, old) = warm();
    world.pass(Duration::from_secs(10));
    cache.invalidate(&old, world.now());
    let new = world.drive(sends(obtain(&cache, world.now()))).unwrap();
    world.pass(Duration::from_secs(10));
    cache.invalidate(&old, world.now());
    assert!(same(&at_once(obtain(&cache, world.now())).unwrap(), &new));
    cache.clear();
    let _ = sends(obtain(&cache, world.now()));
}

#[test]
fn a_machine_that_slept_does_not_hand_out_an_expired_token() {
    let (world, cache, _) = warm();
    // The monotonic clock stood still meanwhile.
    let woken = Now::new(world.now().monotonic(), world.now().unix() + LIFE);
    let _ = sends(obtain(&cache, woken));
}
