//! The access keys that clients present: exchanged once for each age, refused ones remembered, unknown
//! ones held back, none kept in clear.

use std::time::Duration;

use descope_core::jwt::{Audience, Claims};
use descope_core::{
    CallOptions, Error, ErrorKind, ExchangeAccessKey, ExchangeCache, ExchangeCacheLimits, Outcome,
    PresentedKeyFlow, Step, Waiting,
};
use descope_emulator::{Fault, Key, Operation};
use descope_suite::world::{World, at_once, sends};

const MINUTE: Duration = Duration::from_secs(60);

struct Scene {
    world: World,
    cache: ExchangeCache,
}

fn cleartext(number: usize) -> String {
    format!("K2-cleartext-of-key-{number:06}")
}

impl Scene {
    fn with(keys: usize, change: impl FnOnce(&mut ExchangeCacheLimits)) -> Self {
        let world = World::new();
        for number in 0..keys {
            let key =
                Key::new("k").with_id(format!("K2{number}")).with_cleartext(cleartext(number));
            world.emulator.seed(key);
        }
        let mut limits = ExchangeCacheLimits::default();
        change(&mut limits);
        let cache = world.context.exchange_cache(MINUTE, limits, [3; 32]);
        Self { world, cache }
    }

    fn new(keys: usize) -> Self {
        Self::with(keys, |_| {})
    }

    fn begin(&self, exchange: ExchangeAccessKey) -> Step<PresentedKeyFlow> {
        let options = CallOptions::new().max_attempts(1);
        self.cache.exchange(exchange, options, self.world.now())
    }

    fn of(&self, number: usize) -> Step<PresentedKeyFlow> {
        self.begin(ExchangeAccessKey::new(cleartext(number)))
    }

    fn present(&self, number: usize) -> Result<Claims, Error> {
        self.world.drive(self.of(number))
    }

    fn exchanges(&self) -> u64 {
        self.world.emulator.count(Operation::Exchange)
    }
}

fn waits(step: Step<PresentedKeyFlow>) -> Waiting<PresentedKeyFlow> {
    match step {
        Step::Wait(_, _, waiting) => waiting,
        other => panic!("it does not wait: {other:?}"),
    }
}

#[test]
fn a_good_key_is_exchanged_once_for_each_age() {
    let scene = Scene::new(1);
    scene.present(0).unwrap();
    for age in 1..3 {
        for _ in 0..3 {
            assert_eq!(at_once(scene.of(0)).unwrap().key_id(), Some("K20"));
        }
        assert_eq!(scene.exchanges(), age);
        scene.world.pass(MINUTE);
        scene.present(0).unwrap();
    }
}

#[test]
fn a_revoked_key_is_let_in_for_as_long_as_was_chosen() {
    let scene = Scene::new(1);
    scene.present(0).unwrap();
    assert!(scene.world.emulator.deactivate("K20"));
    scene.world.pass(MINUTE - Duration::from_secs(1));
    at_once(scene.of(0)).unwrap();
    scene.world.pass(Duration::from_secs(1));
    assert!(scene.present(0).unwrap_err().is_unauthorized());
}

#[test]
fn a_key_is_not_known_for_longer_than_its_session_lives() {
    let world = World::new();
    let hours = Duration::from_secs(3 * 3600);
    let cache = world.context.exchange_cache(hours, ExchangeCacheLimits::default(), [3; 32]);
    world.emulator.seed(Key::new("k").with_cleartext(cleartext(0)));
    let scene = Scene { world, cache };
    let expires = scene.present(0).unwrap().expires_at().unix_seconds();
    let life = expires - scene.world.now().unix_seconds();
    scene.world.pass(Duration::from_secs(u64::try_from(life).unwrap() - 1));
    at_once(scene.of(0)).unwrap();
    scene.world.pass(Duration::from_secs(1));
    let _ = sends(scene.of(0));
}

