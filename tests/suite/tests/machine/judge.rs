//! Every cell of the table: each status and each failure for each class of operation.

use descope_core::retry::{Ending, Word, judge};
use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Class, CreateAccessKey, Endpoint, ErrorKind,
    ExchangeAccessKey, Expiry, FailureKind, FetchLicense, FetchSigningKeys, LoadAccessKey, Outcome,
    RotateAccessKey, SearchAccessKeys, UpdateAccessKey,
};
use descope_suite::scenario::{Scenario, lost, not_sent, refused, status};

use crate::rules::{CLASSES, FAILURES, again, endings, kind, outcome};

#[test]
fn every_ending_is_judged_as_documented() {
    let mut cells = 0;
    for class in CLASSES {
        for ending in endings() {
            let verdict = judge(class, ending);
            assert_eq!(verdict.outcome, outcome(class, ending), "{class:?} {ending:?}");
            assert_eq!(verdict.again, again(class, ending), "{class:?} {ending:?}");
            assert_eq!(verdict.kind, kind(ending), "{class:?} {ending:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, 3 * (4 * 1_002 + 26));
}

/// A few cells as literals, against a mistake that both tables share.
#[test]
fn the_cells_that_matter_most() {
    let unproven = |status| Ending::Status { status, word: Word::Unproven };
    let one_shot = |status| judge(Class::OneShot, unproven(status));
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
    assert!(judge(Class::Read, unproven(503)).again);
    assert!(judge(Class::Convergent, unproven(503)).again);
    assert!(!judge(Class::Convergent, unproven(501)).again);
    assert_eq!(judge(Class::Read, unproven(302)).kind, ErrorKind::RedirectRefused);
    // Whose word a 404 is decides what it is, and what may have become of a create.
    for (word, kind, outcome) in [
        (Word::Unproven, ErrorKind::Intermediary, Outcome::Unknown),
        (Word::Service, ErrorKind::Api, Outcome::Rejected),
        (Word::KeyNotFound, ErrorKind::Api, Outcome::Rejected),
        (Word::TooManyRequests, ErrorKind::RateLimited, Outcome::Rejected),
    ] {
        let verdict = judge(Class::OneShot, Ending::Status { status: 404, word });
        assert_eq!((verdict.kind, verdict.outcome), (kind, outcome), "{word:?}");
        assert_eq!(verdict.again, word == Word::TooManyRequests, "{word:?}");
        let verdict = judge(Class::Convergent, Ending::Status { status: 404, word });
        assert_eq!((verdict.kind, verdict.outcome), (kind, Outcome::Rejected), "{word:?}");
    }
    for class in CLASSES {
        let proxy = judge(class, unproven(407));
        assert_eq!((proxy.kind, proxy.outcome), (ErrorKind::Intermediary, Outcome::Rejected));
        assert!(!proxy.again, "accounts get locked by it");
        let gone = judge(class, Ending::Status { status: 500, word: Word::KeyNotFound });
        assert_eq!((gone.outcome, gone.again), (Outcome::Rejected, false));
    }
}

/// A code that says it.
fn code_of(word: Word) -> &'static str {
    match word {
        Word::KeyNotFound => "E111502",
        Word::TooManyRequests => "E130429",
        _ => "E011003",
    }
}

#[test]
fn the_service_is_known_by_its_codes() {
    for (code, word) in [
        ("E111502", Word::KeyNotFound),
        ("E130429", Word::TooManyRequests),
        ("E011003", Word::Service),
        ("E1234567", Word::Service),
        ("E11150", Word::Unproven),
        ("e111502", Word::Unproven),
        ("E11150x", Word::Unproven),
        (" E111502", Word::Unproven),
        ("E١١١٥٠٢", Word::Unproven),
        ("NOT_FOUND", Word::Unproven),
        ("", Word::Unproven),
    ] {
        let once = CallOptions::new().max_attempts(1);
        let played = Scenario::new().options(once).then(refused(400, code));
        let played = played.play(LoadAccessKey::new("K2"));
        let error = played.error();
        let verdict = judge(Class::Read, Ending::Status { status: 400, word });
        assert_eq!(error.kind(), verdict.kind, "{code}");
        assert_eq!(error.is_from_service(), word != Word::Unproven, "{code}");
        assert_eq!(error.is_key_not_found(), word == Word::KeyNotFound, "{code}");
        assert_eq!(error.code(), (word != Word::Unproven).then_some(code));
    }
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
                Ending::Status { status: 429 | 0..=99 | 1_000.., .. } => None,
                Ending::Status { word: Word::TooManyRequests, .. } => None,
                Ending::Status { status: code, word: Word::Unproven } => Some(status(code)),
                Ending::Status { status, word } => Some(refused(status, code_of(word))),
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
            assert_eq!(error.outcome(), outcome(class, ending), "{class:?} {ending:?}");
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
