//! Exponential backoff with full jitter.

use std::time::Duration;

use descope_core::retry::delay;
use descope_core::{Config, Context, Limits, LoadAccessKey};
use descope_suite::random::{Random, entropy};
use descope_suite::scenario::{Scenario, config, status};

const MS: Duration = Duration::from_millis(1);

#[test]
fn the_edge_doubles_up_to_its_cap() {
    let limits = Limits::default();
    for (attempt, edge) in [
        (1, 100),
        (2, 200),
        (3, 400),
        (4, 800),
        (5, 1_600),
        (6, 2_000),
        (7, 2_000),
        (u32::MAX, 2_000),
    ] {
        let longest = delay(&limits, attempt, None, u64::MAX);
        assert!(longest <= edge * MS, "{attempt}: {longest:?}");
        assert!(longest > edge * MS - MS / 1_000, "{attempt}: {longest:?}");
        assert_eq!(delay(&limits, attempt, None, 0), Duration::ZERO);
        let half = delay(&limits, attempt, None, 1 << 63);
        assert_eq!(half, edge * MS / 2, "{attempt}");
    }
    // Attempts are counted from 1; none is the first.
    assert_eq!(delay(&limits, 0, None, 1 << 63), 50 * MS);
}

#[test]
fn jitter_is_spread_evenly_from_nothing_to_the_edge() {
    let limits = Limits::default();
    let mut random = Random::new(7);
    let mut tenths = [0; 10];
    for _ in 0..10_000 {
        let delay = delay(&limits, 3, None, random.any());
        tenths[(delay.as_micros() / 40_000) as usize] += 1;
    }
    // Standard deviation is 30; six of them.
    assert!(tenths.iter().all(|count| (820..=1_180).contains(count)), "{tenths:?}");
}

#[test]
fn seeds_spread_the_first_pause_of_many_clients_evenly() {
    let mut tenths = [0; 10];
    for seed in 0..2_000 {
        let context = Context::new(config(), entropy(seed));
        let scenario = Scenario::of(context).then(status(503)).then(status(404));
        let played = scenario.play(LoadAccessKey::new("K2"));
        tenths[(played.delays()[0].as_micros() / 10_000) as usize] += 1;
    }
    // Standard deviation is 13; six of them.
    assert!(tenths.iter().all(|count| (120..=280).contains(count)), "{tenths:?}");
}

#[test]
fn one_seed_gives_one_course_and_a_client_never_repeats_a_pause() {
    let pauses = |seed| {
        let context = Context::new(config(), entropy(seed));
        let mut pauses = Vec::new();
        for _ in 0..50 {
            let scenario = Scenario::of(context.clone()).then(status(503)).then(status(404));
            pauses.extend(scenario.play(LoadAccessKey::new("K2")).delays());
        }
        pauses
    };
    assert_eq!(pauses(3), pauses(3));
    assert_ne!(pauses(3), pauses(4));
    let mut different = pauses(3);
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 50);
}

#[test]
fn the_pauses_of_a_call_stay_under_their_edges() {
    for seed in 0..200 {
        let scenario = Scenario::of(Context::new(config(), entropy(seed)));
        let scenario = scenario.then(status(503)).then(status(503)).then(status(503));
        let delays = scenario.play(LoadAccessKey::new("K2")).delays();
        assert_eq!(delays.len(), 2);
        assert!(delays[0] <= 100 * MS && delays[1] <= 200 * MS, "{delays:?}");
    }
}

#[test]
fn odd_limits_neither_panic_nor_overflow() {
    for (backoff, max_backoff) in [
        (Duration::MAX, Duration::MAX),
        (Duration::ZERO, Duration::ZERO),
        (Duration::MAX, Duration::ZERO),
        (Duration::from_nanos(1), Duration::MAX),
    ] {
        let built = Config::builder("P2").limits(|limits| {
            limits.backoff = backoff;
            limits.max_backoff = max_backoff;
        });
        let built = built.build().unwrap();
        for attempt in [0, 1, 2, 31, 32, 33, u32::MAX] {
            for random in [0, 1, u64::MAX / 2, u64::MAX] {
                let delay = delay(built.limits(), attempt, None, random);
                assert!(delay <= max_backoff, "{delay:?}");
            }
        }
    }
}
