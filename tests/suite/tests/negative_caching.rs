//! Negative caching: whatever fetches on behalf of callers, and whatever its failure, a service that
//! is down is left alone, and callers are told so.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use descope_core::{
    CallOptions, Error, ErrorKind, ExchangeAccessKey, Now, Outcome, Secret, SecretSource, Step,
    TokenCache, TokenFlow, TokenLimits, ValidateFlow,
};
use descope_emulator::{Fault, Operation};
use descope_suite::world::{CLEARTEXT, World, at_once, sends};
use http::Response;

const SECOND: Duration = Duration::from_secs(1);
/// Longer than any pause without a `Retry-After`.
const LONGEST: Duration = Duration::from_secs(30);

fn cache(world: &World) -> TokenCache {
    world.context.token_cache(ExchangeAccessKey::new(CLEARTEXT), TokenLimits::default())
}

fn obtain(cache: &TokenCache, world: &World) -> Step<TokenFlow> {
    cache.obtain(CallOptions::new(), world.now())
}

fn validate<'a>(world: &World, token: &'a str) -> Step<ValidateFlow<'a>> {
    world.context.validate(token, CallOptions::new(), world.now())
}

fn long_lived(world: &World) -> String {
    world.emulator.token().expires_in(1_000_000).mint()
}

/// Every kind of failure, the requests that one call makes of it, and the kind of error it ends in.
fn failures() -> Vec<(Fault, u64, ErrorKind)> {
    let answer = |body: &str| Fault::answer(Response::new(body.as_bytes().to_vec()));
    vec![
        (Fault::status(401), 1, ErrorKind::Api),
        (Fault::status(403), 1, ErrorKind::Api),
        (Fault::status(404), 1, ErrorKind::Api),
        (Fault::status(429), 3, ErrorKind::RateLimited),
        (Fault::status(500), 3, ErrorKind::Api),
        (Fault::status(503), 3, ErrorKind::Api),
        (Fault::status(526), 1, ErrorKind::Api),
        (Fault::status(500).retry_after(40), 1, ErrorKind::Api),
        (Fault::closed(), 3, ErrorKind::Transport),
        (Fault::cut(), 3, ErrorKind::Transport),
        (Fault::garbage(), 3, ErrorKind::Protocol),
        (answer("<html>"), 1, ErrorKind::Decode),
        (answer("{}"), 1, ErrorKind::Decode),
    ]
}

/// Asks once a second for five minutes, and returns how many requests were sent in each of them.
fn five_minutes(world: &World, of: Operation, ask: impl Fn()) -> [u64; 5] {
    let mut before = world.emulator.count(of);
    [(); 5].map(|()| {
        let end = world.now().monotonic() + 60 * SECOND;
        while world.now().monotonic() < end {
            ask();
            world.pass(SECOND);
        }
        let now = world.emulator.count(of);
        let sent = now - before;
        before = now;
        sent
    })
}

#[test]
fn a_token_source_leaves_a_service_alone_that_fails_in_whatever_way() {
    for (fault, requests, kind) in failures() {
        let world = World::new();
        world.emulator.inject(fault.on(Operation::Exchange).forever());
        let cache = cache(&world);
        let first = world.drive(sends(obtain(&cache, &world))).unwrap_err();
        assert_eq!((first.kind(), first.is_remembered()), (kind, false), "{first}");
        assert_eq!(world.emulator.count(Operation::Exchange), requests, "{first}");

        let told = at_once(obtain(&cache, &world)).unwrap_err();
        assert!(told.is_remembered());
        assert_eq!((told.attempts(), told.outcome()), (0, Outcome::NotSent));
        assert_eq!((told.kind(), told.status(), told.code()), (kind, first.status(), first.code()));
        assert_eq!(told.is_unauthorized(), first.is_unauthorized());
        assert_eq!(told.source().unwrap().to_string(), first.to_string());
        let text = told.to_string();
        assert!(text.contains("an earlier failure") && text.contains("nothing was sent"));
        // As long as it says, and no longer.
        let left = told.retry_after().unwrap();
        world.pass(left - Duration::from_nanos(1));
        at_once(obtain(&cache, &world)).unwrap_err();
        world.pass(Duration::from_nanos(1));
        let _ = sends(obtain(&cache, &world));

        let sent = five_minutes(&world, Operation::Exchange, || {
            let _ = world.drive(obtain(&cache, &world));
        });
        assert!(sent[1..].iter().all(|sent| *sent <= 8), "{first}: {sent:?}");
        assert!(sent[1..].iter().all(|sent| *sent >= 1), "{first}: it tries on: {sent:?}");
    }
}

