//! An answer about another key than the one asked for is of no use, however good it is.

use descope_blocking::ErrorKind;
use descope_core::{
    CallOptions, ExchangeAccessKey, LoadAccessKey, RotateAccessKey, TokenLimits, UpdateAccessKey,
};
use descope_emulator::{Fault, Key, Operation};
use descope_suite::scenario::{CREATED, KEY, Scenario, cut, json};
use descope_suite::world::{CLEARTEXT, World};

#[test]
fn it_is_not_taken_for_the_one_asked_for() {
    let loaded = Scenario::new().then(json(200, KEY)).play(LoadAccessKey::new("K2other"));
    let updated = Scenario::new().then(json(200, KEY)).play(UpdateAccessKey::new("K2other", "n"));
    for error in [loaded.error(), updated.error()] {
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("another key"), "{error}");
    }
    let played = Scenario::new().then(json(200, KEY)).play(LoadAccessKey::new("K"));
    assert!(played.result.is_err(), "a part of the id is not the id");
}

#[test]
fn its_secret_is_kept_with_its_id() {
    for reply in [json(200, CREATED), cut(json(200, CREATED))] {
        let played = Scenario::new().then(reply).play(RotateAccessKey::new("K2other"));
        let error = played.error();
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(error.cleartext().unwrap().expose(), "K2-cleartext");
        assert_eq!(error.cleartext_id(), Some("K2"));
    }
    // Where the id did not arrive there is none.
    let half = r#"{"cleartext":"K2-cleartext","key":{"id":"K2"#;
    let played = Scenario::new().then(cut(json(200, half))).play(RotateAccessKey::new("K2"));
    assert_eq!(played.error().cleartext_id(), None);
    assert!(played.error().cleartext().is_some());
}

/// A session of another key, which was due to somebody else.
fn somebody_elses(world: &World) -> Fault {
    world.emulator.seed(Key::new("other").with_id("K2other").with_cleartext("other"));
    let exchange =
        world.context.exchange(ExchangeAccessKey::new("other"), CallOptions::new(), world.now());
    let session = world.drive(exchange).unwrap();
    let token = session.token().expose().to_owned();
    Fault::edited(move |answer| {
        answer["keyId"] = "K2other".into();
        answer["sessionJwt"] = token.clone().into();
    })
    .on(Operation::Exchange)
}

#[test]
fn a_session_of_another_key_is_none() {
    let world = World::new();
    let fault = somebody_elses(&world);
    world.emulator.inject(fault);
    let id = world.emulator.keys()[0].id.clone();
    let exchange = ExchangeAccessKey::new(CLEARTEXT).expect_key_id(&id);
    let exchange = |world: &World| {
        world.drive(world.context.exchange(exchange.clone(), CallOptions::new(), world.now()))
    };
    let error = exchange(&world).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
    assert!(error.to_string().contains("another key"), "{error}");
    assert_eq!(exchange(&world).unwrap().key_id(), id);
}

#[test]
fn a_token_cache_keeps_to_the_key_of_its_first_session() {
    let world = World::new();
    let fault = somebody_elses(&world);
    let cache =
        world.context.token_cache(ExchangeAccessKey::new(CLEARTEXT), TokenLimits::default());
    let obtain = || world.drive(cache.obtain(CallOptions::new(), world.now()));
    let first = obtain().unwrap();
    cache.clear();
    world.emulator.inject(fault);
    assert_eq!(obtain().unwrap_err().kind(), ErrorKind::Decode);
    world.pass(std::time::Duration::from_secs(1));
    assert_eq!(obtain().unwrap().key_id(), first.key_id());
}
