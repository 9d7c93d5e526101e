//! The validator over sockets: who validates never waits, whatever the service does.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{Client, ErrorKind, Rejection, Validator, http};
use descope_emulator::{Emulator, Fault, Operation};

fn client(emulator: &Emulator) -> Client {
    let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
    builder.deadline(Duration::from_secs(3)).clock(emulator.clock()).build().unwrap()
}

/// Waits for what the thread does.
#[track_caller]
fn soon(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The longest of many validations on many threads.
fn longest(validate: impl Fn(usize) + Sync) -> Duration {
    let longest = Mutex::new(Duration::ZERO);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for number in 0..100 {
                    let began = Instant::now();
                    validate(number);
                    let mut longest = longest.lock().unwrap();
                    *longest = began.elapsed().max(*longest);
                }
            });
        }
    });
    longest.into_inner().unwrap()
}

fn check(validator: &Validator, token: &str) -> Result<(), Rejection> {
    let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
    let (head, ()) = request.body(()).unwrap().into_parts();
    validator.authenticator().check(&head).map(drop)
}

#[test]
fn it_has_the_keys_when_it_is_made() {
    let emulator = Emulator::start();
    let validator = client(&emulator).validator().unwrap();
    validator.validate(&emulator.token().mint()).unwrap();
    assert_eq!(emulator.count(Operation::SigningKeys), 1);
}

#[test]
fn a_service_that_hangs_holds_nobody_up() {
    let emulator = Emulator::start();
    let validator = client(&emulator).validator().unwrap();
    let known = emulator.token().expires_in(100_000).mint();
    let warm = longest(|_| drop(validator.validate(&known).unwrap()));
    // The keys are due, and there is a new one; nobody is told of either.
    emulator.inject(Fault::stalled().on(Operation::SigningKeys).forever());
    emulator.rotate_signing_key();
    emulator.advance(Duration::from_secs(601));
    let new = emulator.token().mint();
    let hung = longest(|number| match number % 2 {
        0 => drop(validator.validate(&known).unwrap()),
        _ => {
            let error = validator.validate(&new).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotYetKnown);
            assert!(error.is_unreachable());
            assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
        }
    });
    // A fetch takes three seconds to give up.
    let time = Duration::from_millis(1500).max(warm * 4);
    assert!(hung < time, "{hung:?}, {warm:?} with warm keys");
    let rejection = check(&validator, &new).unwrap_err();
    assert_eq!(
        (rejection.status().as_u16(), rejection.retry_after()),
        (503, Some(Duration::from_secs(1)))
    );
}

#[test]
fn a_new_key_is_known_within_a_moment() {
    let emulator = Emulator::start();
    let validator = client(&emulator).validator().unwrap();
    emulator.rotate_signing_key();
    let new = emulator.token().mint();
    soon("the new key", || match validator.validate(&new) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_unreachable(), "{error}");
            false
        }
    });
    assert_eq!(emulator.count(Operation::SigningKeys), 2);
    let forged = emulator.token().header("kid", "forged").mint();
    soon("a verdict", || validator.validate(&forged).unwrap_err().token_error().is_some());
    assert_eq!(check(&validator, &forged).unwrap_err().status(), 401);
    assert_eq!(emulator.count(Operation::SigningKeys), 3);
}

#[test]
fn a_server_starts_while_the_service_is_down() {
    let emulator = Emulator::start();
    emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    let validator = client(&emulator).validator().unwrap();
    let token = emulator.token().mint();
    assert_eq!(check(&validator, &token).unwrap_err().status(), 503);
    emulator.clear_faults();
    emulator.advance(Duration::from_secs(60));
    soon("the keys", || validator.validate(&token).is_ok());
}

#[test]
fn a_project_that_the_service_does_not_know_is_told_at_once() {
    let emulator = Emulator::start();
    let other = Client::builder("P2anotherProject").base_url(emulator.base_url()).build().unwrap();
    assert_eq!(other.validator().unwrap_err().status().unwrap(), 404);
}

/// How many threads of this process have the name of the validator's.
#[cfg(target_os = "linux")]
fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|task| task.trim() == name).count()
}

#[cfg(target_os = "linux")]
#[test]
fn its_thread_ends_with_it() {
    // Of no other test's client: the name is that of the thread which starts it.
    let emulator = Emulator::start();
    let before = threads("descope-keys");
    let validators: Vec<_> = (0..20).map(|_| client(&emulator).validator().unwrap()).collect();
    let clones = validators.clone();
    soon("twenty threads", || threads("descope-keys") >= before.saturating_sub(10) + 20);
    drop(validators);
    clones[0].validate(&emulator.token().mint()).unwrap();
    drop(clones);
    soon("they end", || threads("descope-keys") <= before + 10);
}