#[test]
fn a_validator_without_keys_leaves_a_service_alone_that_fails_in_whatever_way() {
    for (fault, requests, kind) in failures() {
        let world = World::new();
        world.emulator.inject(fault.on(Operation::SigningKeys).forever());
        let token = long_lived(&world);
        let first = world.drive(sends(validate(&world, &token))).unwrap_err();
        assert_eq!((first.kind(), first.is_remembered()), (kind, false), "{first}");
        assert_eq!(world.emulator.count(Operation::SigningKeys), requests);
        let told = at_once(validate(&world, &token)).unwrap_err();
        assert!(told.is_remembered() && told.retry_after().is_some());
        assert_eq!((told.attempts(), told.kind()), (0, kind));

        let sent = five_minutes(&world, Operation::SigningKeys, || {
            let _ = world.drive(validate(&world, &token));
        });
        assert!(sent[1..].iter().all(|sent| (1..=8).contains(sent)), "{first}: {sent:?}");

        // An exchange would be of no use, and is billed.
        world.pass(LONGEST);
        world.drive(validate(&world, &token)).unwrap_err();
        let exchange = ExchangeAccessKey::new(CLEARTEXT);
        let step = world.context.exchange(exchange, CallOptions::new(), world.now());
        assert!(at_once(step).unwrap_err().is_remembered());
        assert_eq!(world.emulator.count(Operation::Exchange), 0);
    }
}

#[test]
fn a_token_that_is_not_to_be_trusted_is_a_failure_too() {
    let world = World::new();
    let other = descope_emulator::Emulator::builder().project_id("P2Other").in_process();
    let foreign = other.token().mint();
    let edit = move |answer: &mut serde_json::Value| answer["sessionJwt"] = foreign.clone().into();
    world.emulator.inject(Fault::edited(edit).on(Operation::Exchange).forever());
    let cache = cache(&world);
    let sent = five_minutes(&world, Operation::Exchange, || {
        let error = world.drive(obtain(&cache, &world)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidToken, "{error}");
        assert!(error.token_error().is_some());
    });
    assert!(sent[1..].iter().all(|sent| *sent <= 4), "{sent:?}");
}

#[test]
fn signing_keys_that_cannot_be_fetched_cause_no_storm_of_exchanges() {
    for fault in [Fault::status(503), Fault::status(429).retry_after(30)] {
        let world = World::new();
        world.emulator.inject(fault.on(Operation::SigningKeys).forever());
        let sources = [cache(&world), cache(&world), cache(&world)];
        let sent = five_minutes(&world, Operation::Exchange, || {
            for source in &sources {
                world.drive(obtain(source, &world)).unwrap_err();
            }
        });
        assert!(sent[0] <= 3 * 8 && sent[1..].iter().all(|sent| *sent <= 3 * 4), "{sent:?}");
    }
}

#[test]
fn after_a_refusal_it_is_at_least_ten_seconds_and_never_before_a_retry_after() {
    for (fault, least, most) in [
        (Fault::status(401), 10, 11),
        (Fault::status(403), 10, 11),
        (Fault::status(403).retry_after(15), 15, 17),
        (Fault::status(429).retry_after(20), 20, 22),
        (Fault::status(503).retry_after(20), 20, 22),
        (Fault::status(500).retry_after(20), 20, 22),
        (Fault::status(429).retry_after(999_999_999), 300, 330),
        (Fault::status(503), 0, 1),
    ] {
        let world = World::with(|config| config.limits(|limits| limits.max_attempts = 1));
        world.emulator.inject(fault.on(Operation::Exchange));
        let cache = cache(&world);
        let first = world.drive(obtain(&cache, &world)).unwrap_err();
        let left = at_once(obtain(&cache, &world)).unwrap_err().retry_after().unwrap();
        assert!(least * SECOND <= left && left <= most * SECOND, "{left:?} after {first}");
    }
}

