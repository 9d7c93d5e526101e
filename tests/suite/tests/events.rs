//! Events: what a program can count and alert on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use descope_core::{
    Cache, CallOptions, Context, ErrorKind, Event, ExchangeAccessKey, LoadAccessKey, Now,
    RequestKind, Step, TokenCache, TokenLimits, Waiting,
};
use descope_emulator::{Fault, Key, Operation};
use descope_suite::world::{CLEARTEXT, World, at_once, sends};

const SECOND: Duration = Duration::from_secs(1);

/// A world, and what was told of it.
struct Watched {
    world: World,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Watched {
    fn new() -> Self {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let told = Arc::clone(&events);
        let world =
            World::with(|config| config.on_event(move |event| told.lock().unwrap().push(*event)));
        world.emulator.seed(Key::new("k").with_id("K2id"));
        world.context.set_license_tier("tier1").unwrap();
        Self { world, events }
    }

    /// What was told since the last time it was asked, in short.
    fn told(&self) -> Vec<String> {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        events.iter().map(short).collect()
    }

    fn load(&self) {
        let load = LoadAccessKey::new("K2id");
        let _ =
            self.world.drive(self.world.context.call(load, CallOptions::new(), self.world.now()));
    }

    fn cache(&self) -> TokenCache {
        let exchange = ExchangeAccessKey::new(CLEARTEXT);
        self.world.context.token_cache(exchange, TokenLimits::default())
    }

    fn obtain(&self, cache: &TokenCache) {
        let _ = self.world.drive(cache.obtain(CallOptions::new(), self.world.now()));
    }

    fn validate(&self, token: &str) {
        let step = self.world.context.validate(token, CallOptions::new(), self.world.now());
        let _ = self.world.drive(step);
    }
}

fn short(event: &Event) -> String {
    let end = |failure: Option<ErrorKind>| failure.map_or("ok".into(), |kind| format!("{kind:?}"));
    match *event {
        Event::Attempt { operation, attempt, status, failure, .. } => {
            let status = status.map_or(0, |status| status.as_u16());
            format!("{operation} {attempt}: {status} {}", end(failure))
        }
        Event::Retry { kind, attempt, failure, .. } => {
            format!("{kind} retry after {attempt}: {failure:?}")
        }
        Event::CooldownBegan { kind, lasts, .. } => format!("{kind} cooldown: {lasts:?}"),
        Event::CooldownEnded { kind, .. } => format!("{kind} cooldown over"),
        Event::Exchange { failure, .. } => format!("exchange: {}", end(failure)),
        Event::TokenRefresh { early, failure, .. } => {
            format!("{} refresh: {}", if early { "early" } else { "due" }, end(failure))
        }
        Event::SigningKeyFetch { failure, .. } => format!("keys: {}", end(failure)),
        Event::RenewalFailing { cache, serving, failure, .. } => {
            format!("{cache:?} failing, serving {serving}: {failure:?}")
        }
        Event::RenewalRecovered { cache, .. } => format!("{cache:?} recovered"),
        Event::CacheHit { cache, .. } => format!("{cache:?} hit"),
        Event::FailureRemembered { cache, .. } => format!("{cache:?} remembered"),
        _ => panic!("{event:?}"),
    }
}

#[test]
fn attempts_and_retries() {
    let watched = Watched::new();
    watched.load();
    assert_eq!(watched.told(), ["load access key 1: 200 ok"]);
    watched.world.emulator.inject(Fault::status(503).on(Operation::Load));
    watched.world.emulator.inject(Fault::closed().on(Operation::Load));
    watched.load();
    assert_eq!(
        watched.told(),
        [
            "load access key 1: 503 Api",
            "management retry after 1: Api",
            "load access key 2: 0 Transport",
            "management retry after 2: Transport",
            "load access key 3: 200 ok",
        ]
    );
    watched.world.emulator.inject(Fault::status(404).on(Operation::Load));
    watched.load();
    assert_eq!(watched.told(), ["load access key 1: 404 Api"]);
}

#[test]
fn the_license_tier_is_a_request_too() {
    let watched = Watched::new();
    let world = World::with({
        let told = Arc::clone(&watched.events);
        |config| config.on_event(move |event| told.lock().unwrap().push(*event))
    });
    world.emulator.seed(Key::new("k").with_id("K2id"));
    let told = || {
        world.emulator.inject(Fault::status(429).on(Operation::Load));
        let load = LoadAccessKey::new("K2id");
        world.drive(world.context.call(load, CallOptions::new(), world.now())).unwrap();
        watched.told()[2].clone()
    };
    assert_eq!(told(), "fetch license tier 1: 200 ok");
    assert_eq!(told(), "load access key 2: 200 ok");
}

#[test]
fn a_cooldown_is_told_when_it_begins_and_when_it_ends() {
    let watched = Watched::new();
    let refused = || Fault::status(429).retry_after(30).on(Operation::Load);
    watched.world.emulator.inject(refused().times(2));
    watched.load();
    assert_eq!(watched.told(), ["load access key 1: 429 RateLimited", "management cooldown: 30s"]);
    (0..5).for_each(|_| watched.load());
    assert_eq!(watched.told(), [""; 0], "nothing has happened");
    // It goes on, and that is no change.
    watched.world.pass(30 * SECOND);
    watched.load();
    assert_eq!(watched.told(), ["load access key 1: 429 RateLimited"]);
    watched.world.pass(30 * SECOND);
    watched.load();
    watched.load();
    let (ok, over) = ("load access key 1: 200 ok", "management cooldown over");
    let mut told = watched.told();
    told.sort();
    assert_eq!(told, [ok, ok, over]);
}

#[test]
fn exchanges_refreshes_fetches_and_hits() {
    let watched = Watched::new();
    let cache = watched.cache();
    watched.obtain(&cache);
    assert_eq!(
        watched.told(),
        [
            "exchange access key 1: 200 ok",
            "fetch signing keys 1: 200 ok",
            "keys: ok",
            "exchange: ok",
            "due refresh: ok",
        ]
    );
    watched.obtain(&cache);
    assert!(cache.at_hand(watched.world.now()).is_some());
    assert_eq!(watched.told(), ["Token hit", "Token hit"]);
    watched.validate(&watched.world.emulator.token().mint());
    assert_eq!(watched.told(), ["SigningKeys hit"]);
    watched.world.pass(500 * SECOND);
    watched.obtain(&cache);
    let told = watched.told();
    assert_eq!(told[1..], ["SigningKeys hit", "exchange: ok", "early refresh: ok"], "{told:?}");
}

#[test]
fn that_renewal_fails_is_told_once_and_that_it_has_ended_to() {
    let watched = Watched::new();
    let world = &watched.world;
    let (cache, token) = (watched.cache(), world.emulator.token().expires_in(100_000).mint());
    let about = |cache: &str| {
        let told = watched.told().into_iter();
        let turns = told.filter(|told| told.contains(" failing") || told.contains(" recovered"));
        turns.filter(|told| told.starts_with(cache)).collect::<Vec<_>>()
    };
    let minutes = |what: &dyn Fn(), seconds: u32| {
        for _ in 0..seconds {
            what();
            world.pass(SECOND);
        }
    };
    // With nothing at hand.
    world.emulator.inject(Fault::status(503).forever());
    minutes(&|| watched.validate(&token), 100);
    assert_eq!(about("SigningKeys"), ["SigningKeys failing, serving false: Api"]);
    world.emulator.clear_faults();
    minutes(&|| watched.validate(&token), 100);
    assert_eq!(about("SigningKeys"), ["SigningKeys recovered"]);
    world.emulator.inject(Fault::status(403).on(Operation::Exchange).forever());
    minutes(&|| watched.obtain(&cache), 100);
    assert_eq!(about("Token"), ["Token failing, serving false: Api"]);
    world.emulator.clear_faults();
    minutes(&|| watched.obtain(&cache), 100);
    assert_eq!(about("Token"), ["Token recovered"]);

    // While what there is still serves.
    world.pass(500 * SECOND);
    world.emulator.inject(Fault::closed().forever());
    minutes(&|| watched.obtain(&cache), 60);
    minutes(&|| watched.validate(&token), 60);
    let told = watched.told();
    let failing = |cache| format!("{cache} failing, serving true: Transport");
    for cache in ["Token", "SigningKeys"] {
        assert_eq!(told.iter().filter(|told| **told == failing(cache)).count(), 1, "{told:?}");
    }
}

#[test]
fn an_answer_with_a_remembered_failure_is_told() {
    let watched = Watched::new();
    watched.world.emulator.inject(Fault::status(403).on(Operation::Exchange).forever());
    let cache = watched.cache();
    watched.obtain(&cache);
    watched.told();
    watched.obtain(&cache);
    assert_eq!(watched.told(), ["Token remembered"]);
    watched.world.emulator.inject(Fault::status(403).on(Operation::SigningKeys).forever());
    let token = watched.world.emulator.token().mint();
    watched.validate(&token);
    watched.told();
    watched.validate(&token);
    assert_eq!(watched.told(), ["SigningKeys remembered"]);
}

#[test]
fn a_kind_of_request_is_told_apart_by_its_credential() {
    let watched = Watched::new();
    watched.load();
    watched.obtain(&watched.cache());
    let events = watched.events.lock().unwrap();
    let kinds = events.iter().filter_map(|event| match event {
        Event::Attempt { kind, .. } => Some(*kind),
        _ => None,
    });
    let expected = [RequestKind::Management, RequestKind::Exchange, RequestKind::SigningKeys];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

/// A world whose hook panics at the events of which this is true.
fn panicking(at: impl Fn(&Event) -> bool + Send + Sync + 'static) -> World {
    World::with(|config| config.on_event(move |event| assert!(!at(event), "as it should")))
}

#[test]
fn a_hook_that_panics_spoils_that_call_and_no_other() {
    let first = Mutex::new(std::collections::HashSet::new());
    // Once at every kind of event.
    let world = panicking(move |event| first.lock().unwrap().insert(std::mem::discriminant(event)));
    let cache =
        world.context.token_cache(ExchangeAccessKey::new(CLEARTEXT), TokenLimits::default());
    let token = world.emulator.token().expires_in(100_000).mint();
    let mut panics = 0;
    for second in 0..900 {
        if second == 300 {
            world.emulator.inject(Fault::status(429).retry_after(5).forever());
        }
        if second == 600 {
            world.emulator.clear_faults();
        }
        let round = || {
            let _ = world.drive(cache.obtain(CallOptions::new(), world.now()));
            let _ = world.drive(world.context.validate(&token, CallOptions::new(), world.now()));
        };
        panics += u32::from(catch_unwind(AssertUnwindSafe(round)).is_err());
        world.pass(SECOND);
    }
    assert!(panics >= 7, "{panics}");
    world.drive(cache.obtain(CallOptions::new(), world.now())).unwrap();
    world.drive(world.context.validate(&token, CallOptions::new(), world.now())).unwrap();
}

#[test]
fn those_who_wait_for_a_call_that_a_hook_spoils_go_on() {
    let world = panicking({
        let once = Mutex::new(true);
        move |_| std::mem::take(&mut *once.lock().unwrap())
    });
    let token = world.emulator.token().mint();
    let start = || world.context.validate(&token, CallOptions::new(), world.now());
    let leader = sends(start());
    let Step::Wait(_, _, follower) = start() else { panic!("it does not wait") };
    catch_unwind(AssertUnwindSafe(|| world.drive(leader))).unwrap_err();
    world.drive(sends(Waiting::wake(follower, world.now()))).unwrap();
}

#[test]
fn a_hook_may_call_what_it_was_told_of() {
    static AGAIN: OnceLock<(Context, TokenCache, String, Now)> = OnceLock::new();
    let world = World::with(|config| {
        let busy = Mutex::new(());
        config.on_event(move |_| {
            // Not for the events that it causes itself.
            let Ok(_busy) = busy.try_lock() else { return };
            let Some((context, cache, token, now)) = AGAIN.get() else { return };
            let _ = cache.obtain(CallOptions::new(), *now);
            let _ = context.validate(token, CallOptions::new(), *now);
            let _ = context.call(LoadAccessKey::new("K2"), CallOptions::new(), *now);
            cache.clear();
        })
    });
    let cache =
        world.context.token_cache(ExchangeAccessKey::new(CLEARTEXT), TokenLimits::default());
    let token = world.emulator.token().mint();
    let _ = AGAIN.set((world.context.clone(), cache.clone(), token.clone(), world.now()));
    world.drive(cache.obtain(CallOptions::new(), world.now())).unwrap();
    at_once(world.context.validate(&token, CallOptions::new(), world.now())).unwrap();
}

#[test]
fn several_hooks_are_told_in_their_order() {
    let told: Arc<Mutex<Vec<u32>>> = Arc::default();
    let hook = |number| {
        let told = Arc::clone(&told);
        move |event: &Event| {
            if matches!(event, Event::CacheHit { cache: Cache::SigningKeys, .. }) {
                told.lock().unwrap().push(number);
            }
        }
    };
    let world = World::with(|config| config.on_event(hook(1)).on_event(hook(2)));
    let token = world.emulator.token().mint();
    for _ in 0..2 {
        world.drive(world.context.validate(&token, CallOptions::new(), world.now())).unwrap();
    }
    assert_eq!(*told.lock().unwrap(), [1, 2]);
}
