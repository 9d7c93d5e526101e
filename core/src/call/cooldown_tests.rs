//! Cooldowns, row by row. (Beside their file, which a model checker compiles too.)

use core::time::Duration;

use super::cooldown::{Cooldowns, Entry, asked};
use super::flight::Lease;
use crate::base::{Now, RequestKind};
use crate::config::Limits;

const SECOND: Duration = Duration::from_secs(1);
const KIND: RequestKind = RequestKind::Management;

fn at(seconds: u32) -> Now {
    Now::new(seconds * SECOND, Duration::from_secs(1_800_000_000) + seconds * SECOND)
}

fn probe(cooldowns: &Cooldowns, now: Now) -> Option<Lease<()>> {
    match cooldowns.enter(KIND, now) {
        Entry::Open(probe) => probe,
        Entry::Cooling { .. } | Entry::Probed { .. } => panic!("it is held back"),
    }
}

fn left(cooldowns: &Cooldowns, now: Now) -> Option<Duration> {
    match cooldowns.enter(KIND, now) {
        Entry::Cooling { left, .. } => Some(left),
        Entry::Open(_) | Entry::Probed { .. } => None,
    }
}

#[test]
fn what_is_asked_for_is_heeded_within_bounds() {
    let limits = Limits::default();
    for (rate_limited, status, retry_after, by_service, heeded) in [
        (true, 429, Some(30), true, Some(30)),
        (true, 429, Some(30), false, Some(30)),
        (true, 429, Some(31), false, Some(30)),
        (true, 429, Some(300), true, Some(300)),
        (true, 429, Some(301), true, Some(300)),
        (true, 429, Some(999_999_999), true, Some(300)),
        (true, 429, Some(u64::MAX), false, Some(30)),
        // The service's own code says "too many", whatever the status.
        (true, 400, Some(7), true, Some(7)),
        (false, 503, Some(7), true, Some(7)),
        (false, 503, Some(70), false, Some(30)),
        // Without the header the call's own backoff is all.
        (true, 429, None, true, None),
        (false, 503, None, false, None),
        (true, 429, Some(0), true, None),
        // Other statuses hold no other call back.
        (false, 408, Some(7), true, None),
        (false, 500, Some(7), true, None),
        (false, 502, Some(7), false, None),
        (false, 403, Some(7), true, None),
    ] {
        let retry_after = retry_after.map(Duration::from_secs);
        let asked = asked(&limits, rate_limited, status, retry_after, by_service);
        assert_eq!(asked, heeded.map(Duration::from_secs), "{status} {retry_after:?}");
    }
}

#[test]
fn while_it_lasts_nobody_enters_and_then_one_probes() {
    let cooldowns = Cooldowns::default();
    assert!(probe(&cooldowns, at(0)).is_none(), "nothing is to be probed");
    assert!(cooldowns.learn(KIND, Some(30 * SECOND), None, at(0)));
    assert_eq!(left(&cooldowns, at(0)), Some(30 * SECOND));
    assert_eq!(left(&cooldowns, at(29)), Some(SECOND));

    let first = probe(&cooldowns, at(30)).expect("a probe");
    let Entry::Probed { probe: follower, lasted } = cooldowns.enter(KIND, at(31)) else {
        panic!("one probes")
    };
    assert_eq!((lasted, follower.result()), (30 * SECOND, None));
    assert!(cooldowns.learn(KIND, None, Some(first), at(31)), "it has ended");
    assert_eq!(follower.result(), Some(None));
    assert!(probe(&cooldowns, at(31)).is_none());
}

#[test]
fn a_probe_that_is_refused_begins_anew_and_one_that_is_dropped_leaves_it_to_another() {
    let cooldowns = Cooldowns::default();
    cooldowns.learn(KIND, Some(10 * SECOND), None, at(0));
    let first = probe(&cooldowns, at(10));
    assert!(!cooldowns.learn(KIND, Some(5 * SECOND), first, at(11)), "it lasts on");
    assert_eq!(left(&cooldowns, at(11)), Some(5 * SECOND));
    drop(probe(&cooldowns, at(16)).expect("a probe"));
    assert!(probe(&cooldowns, at(16)).is_some());
}

#[test]
fn of_several_that_which_ends_last_counts() {
    let cooldowns = Cooldowns::default();
    cooldowns.learn(KIND, Some(10 * SECOND), None, at(0));
    assert!(!cooldowns.learn(KIND, Some(2 * SECOND), None, at(1)));
    assert_eq!(left(&cooldowns, at(1)), Some(9 * SECOND));
    cooldowns.learn(KIND, Some(20 * SECOND), None, at(2));
    assert_eq!(left(&cooldowns, at(2)), Some(20 * SECOND));
}

#[test]
fn what_was_sent_before_it_does_not_end_it() {
    let cooldowns = Cooldowns::default();
    cooldowns.learn(KIND, Some(10 * SECOND), None, at(0));
    assert!(!cooldowns.learn(KIND, None, None, at(1)));
    assert_eq!(left(&cooldowns, at(1)), Some(9 * SECOND));
}

#[test]
fn kinds_have_their_own() {
    let cooldowns = Cooldowns::default();
    let kinds = [RequestKind::Management, RequestKind::Exchange, RequestKind::SigningKeys];
    for kind in kinds {
        assert!(matches!(cooldowns.enter(kind, at(0)), Entry::Open(None)));
        cooldowns.learn(kind, Some(SECOND), None, at(0));
        assert!(matches!(cooldowns.enter(kind, at(0)), Entry::Cooling { .. }));
    }
}

#[test]
fn it_passes_by_the_clock_that_moved_further() {
    let cooldowns = Cooldowns::default();
    cooldowns.learn(KIND, Some(30 * SECOND), None, at(0));
    let slept = Now::new(SECOND, at(30).unix());
    let set_back = Now::new(30 * SECOND, Duration::ZERO);
    for now in [slept, set_back] {
        drop(probe(&cooldowns, now).expect("it has passed"));
    }
}