#[test]
fn success_ends_the_pause_and_pauses_begin_anew() {
    let world = World::new();
    world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    let cache = cache(&world);
    for _ in 0..8 {
        world.drive(sends(obtain(&cache, &world))).unwrap_err();
        world.pass(LONGEST);
    }
    world.emulator.clear_faults();
    world.drive(sends(obtain(&cache, &world))).unwrap();

    world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    world.pass(600 * SECOND);
    let first = world.drive(sends(obtain(&cache, &world))).unwrap_err();
    assert_eq!(first.attempts(), 3);
    let left = at_once(obtain(&cache, &world)).unwrap_err().retry_after().unwrap();
    assert!(left <= SECOND, "{left:?}");
}

#[test]
fn what_follows_a_failure_sends_twice_at_most() {
    for (configured, attempts) in [(5, 2), (3, 2), (1, 1)] {
        let world = World::with(|config| config.limits(|limits| limits.max_attempts = configured));
        world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
        world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
        let (cache, token) = (cache(&world), long_lived(&world));
        let first = world.drive(obtain(&cache, &world)).unwrap_err();
        assert_eq!(first.attempts(), configured);
        world.drive(validate(&world, &token)).unwrap_err();
        world.pass(LONGEST);
        assert_eq!(world.drive(obtain(&cache, &world)).unwrap_err().attempts(), attempts);
        assert_eq!(world.drive(validate(&world, &token)).unwrap_err().attempts(), attempts);
    }
}

#[test]
fn clearing_a_cache_ends_the_pause() {
    let world = World::new();
    world.emulator.inject(Fault::status(403).on(Operation::Exchange));
    let cache = cache(&world);
    world.drive(obtain(&cache, &world)).unwrap_err();
    at_once(obtain(&cache, &world)).unwrap_err();
    cache.clear();
    world.drive(sends(obtain(&cache, &world))).unwrap();
}

/// A secret that somebody changes.
#[derive(Default)]
struct Changing(AtomicU64);

impl SecretSource for Changing {
    fn version(&self, _now: Now) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn latest(&self) -> Result<(u64, Secret), Error> {
        let version = self.0.load(Ordering::Relaxed);
        Ok((version, if version < 2 { "K2-old" } else { CLEARTEXT }.into()))
    }
}

#[test]
fn a_changed_secret_ends_the_pause() {
    let world = World::new();
    let source = Arc::new(Changing::default());
    let exchange = ExchangeAccessKey::new("");
    let cache = world.context.token_cache_from(source.clone(), exchange, TokenLimits::default());
    for version in 0..2 {
        source.0.store(version, Ordering::Relaxed);
        world.drive(sends(obtain(&cache, &world))).unwrap_err();
        assert!(at_once(obtain(&cache, &world)).unwrap_err().is_remembered(), "{version}");
    }
    source.0.store(2, Ordering::Relaxed);
    world.drive(sends(obtain(&cache, &world))).unwrap();
}

#[test]
fn a_short_deadline_of_ones_own_is_nobody_elses_failure() {
    let world = World::new();
    let (cache, token) = (cache(&world), long_lived(&world));
    let few = CallOptions::new().max_attempts(1);
    let short = CallOptions::new().deadline(SECOND / 20);
    world.emulator.inject(Fault::closed().on(Operation::SigningKeys).times(2));
    world.emulator.inject(Fault::status(503).retry_after(1).on(Operation::Exchange).times(1));
    for options in [few, short] {
        let obtained = cache.obtain(options.clone(), world.now());
        let validated = world.context.validate(&token, options, world.now());
        for failed in [world.drive(obtained).err(), world.drive(validated).err()] {
            assert!(failed.is_none_or(|error| !error.is_remembered()));
        }
    }
    world.drive(validate(&world, &token)).unwrap();
    world.drive(obtain(&cache, &world)).unwrap();
}

#[test]
fn what_would_have_come_back_for_anyone_is_remembered_of_anyone() {
    let world = World::new();
    let cache = cache(&world);
    world.emulator.inject(Fault::status(403).on(Operation::Exchange));
    let short = CallOptions::new().deadline(SECOND / 20).max_attempts(1);
    world.drive(cache.obtain(short, world.now())).unwrap_err();
    assert!(at_once(obtain(&cache, &world)).unwrap_err().is_remembered());
}