#[test]
fn other_login_options_and_audiences_are_other_exchanges() {
    let scene = Scene::new(1);
    let key = || ExchangeAccessKey::new(cleartext(0));
    let project = scene.world.emulator.project_id().to_owned();
    let all = || {
        [
            key(),
            key().login_claim("job", 7),
            key().login_claim("job", 8),
            key().audience(Audience::Unchecked),
            key().audience(Audience::any_of([project.clone()])),
        ]
    };
    for exchange in all() {
        let _ = scene.world.drive(sends(scene.begin(exchange)));
    }
    assert_eq!(scene.exchanges(), 5);
    // White space around a key is none of it.
    at_once(scene.begin(ExchangeAccessKey::new(format!(" {}\n", cleartext(0))))).unwrap();
}

#[test]
fn a_refusal_of_the_service_is_remembered() {
    let scene = Scene::new(0);
    assert!(scene.present(0).unwrap_err().is_unauthorized());
    scene.world.pass(Duration::from_secs(4));
    let remembered = at_once(scene.of(0)).unwrap_err();
    assert!(remembered.is_unauthorized());
    assert_eq!((remembered.attempts(), remembered.outcome()), (0, Outcome::NotSent));
    assert_eq!(remembered.retry_after(), Some(Duration::from_secs(6)));
    scene.world.pass(Duration::from_secs(6));
    let _ = sends(scene.of(0));
    assert_eq!(scene.exchanges(), 1);
}

#[test]
fn the_word_of_others_is_no_refusal() {
    let scene = Scene::new(1);
    let nobodys = http::Response::builder().status(401).body(Vec::new()).unwrap();
    scene.world.emulator.inject(Fault::answer(nobodys).on(Operation::Exchange));
    assert!(!scene.present(0).unwrap_err().is_unauthorized());
    scene.present(0).unwrap();
}

#[test]
fn one_exchange_at_a_time_for_each_key() {
    let scene = Scene::new(2);
    let leader = sends(scene.of(0));
    let followers = [waits(scene.of(0)), waits(scene.of(0))];
    let _ = sends(scene.of(1));
    scene.world.drive(leader).unwrap();
    for follower in followers {
        at_once(follower.wake(scene.world.now())).unwrap();
    }
    assert_eq!(scene.exchanges(), 1);
}

#[test]
fn when_the_leader_gives_up_another_one_leads() {
    let scene = Scene::new(1);
    let leader = sends(scene.of(0));
    let follower = waits(scene.of(0));
    drop(leader);
    scene.world.drive(sends(follower.wake(scene.world.now()))).unwrap();
}

#[test]
fn unknown_keys_are_tried_out_of_a_bucket_of_their_own() {
    let scene = Scene::new(1);
    scene.present(0).unwrap();
    let limited = |number| {
        let error = at_once(scene.of(number)).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::NotSent));
        error.retry_after().unwrap()
    };
    // One of twenty is taken.
    for number in 1..20 {
        assert!(scene.present(number).unwrap_err().is_unauthorized(), "{number}");
    }
    assert_eq!(limited(20), Duration::from_millis(200));
    at_once(scene.of(1)).unwrap_err();
    scene.world.pass(Duration::from_secs(1));
    for number in 20..25 {
        assert!(scene.present(number).unwrap_err().is_unauthorized(), "{number}");
    }
    assert_eq!(limited(25), Duration::from_millis(200));
    // One that was good before is not held back, though it is to be exchanged anew.
    scene.world.pass(MINUTE - Duration::from_millis(1001));
    for number in 100..120 {
        let _ = scene.present(number);
    }
    scene.world.pass(Duration::from_millis(1));
    limited(200);
    let before = scene.exchanges();
    scene.present(0).unwrap();
    assert_eq!(scene.exchanges(), before + 1);
}

