//! Negative caching, row by row. (Beside its file, which a model checker compiles too.)

use core::time::Duration;

use super::negative_cache::{NegativeCache, is_remembered, pause};
use crate::base::{Class, Now, Operation, Outcome};
use crate::config::Limits;
use crate::error::{Error, ErrorKind};

const SECOND: Duration = Duration::from_secs(1);

fn at(millis: u64) -> Now {
    let elapsed = Duration::from_millis(millis);
    Now::new(elapsed, Duration::from_secs(1_800_000_000) + elapsed)
}

fn failure(attempts: u32) -> Error {
    let operation = Operation::new("fetch", Class::Read);
    Error::new(ErrorKind::Timeout, "failed").with_call(operation, Outcome::Unknown, attempts)
}

#[test]
fn pauses_double_and_half_of_them_is_jitter() {
    let limits = Limits::default();
    for (failures, edge) in [
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 8),
        (5, 16),
        (6, 30),
        (7, 30),
        (32, 30),
        (33, 30),
        (u32::MAX, 30),
    ] {
        let pause = |random| pause(&limits, failures, Duration::ZERO, false, random);
        assert_eq!(pause(0), edge * SECOND / 2, "after {failures}");
        assert_eq!(pause(1 << 63), edge * SECOND * 3 / 4, "after {failures}");
        assert!(pause(u64::MAX) <= edge * SECOND);
    }
}

#[test]
fn no_pause_ends_before_what_was_asked_for_nor_soon_after_a_refusal() {
    let limits = Limits::default();
    for (failures, asked, refused, least, most) in [
        (1, 3, false, 3.0, 3.3),
        (1, 300, false, 300.0, 330.0),
        (1, 0, true, 10.0, 11.0),
        (4, 0, true, 10.0, 11.0),
        (1, 12, true, 12.0, 13.2),
        // The backoff is longer by itself.
        (6, 3, false, 15.0, 30.0),
        (6, 0, true, 15.0, 30.0),
    ] {
        let asked = asked * SECOND;
        let pause = |random| pause(&limits, failures, asked, refused, random).as_secs_f64();
        assert_eq!(pause(0), least);
        assert!((most - pause(u64::MAX)).abs() < 1e-6, "{}", pause(u64::MAX));
    }
    // In between the jitter over what was asked for takes the backoff's place.
    assert!(pause(&limits, 5, 9 * SECOND, false, 0) >= 9 * SECOND);
}

#[test]
fn what_a_patient_caller_would_have_met_is_remembered_and_nothing_else() {
    for (attempts, gave_up, patient, remembered) in [
        (3, true, true, true),
        (1, false, true, true),
        // A refusal would have come back for anyone.
        (1, false, false, true),
        // One's own short deadline, or few attempts.
        (1, true, false, false),
        (3, true, false, false),
        // Nothing was sent: a cooldown, an argument, no time at all.
        (0, true, true, false),
        (0, false, true, false),
        (0, true, false, false),
    ] {
        assert_eq!(is_remembered(attempts, gave_up, patient), remembered, "{attempts}");
        let error = if gave_up { failure(attempts).gave_up() } else { failure(attempts) };
        let mut cache = NegativeCache::default();
        let began = cache.failed(&error, patient, &Limits::default(), 0, at(0));
        assert_eq!((began, cache.is_failing()), (remembered, remembered));
        assert_eq!(cache.answer(at(0)).is_some(), remembered);
        // What is at hand is not refreshed at once in any case.
        let rests_for = |now| cache.rests_for(10 * SECOND, at(now));
        assert_eq!(rests_for(9_000), SECOND);
        assert_eq!((rests_for(10_000), rests_for(60_000)), (Duration::ZERO, Duration::ZERO));
    }
}

#[test]
fn callers_are_answered_until_the_pause_has_passed() {
    let mut cache = NegativeCache::default();
    let limits = Limits::default();
    assert!(cache.answer(at(0)).is_none() && !cache.clear());
    assert!(cache.failed(&failure(3), true, &limits, 0, at(0)));
    let answer = cache.answer(at(499)).expect("it lasts 500 ms");
    assert!(answer.is_remembered());
    assert_eq!((answer.attempts(), answer.outcome()), (0, Outcome::NotSent));
    assert_eq!(answer.retry_after(), Some(Duration::from_millis(1)));
    assert!(cache.answer(at(500)).is_none() && cache.is_failing());
    assert!(!cache.failed(&failure(2), true, &limits, 0, at(500)), "it goes on");
    assert!(cache.is_pausing(at(1_499)) && !cache.is_pausing(at(1_500)));
    assert!(cache.clear() && cache.answer(at(500)).is_none());
    assert!(cache.failed(&failure(3), true, &limits, 0, at(500)), "from the beginning");
    assert!(!cache.is_pausing(at(1_000)));
}

#[test]
fn a_pause_passes_by_the_clock_that_moved_further() {
    let mut cache = NegativeCache::default();
    cache.failed(&failure(3), true, &Limits::default(), 0, at(0));
    let slept = Now::new(Duration::ZERO, at(500).unix());
    let set_back = Now::new(at(500).monotonic(), Duration::ZERO);
    assert!(cache.answer(slept).is_none() && cache.answer(set_back).is_none());
}
