//! A flood of access keys that nobody knows, among those of customers, on 64 threads against a service
//! that counts and limits by address.

use std::fs;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::{AccessKeyCache, Client, Error, ExchangeAccessKey, ExchangeCacheLimits};
use descope_emulator::{Algorithm, Emulator, Fault, Key, Operation, RateLimit};

const THREADS: usize = 64;
const DAY: Duration = Duration::from_secs(86_400);
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fn good(number: usize) -> String {
    format!("K2-cleartext-of-the-customer-{number:07}")
}

fn bad(number: usize) -> String {
    format!("K2-cleartext-of-nobody-{number:07}")
}

struct Scene {
    emulator: Emulator,
    client: Client,
    cache: AccessKeyCache,
    good: usize,
}

impl Scene {
    /// With a service in this process and its clock.
    fn new(good_keys: usize) -> Self {
        let seed = (0..good_keys)
            .map(|n| Key::new("customer").with_id(format!("K2{n}")).with_cleartext(good(n)));
        let emulator = Emulator::builder()
            .keys(seed)
            .algorithm(Algorithm::EdDsa)
            .session_lifetime(28 * DAY)
            .limit(RateLimit::new(1000, Duration::from_secs(10)).on(Operation::Exchange))
            .keep_requests(0)
            .in_process();
        let transport = emulator.transport().from_peer(HERE);
        let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
        // While one thread calls, others let hours pass.
        let builder = builder.deadline(365 * DAY).clock(emulator.clock());
        let client = builder.transport(transport).build().unwrap();
        let cache = client.access_key_cache(7 * DAY);
        Self { emulator, client, cache, good: good_keys }
    }

    fn present(&self, key: String) -> Result<(), Error> {
        self.cache.exchange(ExchangeAccessKey::new(key)).map(drop)
    }

    /// A customer comes back when told to.
    fn present_until_let_in(&self, number: usize) {
        while let Err(error) = self.present(good(number)) {
            assert!(error.is_rate_limited(), "{error}");
            let wait = error.retry_after().unwrap_or(Duration::from_millis(100));
            self.emulator.clock().sleep(wait);
            // That clock takes no time, and those who are let in need the processor.
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn all_customers(&self) {
        each(self.good, |number| self.present_until_let_in(number));
    }

    fn sessions(&self) -> Vec<u64> {
        (0..self.good).map(|number| self.emulator.sessions(&format!("K2{number}"))).collect()
    }

    fn number(&self, name: &str) -> usize {
        let debug = format!("{:?}", self.cache);
        let rest = debug.rsplit(&format!(" {name}: ")).next().expect("it is shown");
        rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    }
}

/// Runs it once for each number, on many threads.
fn each(numbers: usize, run: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < numbers => run(number),
                        _ => return,
                    }
                }
            });
        }
    });
}

/// Of this process, in bytes.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).map_or(0, |pages| pages.parse::<usize>().unwrap() * 4096)
}

fn flood(presented: usize, good_keys: usize) {
    let scene = Scene::new(good_keys);
    let limits = ExchangeCacheLimits::default();
    scene.all_customers();
    assert!(scene.sessions().iter().all(|count| *count == 1), "one exchange a key");
    assert_eq!((scene.number("good"), scene.number("under_way")), (good_keys, 0));
    assert!(scene.number("bytes") <= limits.max_bytes, "{:?}", scene.cache);

    let (held_back, before) = (AtomicU64::new(0), resident());
    each(presented - good_keys, |number| {
        let error = scene.present(bad(number)).unwrap_err();
        assert!(error.is_rate_limited() || error.is_unauthorized(), "{error}");
        held_back.fetch_add(u64::from(error.is_rate_limited()), Ordering::Relaxed);
        // A customer in the midst of it.
        scene.present(good(number % good_keys)).unwrap();
        if number % 100 == 0 {
            scene.emulator.clock().sleep(Duration::from_millis(10));
        }
    });
    assert!(scene.sessions().iter().all(|count| *count == 1), "none was exchanged anew");
    let tried = (presented - good_keys) as u64 - held_back.load(Ordering::Relaxed);
    let asked = scene.emulator.count_from(HERE, Operation::Exchange);
    assert!(
        asked <= good_keys as u64 + tried,
        "{asked} exchanges, {tried} of them of unknown keys"
    );
    assert!(scene.number("refused") <= limits.max_refused);
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes for keys that are not known");

    scene.emulator.advance(7 * DAY);
    scene.all_customers();
    assert!(scene.sessions().iter().all(|count| *count == 2), "one exchange a key and age");
    assert_eq!(scene.number("good"), good_keys);
    assert!(!format!("{:?} {:?}", scene.cache, scene.client).contains("K2-cleartext"));
}

#[test]
fn twenty_thousand_keys() {
    flood(20_000, 2_000);
}

/// As many as a public server meets.
#[test]
#[ignore = "a million keys take some minutes"]
fn a_million_keys() {
    flood(1_000_000, 100_000);
}

/// Over sockets, where the service answers nobody: strangers wait, and customers do not.
#[test]
fn strangers_that_wait_hold_no_customer_up() {
    let emulator = Emulator::builder().key(Key::new("c").with_cleartext(good(0))).start();
    let builder = Client::builder(emulator.project_id()).base_url(emulator.base_url());
    let client = builder.deadline(Duration::from_secs(2)).build().unwrap();
    let cache = client.access_key_cache(DAY);
    cache.exchange(ExchangeAccessKey::new(good(0))).unwrap();
    emulator.inject(Fault::stalled().on(Operation::Exchange).forever());
    let began = Instant::now();
    thread::scope(|scope| {
        for stranger in 0..48 {
            let cache = &cache;
            scope.spawn(move || cache.exchange(ExchangeAccessKey::new(bad(stranger))).unwrap_err());
        }
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..200 {
                    cache.exchange(ExchangeAccessKey::new(good(0))).unwrap();
                }
                assert!(began.elapsed() < Duration::from_millis(1500), "it waited with them");
            });
        }
    });
    assert!(emulator.count(Operation::Exchange) <= 1 + 8 * 3, "eight at a time");
}
