//! The flow of an exchange: what it answers when its parts fail.

use descope_core::{CallOptions, Error, ErrorKind, ExchangeAccessKey, Outcome, Session};
use descope_emulator::{Fault, Operation};
use descope_suite::world::{CLEARTEXT, World};

fn exchange(world: &World) -> Result<Session, Error> {
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    world.drive(world.context.exchange(exchange, CallOptions::new(), world.now()))
}

#[test]
fn a_token_that_is_not_valid_is_not_handed_out() {
    let world = World::new();
    let forged = world.emulator.token().forged().mint();
    let token = forged.clone();
    let edit = move |answer: &mut serde_json::Value| answer["sessionJwt"] = token.clone().into();
    world.emulator.inject(Fault::status(503).on(Operation::Exchange));
    world.emulator.inject(Fault::edited(edit).on(Operation::Exchange));

    let error = exchange(&world).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert!(error.token_error().is_some());
    assert_eq!(error.operation().unwrap().name, "exchange access key");
    // A session that nobody will use may exist.
    assert_eq!((error.attempts(), error.outcome()), (2, Outcome::Unknown));
    assert!(!format!("{error} {error:?}").contains(&forged));
}

#[test]
fn when_the_keys_cannot_be_fetched_the_error_is_that_of_the_fetch() {
    let world = World::new();
    world.emulator.inject(Fault::status(500).on(Operation::SigningKeys).forever());
    let error = exchange(&world).unwrap_err();
    assert_eq!(error.operation().unwrap().name, "fetch signing keys");
    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (500, 3));
    assert_eq!(world.emulator.count(Operation::Exchange), 1);
}