#[test]
fn neither_a_dropped_call_nor_a_cooldown_nor_an_argument_is_remembered() {
    let world = World::new();
    let source = cache(&world);
    drop(sends(obtain(&source, &world)));
    drop(sends(obtain(&source, &world)));

    // Another exchange was told to wait.
    let fault = Fault::status(429).retry_after(60);
    world.emulator.inject(fault.on(Operation::Exchange));
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let options = CallOptions::new();
    world.drive(world.context.exchange(exchange, options, world.now())).unwrap_err();
    world.pass(20 * SECOND);
    let held_back = at_once(obtain(&source, &world)).unwrap_err();
    assert!(held_back.is_rate_limited() && !held_back.is_remembered());
    assert_eq!((held_back.attempts(), held_back.retry_after()), (0, Some(40 * SECOND)));
    world.pass(40 * SECOND);
    world.drive(sends(obtain(&source, &world))).unwrap();

    let wrong = ExchangeAccessKey::new("  ");
    let source = world.context.token_cache(wrong, TokenLimits::default());
    for _ in 0..2 {
        let error = at_once(obtain(&source, &world)).unwrap_err();
        assert!(error.is_invalid_argument() && !error.is_remembered(), "{error}");
    }
}

#[test]
fn a_young_session_is_not_forgotten_when_a_peer_refuses_it() {
    let world = World::new();
    let cache = cache(&world);
    let session = world.drive(obtain(&cache, &world)).unwrap();
    for age in [0, 9, 10] {
        let kept = age < 10;
        let now =
            Now::new(world.now().monotonic() + age * SECOND, world.now().unix() + age * SECOND);
        cache.invalidate(&session, now);
        let step = cache.obtain(CallOptions::new(), now);
        assert_eq!(matches!(step, Step::Done(Ok(_))), kept, "{age}");
    }
    // A peer that refuses every token costs six exchanges a minute.
    let sent = five_minutes(&world, Operation::Exchange, || {
        let session = world.drive(obtain(&cache, &world)).unwrap();
        cache.invalidate(&session, world.now());
    });
    assert!(sent.iter().all(|sent| *sent <= 6), "{sent:?}");
}

#[test]
fn a_token_at_hand_serves_through_a_cooldown_and_nobody_waits() {
    let world = World::new();
    let cache = cache(&world);
    let session = world.drive(obtain(&cache, &world)).unwrap();
    world.pass(500 * SECOND);
    world.emulator.inject(Fault::status(429).retry_after(60).on(Operation::Exchange));
    let refreshed = world.drive(sends(obtain(&cache, &world))).unwrap();
    assert_eq!(refreshed.token(), session.token());
    for second in 0..60 {
        let at_hand = at_once(obtain(&cache, &world));
        assert_eq!(at_hand.unwrap().token(), session.token(), "{second}");
        world.pass(SECOND);
    }
    world.pass(10 * SECOND);
    let new = world.drive(sends(obtain(&cache, &world))).unwrap();
    assert_ne!(new.token(), session.token());
}

#[test]
fn stale_keys_serve_through_a_cooldown_and_nobody_waits() {
    let world = World::new();
    let token = long_lived(&world);
    world.drive(validate(&world, &token)).unwrap();
    world.pass(600 * SECOND);
    world.emulator.inject(Fault::status(503).retry_after(60).on(Operation::SigningKeys));
    world.drive(sends(validate(&world, &token))).unwrap();
    for _ in 0..60 {
        at_once(validate(&world, &token)).unwrap();
        world.pass(SECOND);
    }
    world.pass(10 * SECOND);
    world.drive(sends(validate(&world, &token))).unwrap();
}

#[test]
fn an_unknown_kid_while_fetches_fail_is_answered_with_the_failure() {
    let world = World::new();
    let honest = long_lived(&world);
    world.drive(validate(&world, &honest)).unwrap();
    world.emulator.rotate_signing_key();
    world.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    let new = long_lived(&world);
    world.drive(sends(validate(&world, &new))).unwrap_err();
    for _ in 0..20 {
        let error = at_once(validate(&world, &new)).unwrap_err();
        assert!(error.is_remembered() && error.token_error().is_none(), "{error}");
        at_once(validate(&world, &honest)).unwrap();
    }
}
