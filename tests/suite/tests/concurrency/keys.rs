//! The key set: one fetch for all who need it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::descope_core::Step;
use descope_blocking::jwt::{Claims, TokenError};
use descope_blocking::{CallOptions, Client, Error, ErrorKind};
use descope_core::{Transport, transport_fn};
use descope_emulator::{Emulator, Fault, Operation};

use crate::gate::{Events, Gate};
use crate::{all_together, client_through, configured, project, together};

const FETCH: &str = "fetch signing keys";

/// Validates, and says so when it has to wait for another thread's fetch.
fn validate(client: &Client, token: &str, waiting: &Events) -> Result<Claims, Error> {
    let step = client.context().validate(token, CallOptions::new(), client.now());
    if matches!(step, Step::Wait(..)) {
        waiting.happened();
    }
    client.drive(step)
}

fn is_unknown_kid(error: &Error) -> bool {
    error.token_error().is_some_and(TokenError::is_unknown_kid)
}

fn forged(emulator: &Emulator, number: usize) -> String {
    emulator.token().header("kid", format!("forged-{number}")).mint()
}

#[test]
fn sixty_four_threads_on_a_cold_cache_make_one_fetch() {
    for _ in 0..5 {
        let emulator = project().start();
        let client = configured(&emulator).build().unwrap();
        let token = emulator.token().mint();
        all_together(64, |_| client.validate(&token).unwrap());
        assert_eq!(emulator.count(Operation::SigningKeys), 1);
    }
}

#[test]
fn all_who_wait_for_a_fetch_are_woken_by_it() {
    let emulator = project().start();
    let (gate, waiting, done) = (Gate::closed_to(FETCH), Events::default(), Events::default());
    let client = client_through(&emulator, |transport| gate.before(transport));
    let token = emulator.token().mint();
    thread::scope(|scope| {
        scope.spawn(|| {
            waiting.wait_for(63);
            gate.open();
            done.wait_for(64);
        });
        all_together(64, |_| {
            validate(&client, &token, &waiting).unwrap();
            done.happened();
        });
    });
    assert_eq!((waiting.count(), gate.arrived().count()), (63, 1));
}

#[test]
fn exchanges_on_a_cold_cache_make_one_fetch() {
    let emulator = project().start();
    let client = configured(&emulator).build().unwrap();
    all_together(16, |_| client.exchange(crate::CLEARTEXT).unwrap());
    assert_eq!(emulator.count(Operation::Exchange), 16);
    assert_eq!(emulator.count(Operation::SigningKeys), 1);
}

#[test]
fn a_hundred_forged_kids_cost_two_fetches_and_hold_no_honest_token_up() {
    let emulator = project().start();
    let (gate, waiting, honest) = (Gate::closed_to(FETCH), Events::default(), Events::default());
    let client = client_through(&emulator, |transport| gate.before(transport));
    let token = emulator.token().mint();
    gate.open();
    client.validate(&token).unwrap();
    gate.close();

    let forged: Vec<String> = (0..100).map(|number| forged(&emulator, number)).collect();
    thread::scope(|scope| {
        // The first forged token is at the key endpoint, the other ones behind it, and it is open
        // only when every honest token has passed.
        scope.spawn(|| {
            waiting.wait_for(99);
            all_together(8, |_| {
                for _ in 0..50 {
                    client.validate(&token).unwrap();
                    honest.happened();
                }
            });
            assert_eq!(gate.arrived().count(), 1 + 1);
            gate.open();
        });
        all_together(100, |number| {
            let error = validate(&client, &forged[number], &waiting).unwrap_err();
            assert!(is_unknown_kid(&error), "{error}");
            assert_eq!(honest.count(), 8 * 50, "the key endpoint was still closed");
        });
    });
    assert!(
        emulator.count(Operation::SigningKeys) <= 1 + 2,
        "{}",
        emulator.count(Operation::SigningKeys)
    );
}

#[test]
fn honest_tokens_pass_while_forged_ones_come_in_at_any_time() {
    let emulator = project().start();
    let client = configured(&emulator).build().unwrap();
    let token = emulator.token().mint();
    client.validate(&token).unwrap();
    let slow = Fault::delayed(Duration::from_millis(20));
    emulator.inject(slow.on(Operation::SigningKeys).forever());
    all_together(8, |number| {
        for round in 0..25 {
            let forged = forged(&emulator, number * 100 + round);
            assert!(is_unknown_kid(&client.validate(&forged).unwrap_err()));
            client.validate(&token).unwrap();
        }
    });
    assert!(
        emulator.count(Operation::SigningKeys) <= 1 + 2,
        "{}",
        emulator.count(Operation::SigningKeys)
    );
}

#[test]
fn the_failure_of_a_fetch_is_shared() {
    let emulator = project().start();
    let (gate, waiting) = (Gate::closed_to(FETCH), Events::default());
    let client = client_through(&emulator, |transport| gate.before(transport));
    emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    let token = emulator.token().mint();
    thread::scope(|scope| {
        scope.spawn(|| {
            waiting.wait_for(15);
            gate.open();
        });
        let errors = all_together(16, |_| validate(&client, &token, &waiting).unwrap_err());
        for error in errors {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Api, 3), "{error}");
        }
    });
    assert_eq!(emulator.count(Operation::SigningKeys), 3, "the attempts of one");
}

#[test]
fn when_the_one_who_fetches_panics_another_one_does() {
    let emulator = project().start();
    let (gate, waiting) = (Gate::closed_to(FETCH), Events::default());
    let panics = AtomicBool::new(true);
    let client = client_through(&emulator, |transport| {
        let held = gate.before(transport);
        transport_fn(move |outgoing| {
            let reply = held.send(outgoing);
            assert!(!panics.swap(false, Ordering::Relaxed), "as it should");
            reply
        })
    });
    let token = emulator.token().mint();
    thread::scope(|scope| {
        scope.spawn(|| {
            waiting.wait_for(15);
            gate.open();
        });
        let results = together(16, |_| validate(&client, &token, &waiting).map(drop));
        let panicked = results.iter().filter(|result| result.is_err()).count();
        let passed = results.iter().filter(|result| matches!(result, Ok(Ok(())))).count();
        assert_eq!((panicked, passed), (1, 15));
    });
    assert_eq!(emulator.count(Operation::SigningKeys), 2);
}

#[test]
fn one_who_waits_does_so_within_its_own_deadline() {
    let emulator = project().start();
    let (gate, timed_out) = (Gate::closed_to(FETCH), Events::default());
    let client = client_through(&emulator, |transport| gate.before(transport));
    let token = emulator.token().mint();
    thread::scope(|scope| {
        scope.spawn(|| client.validate(&token).unwrap());
        scope.spawn(|| {
            gate.arrived().wait_for(1);
            let hurried = CallOptions::new().deadline(Duration::from_millis(50));
            let start = Instant::now();
            let error = client.with_options(hurried).validate(&token).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
            assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
            timed_out.happened();
        });
        timed_out.wait_for(1);
        gate.open();
    });
    assert_eq!(emulator.count(Operation::SigningKeys), 1);
}
