//! Signing keys that are kept fresh aside: who validates does no IO, and who fetches fetches no more
//! than others do.

use std::error::Error as _;
use std::time::Duration;

use descope_core::jwt::Claims;
use descope_core::{
    CallOptions, Error, ErrorKind, KeepSigningKeys, SigningKeyKeeper, Step, ValidateToken, Waiting,
};
use descope_emulator::{Fault, Operation};
use descope_suite::world::{World, at_once};

/// Goes on until it waits.
fn until_it_waits(
    world: &World,
    mut step: Step<KeepSigningKeys>,
) -> (Duration, Waiting<KeepSigningKeys>) {
    loop {
        step = match step {
            Step::Wait(_, limit, waiting) => return (limit, waiting),
            Step::Send(outgoing, sent) => {
                let reply = descope_core::Transport::send(&world.emulator.transport(), outgoing);
                sent.reply(reply, world.now())
            }
            Step::Sleep(delay, asleep) => {
                world.pass(delay);
                asleep.wake(world.now())
            }
            Step::Done(result) => panic!("it is over: {result:?}"),
        }
    }
}

fn keeper(world: &World) -> (SigningKeyKeeper, Duration, Waiting<KeepSigningKeys>) {
    let keeper = world.context.signing_key_keeper();
    let (limit, waiting) = until_it_waits(world, keeper.keep(CallOptions::new(), world.now()));
    (keeper, limit, waiting)
}

fn validate(world: &World, token: &str) -> Result<Claims, Error> {
    let token = ValidateToken::new(token).keys_at_hand();
    at_once(world.context.validate(token, CallOptions::new(), world.now()))
}

fn fetches(world: &World) -> u64 {
    world.emulator.count(Operation::SigningKeys)
}

#[track_caller]
fn is_not_yet_known(result: Result<Claims, Error>, seconds: u64) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotYetKnown);
    assert!(error.is_unreachable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
}

#[test]
fn who_validates_does_no_io() {
    let world = World::new();
    let token = world.emulator.token().mint();
    is_not_yet_known(validate(&world, &token), 1);
    assert_eq!(fetches(&world), 0);
    let (_keeper, limit, _) = keeper(&world);
    assert_eq!((fetches(&world), limit), (1, Duration::from_secs(600)));
    validate(&world, &token).unwrap();
}

#[test]
fn the_keys_are_refreshed_before_anybody_misses_them() {
    let world = World::new();
    let (_keeper, limit, waiting) = keeper(&world);
    world.pass(limit);
    let token = world.emulator.token().mint();
    validate(&world, &token).unwrap();
    let (limit, _) = until_it_waits(&world, waiting.wake(world.now()));
    assert_eq!((fetches(&world), limit), (2, Duration::from_secs(600)));
}

#[test]
fn an_unknown_kid_is_not_refused_before_a_fetch_has_ended() {
    let world = World::new();
    let (_keeper, _, mut waiting) = keeper(&world);
    world.emulator.rotate_signing_key();
    let honest = world.emulator.token().mint();
    let forged = world.emulator.token().header("kid", "forged").mint();
    for token in [&honest, &forged, &honest] {
        is_not_yet_known(validate(&world, token), 1);
    }
    (_, waiting) = until_it_waits(&world, waiting.wake(world.now()));
    validate(&world, &honest).unwrap();
    for _ in 0..100 {
        let refused = validate(&world, &forged).unwrap_err();
        assert!(refused.token_error().unwrap().is_unknown_kid(), "{refused}");
    }
    assert_eq!(fetches(&world), 2);
    // It may have become known since.
    world.pass(Duration::from_secs(30));
    is_not_yet_known(validate(&world, &forged), 1);
    let _ = until_it_waits(&world, waiting.wake(world.now()));
    assert_eq!(fetches(&world), 3);
}

#[test]
fn forged_kids_cost_two_fetches() {
    let world = World::new();
    let (_keeper, _, mut waiting) = keeper(&world);
    for number in 0..200 {
        let forged = world.emulator.token().header("kid", format!("forged-{number}")).mint();
        let _ = validate(&world, &forged).unwrap_err();
        (_, waiting) = until_it_waits(&world, waiting.wake(world.now()));
    }
    assert_eq!(fetches(&world), 1 + 2);
}

#[test]
fn while_the_service_fails_nobody_is_refused() {
    let world = World::new();
    let (_keeper, _, waiting) = keeper(&world);
    world.emulator.rotate_signing_key();
    let new = world.emulator.token().mint();
    world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    is_not_yet_known(validate(&world, &new), 1);
    let (limit, waiting) = until_it_waits(&world, waiting.wake(world.now()));
    let asked = fetches(&world);
    for number in 0..100 {
        let forged = world.emulator.token().header("kid", format!("forged-{number}")).mint();
        for token in [&new, &forged] {
            let error = validate(&world, token).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotYetKnown, "{error}");
            assert!(error.to_string().contains("could not be fetched for a `kid`"), "{error}");
            assert!(error.to_string().contains("status 503"), "{error}");
            assert!(error.source().unwrap().to_string().starts_with("fetch signing keys"));
            assert!(error.retry_after().unwrap() >= Duration::from_secs(1));
        }
    }
    assert_eq!(fetches(&world), asked);
    world.emulator.clear_faults();
    world.pass(limit);
    let _ = until_it_waits(&world, waiting.wake(world.now()));
    validate(&world, &new).unwrap();
}

#[test]
fn keys_that_are_too_old_are_not_used() {
    let world = World::new();
    let (_keeper, _, _waiting) = keeper(&world);
    let token = world.emulator.token().expires_in(1_000_000).mint();
    world.pass(Duration::from_secs(4199));
    validate(&world, &token).unwrap();
    world.pass(Duration::from_secs(1));
    assert_eq!(validate(&world, &token).unwrap_err().kind(), ErrorKind::NotYetKnown);
}

#[test]
fn it_ends_with_its_keeper() {
    let world = World::new();
    let (keeper, _, waiting) = keeper(&world);
    drop(keeper);
    at_once(waiting.wake(world.now())).unwrap();
}

#[test]
fn keys_that_are_pinned_are_never_fetched() {
    let fetched = World::new().emulator.key_set().to_string();
    let world = World::with(|config| config.signing_keys(fetched));
    let (_keeper, limit, _) = keeper(&world);
    assert_eq!((fetches(&world), limit), (0, Duration::MAX));
    let forged = world.emulator.token().header("kid", "forged").mint();
    assert!(validate(&world, &forged).unwrap_err().token_error().unwrap().is_unknown_kid());
}
