//! Signing keys that rotate under load, in good order: no honest token is refused.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use descope_blocking::{Client, Error};
use descope_emulator::{Algorithm, Emulator, Operation};

use crate::gate::Events;
use crate::{CLEARTEXT, all_together, configured, project};

const THREADS: usize = 8;

/// Rotates the signing key so many times while threads go on with what `honest` does, which each of
/// them does at least once with every signing key.
fn rotate_under_load(
    emulator: &Emulator,
    rotations: usize,
    honest: impl Fn() -> Result<(), Error> + Sync,
) {
    let (done, over) = (Events::default(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rotations {
                done.wait_for(done.count() + 2 * THREADS);
                emulator.rotate_signing_key();
            }
            done.wait_for(done.count() + 2 * THREADS);
            over.store(true, Ordering::Relaxed);
        });
        all_together(THREADS, |_| {
            while !over.load(Ordering::Relaxed) {
                honest().expect("an honest token");
                done.happened();
            }
        });
    });
}

#[test]
fn tokens_that_are_presented_pass_while_the_key_rotates() {
    // As often at once as unknown `kid`s may cause a fetch.
    let emulator = project().start();
    let server = configured(&emulator).build().unwrap();
    rotate_under_load(&emulator, 2, || server.validate(&emulator.token().mint()).map(drop));
    assert_eq!(emulator.count(Operation::SigningKeys), 1 + 2);
}

#[test]
fn the_key_may_rotate_on_and_on_as_time_passes() {
    let emulator = project().algorithm(Algorithm::EdDsa).start();
    let server = configured(&emulator)
        .limits(|limits| limits.signing_keys.refetch_interval = Duration::from_nanos(1))
        .build()
        .unwrap();
    rotate_under_load(&emulator, 20, || server.validate(&emulator.token().mint()).map(drop));
    assert_eq!(emulator.count(Operation::SigningKeys), 1 + 20, "one fetch for each key");
}

#[test]
fn exchanges_succeed_however_often_the_key_rotates() {
    let emulator = project().algorithm(Algorithm::Es256).start();
    let client = configured(&emulator).build().unwrap();
    let exchange_and_validate = |client: &Client| {
        let session = client.exchange(CLEARTEXT)?;
        client.validate(session.token().expose()).map(drop)
    };
    rotate_under_load(&emulator, 10, || exchange_and_validate(&client));
    assert_eq!(emulator.count(Operation::SigningKeys), 1 + 10);
}

#[test]
fn tokens_of_an_older_key_pass_until_it_is_retired() {
    let emulator = project().start();
    let server = configured(&emulator).build().unwrap();
    let old = emulator.token().mint();
    rotate_under_load(&emulator, 1, || {
        server.validate(&old)?;
        server.validate(&emulator.token().mint()).map(drop)
    });
    emulator.retire_signing_keys();
    let fresh = configured(&emulator).build().unwrap();
    fresh.validate(&emulator.token().mint()).unwrap();
    assert!(fresh.validate(&old).unwrap_err().token_error().unwrap().is_unknown_kid());
}
