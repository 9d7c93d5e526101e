//! Every cell of the table: each status and each failure for each class of operation.

use descope_core::retry::{Ending, judge};
use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, Class, CreateAccessKey, Endpoint, ErrorKind,
    ExchangeAccessKey, Expiry, FailureKind, FetchLicense, FetchSigningKeys, LoadAccessKey, Outcome,
    RotateAccessKey, SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::scenario::{Scenario, lost, not_sent, status};

use crate::rules::{CLASSES, FAILURES, again, endings, kind, outcome};

#[test]
fn every_ending_is_judged_as_documented() {
    let mut cells = 0;
    for class in CLASSES {
        for ending in endings() {
            let verdict = judge(class, ending);
            assert_eq!(verdict.outcome, outcome(ending), "{class:?} {ending:?}");
            assert_eq!(verdict.again, again(class, ending), "{class:?} {ending:?}");
            assert_eq!(verdict.kind, kind(ending), "{class:?} {ending:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, 3 * (1_002 + 26));
}

/// A few cells as literals, against a mistake that both tables share.
#[test]
fn the_cells_that_matter_most() {
    let one_shot = |status| judge(Class::OneShot, Ending::Status(status));
    for again in [425, 429, 521, 530] {
        assert!(one_shot(again).again, "{again}");
        assert_eq!(one_shot(again).outcome, Outcome::Rejected, "{again}");
    }
    for never in [200, 304, 400, 401, 403, 404, 408, 409, 500, 502, 503, 504, 520, 522, 523, 524] {
        assert!(!one_shot(never).again, "{never}");
    }
    let lost = |kind| judge(Class::OneShot, Ending::Failure { kind, sent: true });
    for kind in FAILURES {
        assert!(!lost(kind).again, "{kind:?}");
        assert_eq!(lost(kind).outcome, Outcome::Unknown, "{kind:?}");
    }
    for class in CLASSES {
        let refused = Ending::Failure { kind: FailureKind::Connect, sent: false };
        assert!(judge(class, refused).again);
        let expired = Ending::Failure { kind: FailureKind::Certificate, sent: false };
        assert!(!judge(class, expired).again);
    }
    assert!(judge(Class::Read, Ending::Status(503)).again);
    assert!(judge(Class::Convergent, Ending::Status(503)).again);
    assert!(!judge(Class::Convergent, Ending::Status(501)).again);
    assert_eq!(judge(Class::Read, Ending::Status(302)).kind, ErrorKind::RedirectRefused);
}

#[test]
fn every_operation_has_its_class() {
    let class = |endpoint: &dyn Endpoint<Output = ()>| endpoint.operation().class;
    assert_eq!(CreateAccessKey::new("n", Expiry::Never).operation().class, Class::OneShot);
    assert_eq!(RotateAccessKey::new("K2").operation().class, Class::OneShot);
    assert_eq!(LoadAccessKey::new("K2").operation().class, Class::Read);
    assert_eq!(SearchAccessKeys::new().operation().class, Class::Read);
    assert_eq!(ExchangeAccessKey::new("CT").operation().class, Class::Read);
    assert_eq!(FetchSigningKeys::new().operation().class, Class::Read);
    assert_eq!(FetchLicense::new().operation().class, Class::Read);
    assert_eq!(UpdateAccessKey::new("K2", "n").operation().class, Class::Convergent);
    assert_eq!(class(&ActOnAccessKey::activate("K2")), Class::Convergent);
    assert_eq!(class(&ActOnAccessKey::deactivate("K2")), Class::Convergent);
    assert_eq!(class(&ActOnAccessKey::delete("K2")), Class::Convergent);
    assert_eq!(class(&ActOnAccessKeys::activate(["K2"])), Class::Convergent);
    assert_eq!(class(&ActOnAccessKeys::deactivate(["K2"])), Class::Convergent);
    assert_eq!(class(&ActOnAccessKeys::delete(["K2"])), Class::Convergent);
}

/// The machine does with an ending what the table says: for every status and failure, one operation
/// of each class, with one attempt and with two.
#[test]
fn the_machine_obeys_the_table() {
    fn check<E: Endpoint + Clone>(endpoint: E) {
        let class = endpoint.operation().class;
        for ending in endings() {
            let reply = || match ending {
                // 429 has side effects of its own; HTTP has three digits.
                Ending::Status(429 | 0..=99 | 1_000..) => None,
                Ending::Status(code) => Some(status(code)),
                Ending::Failure { kind, sent: true } => Some(lost(kind)),
                Ending::Failure { kind, .. } => Some(not_sent(kind)),
                other => unreachable!("{other:?}"),
            };
            let (Some(first), Some(second), Some(third)) = (reply(), reply(), reply()) else {
                continue;
            };
            let mut scenario = Scenario::new().then(first);
            let sends = if again(class, ending) { 3 } else { 1 };
            if sends > 1 {
                scenario = scenario.then(second).then(third);
            }
            let played = scenario.play(endpoint.clone());
            let error = played.error();
            assert_eq!(played.sends.len(), sends, "{class:?} {ending:?}");
            assert_eq!(error.attempts() as usize, sends, "{class:?} {ending:?}");
            assert_eq!(error.outcome(), outcome(ending), "{class:?} {ending:?}");
            assert_eq!(error.kind(), kind(ending), "{class:?} {ending:?}");
            let doubtful = class != Class::Read && error.outcome() == Outcome::Unknown;
            assert_eq!(error.outcome_unknown().is_some(), doubtful, "{class:?} {ending:?}");
        }
    }
    check(LoadAccessKey::new("K2"));
    check(UpdateAccessKey::new("K2", "n"));
    check(CreateAccessKey::new("n", Expiry::Never));
    check(RotateAccessKey::new("K2"));
}