#[test]
fn eight_unknown_keys_are_under_way_at_most() {
    let scene = Scene::new(0);
    let mut under_way: Vec<_> = (0..8).map(|number| sends(scene.of(number))).collect();
    assert_eq!(at_once(scene.of(8)).unwrap_err().kind(), ErrorKind::RateLimited);
    // Whatever becomes of them.
    drop(under_way.pop());
    scene.world.drive(under_way.pop().unwrap()).unwrap_err();
    under_way.extend([8, 9].map(|number| sends(scene.of(number))));
    assert_eq!(at_once(scene.of(10)).unwrap_err().kind(), ErrorKind::RateLimited);
}

#[test]
fn what_cannot_be_a_key_is_refused_unsent() {
    let scene = Scene::new(0);
    let long = "k".repeat(513);
    for key in
        ["", " ", "0123456789012345678", &long, "a key with spaces in it", "käyä-käyä-käyä-käyä"]
    {
        let error = at_once(scene.begin(ExchangeAccessKey::new(key))).unwrap_err();
        assert_eq!(error.field(), Some("access key"), "{key:?}");
        assert!(key.trim().is_empty() || !error.to_string().contains(key));
    }
    for key in ["k".repeat(20), "k".repeat(512)] {
        let _ = sends(scene.begin(ExchangeAccessKey::new(key)));
    }
}

#[test]
fn it_is_bounded() {
    let scene = Scene::with(40, |limits| {
        limits.max_keys = 10;
        limits.unseen_burst = 1000;
    });
    for number in 0..40 {
        scene.present(number).unwrap();
    }
    assert!(format!("{:?}", scene.cache).contains("good: 10"), "{:?}", scene.cache);
    for number in 30..40 {
        at_once(scene.of(number)).unwrap();
    }
    let scene = Scene::with(40, |limits| {
        limits.max_bytes = 10_000;
        limits.max_refused = 5;
        limits.unseen_burst = 1000;
    });
    for number in 0..80 {
        let _ = scene.present(number);
    }
    let debug = format!("{:?}", scene.cache);
    let number = |name: &str| -> usize {
        let rest = debug.split(&format!("{name}: ")).nth(1).unwrap();
        rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    assert!((1..=10_000).contains(&number("bytes")), "{debug}");
    assert_eq!((number("refused"), number("under_way")), (5, 0), "{debug}");
}

#[test]
fn no_key_is_shown() {
    let scene = Scene::new(1);
    let flow = sends(scene.of(0));
    let Step::Send(_, sent) = flow else { panic!() };
    let mut shown = format!("{sent:?}");
    shown += &format!("{:?}", scene.cache);
    scene.world.emulator.inject(Fault::refusal(401, "E062803", &cleartext(1)));
    let error = scene.present(1).unwrap_err();
    shown += &format!("{error} {error:?} {:?}", scene.cache);
    assert!(!shown.contains("K2-cleartext"), "{shown}");
}

#[test]
fn a_good_key_that_cannot_be_exchanged_anew_is_not_tried_at_every_call() {
    let scene = Scene::new(2);
    scene.present(0).unwrap();
    scene.world.pass(MINUTE);
    scene.world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    let present = |number| {
        let exchange = ExchangeAccessKey::new(cleartext(number));
        let step = scene.cache.exchange(exchange, CallOptions::new(), scene.world.now());
        scene.world.drive(step)
    };
    assert_eq!(present(0).unwrap_err().attempts(), 3);
    for _ in 0..100 {
        let remembered = present(0).unwrap_err();
        assert!(remembered.is_remembered() && remembered.status().unwrap() == 503);
        assert!(remembered.retry_after().unwrap() <= Duration::from_secs(1));
    }
    assert_eq!(scene.exchanges(), 1 + 3);
    // No other key's.
    scene.world.emulator.clear_faults();
    present(1).unwrap();
    scene.world.pass(Duration::from_secs(1));
    present(0).unwrap();
    at_once(scene.of(0)).unwrap();
}
