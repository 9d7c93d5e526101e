//! A key that changes under a token cache: which secret is exchanged when, and what serves meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use descope_core::{
    CallOptions, Error, ExchangeAccessKey, Now, Secret, SecretSource, Session, TokenCache,
    TokenLimits,
};
use descope_emulator::{Fault, Key, Operation};
use descope_suite::world::World;

const OLD: &str = "K2-the-old-cleartext";
const NEW: &str = "K2-the-new-cleartext";

/// A place that the test writes to.
#[derive(Default)]
struct Place {
    version: AtomicU64,
    secret: Mutex<Option<Secret>>,
    /// What is found once it is looked anew.
    behind: Mutex<Option<&'static str>>,
    refused: AtomicU64,
}

impl Place {
    fn put(&self, secret: &str) {
        *self.secret.lock().unwrap() = Some(Secret::new(secret));
        self.version.fetch_add(1, Ordering::Relaxed);
    }
}

impl SecretSource for Place {
    fn version(&self, _now: Now) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    fn latest(&self) -> Result<(u64, Secret), Error> {
        let secret = self.secret.lock().unwrap().clone();
        let none = || Error::invalid_argument("the place", "is empty");
        Ok((self.version.load(Ordering::Relaxed), secret.ok_or_else(none)?))
    }

    fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(secret) = self.behind.lock().unwrap().take() {
            self.put(secret);
        }
    }
}

struct Scene {
    world: World,
    place: Arc<Place>,
    cache: TokenCache,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.emulator.seed(Key::new("old").with_id("K2old").with_cleartext(OLD));
        world.emulator.seed(Key::new("new").with_id("K2new").with_cleartext(NEW));
        let place = Arc::new(Place::default());
        let exchange = ExchangeAccessKey::without_key();
        let cache = world.context.token_cache_from(place.clone(), exchange, TokenLimits::default());
        Self { world, place, cache }
    }

    fn holding_the_old() -> Self {
        let scene = Self::new();
        scene.place.put(OLD);
        assert_eq!(scene.obtain().unwrap().key_id(), "K2old");
        scene
    }

    fn obtain(&self) -> Result<Arc<Session>, Error> {
        self.world.drive(self.cache.obtain(CallOptions::new(), self.world.now()))
    }

    fn key_id(&self) -> String {
        self.obtain().unwrap().key_id().to_owned()
    }

    fn exchanges(&self) -> u64 {
        self.world.emulator.count(Operation::Exchange)
    }

    fn pass(&self, seconds: u64) {
        self.world.pass(Duration::from_secs(seconds));
    }
}

#[test]
fn a_new_key_is_used_at_once_though_the_token_is_fresh() {
    let scene = Scene::holding_the_old();
    scene.place.put(NEW);
    assert!(scene.cache.at_hand(scene.world.now()).is_none(), "a look at the cache alone sees it");
    assert_eq!((&*scene.key_id(), scene.exchanges()), ("K2new", 2));
    assert_eq!((&*scene.key_id(), scene.exchanges()), ("K2new", 2));
}

#[test]
fn one_that_cannot_be_exchanged_leaves_the_old_token() {
    let scene = Scene::holding_the_old();
    scene.place.put(NEW);
    scene.world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    for _ in 0..5 {
        assert_eq!(scene.key_id(), "K2old");
    }
    scene.world.emulator.clear_faults();
    assert_eq!(scene.key_id(), "K2old", "it is not tried again so soon");
    scene.pass(10);
    assert_eq!(scene.key_id(), "K2new");
}

#[test]
fn one_that_is_refused_leaves_the_old_key() {
    let scene = Scene::holding_the_old();
    scene.place.put(&NEW[..9]);
    for _ in 0..5 {
        assert_eq!(scene.key_id(), "K2old");
    }
    assert_eq!(scene.place.refused.load(Ordering::Relaxed), 1);
    assert_eq!(scene.exchanges(), 2, "the token of the old one is fresh");
    // The token ends before the place is put right: the key that was good is.
    scene.pass(595);
    assert_eq!(scene.key_id(), "K2old");
    scene.place.put(NEW);
    scene.pass(10);
    assert_eq!(scene.key_id(), "K2new");
}

#[test]
fn a_refusal_has_it_read_again_within_the_call() {
    let scene = Scene::new();
    scene.place.put("K2-rotated-away-0000");
    *scene.place.behind.lock().unwrap() = Some(NEW);
    assert_eq!((&*scene.key_id(), scene.exchanges()), ("K2new", 2));
}

#[test]
fn a_refusal_by_anybody_does() {
    let scene = Scene::new();
    scene.place.put(OLD);
    let nobodys = http::Response::builder().status(403).body(Vec::new()).unwrap();
    scene.world.emulator.inject(Fault::answer(nobodys).on(Operation::Exchange));
    *scene.place.behind.lock().unwrap() = Some(NEW);
    assert_eq!(scene.key_id(), "K2new");
}

#[test]
fn a_call_tries_two_keys_at_most() {
    let scene = Scene::new();
    scene.place.put("K2-rotated-away-0000");
    *scene.place.behind.lock().unwrap() = Some("K2-rotated-away-1111");
    assert!(scene.obtain().unwrap_err().is_unauthorized());
    assert_eq!(scene.exchanges(), 2);
}

#[test]
fn with_no_key_the_place_says_why() {
    let scene = Scene::new();
    let error = scene.obtain().unwrap_err();
    assert_eq!((error.field(), scene.exchanges()), (Some("the place"), 0));
}

#[test]
fn an_answer_for_another_key_is_no_session_of_the_same_secret() {
    let scene = Scene::holding_the_old();
    let other = |answer: &mut serde_json::Value| answer["keyId"] = "K2other".into();
    scene.world.emulator.inject(Fault::edited(other).on(Operation::Exchange).forever());
    scene.pass(595);
    scene.obtain().unwrap_err();
    // Another secret may be another key's.
    scene.place.put(NEW);
    scene.pass(40);
    assert_eq!(scene.key_id(), "K2other");
}
