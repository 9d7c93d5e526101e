//! A clock that a test moves, seen through the blocking client over real HTTP: days pass in
//! milliseconds, with other threads in the midst of calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{Client, Error};
use descope_emulator::{Emulator, Fault, Key, Operation};

const DAY: Duration = Duration::from_secs(86_400);
const SECRET: &str = "K2-of-the-moved-clock-and-long-enough";

fn world(session: Duration) -> (Emulator, Client) {
    let emulator = Emulator::builder().session_lifetime(session).start();
    let end = emulator.now() + 30 * 86_400;
    emulator.seed(Key::new("ci").with_cleartext(SECRET).expires_at(end));
    let client = Client::builder(emulator.project_id())
        .base_url(emulator.base_url())
        .management_key(emulator.management_key())
        .clock(emulator.clock());
    let client = client.build().unwrap();
    (emulator, client)
}

/// Ends the callers, where a test fails too.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn thirteen_days_renew_tokens_and_signing_keys_under_way() {
    let (emulator, client) = world(Duration::from_secs(3600));
    let tokens = client.token_source(SECRET);
    let first = tokens.token().unwrap();
    client.validate(first.token()).unwrap();
    let began = Instant::now();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| -> Result<u32, Error> {
                    let mut calls = 0;
                    while !over.load(Ordering::Relaxed) {
                        tokens.token()?;
                        calls += 1;
                    }
                    Ok(calls)
                })
            })
            .collect();
        let at_the_end = Over(&over);
        for _ in 0..13 {
            emulator.advance(DAY);
            emulator.rotate_signing_key();
            let session = tokens.token().unwrap();
            assert!(session.claims().expires_at().unix_seconds() > emulator.now());
            client.validate(session.token()).unwrap();
        }
        drop(at_the_end);
        for caller in callers {
            assert!(caller.join().unwrap().unwrap() > 0);
        }
    });
    assert!(emulator.count(Operation::Exchange) >= 14, "a token for each day");
    assert!(client.validate(first.token()).is_err(), "the first one's time is over");
    // A day that is waited for takes a day; 13 of them take next to nothing.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn a_key_expires_when_its_days_are_over() {
    let (emulator, client) = world(Duration::from_secs(3600));
    emulator.advance(29 * DAY);
    client.exchange(SECRET).unwrap();
    emulator.advance(2 * DAY);
    assert!(client.exchange(SECRET).unwrap_err().is_unauthorized());
}

#[test]
fn pauses_of_the_client_pass_on_the_moved_clock() {
    let (emulator, client) = world(Duration::from_secs(3600));
    emulator.inject(Fault::status(503).header("retry-after", "8").on(Operation::Load));
    let began = Instant::now();
    let before = emulator.now();
    let id = emulator.keys()[0].id.clone();
    client.access_keys().load(&id).unwrap();
    assert!(emulator.now() - before >= 8, "the pause was kept");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}
