//! Where somebody else answered, the state itself settles what became of a call.

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Endpoint, ErrorKind, Outcome, UpdateAccessKey,
};
use descope_suite::scenario::{Played, Scenario, json, lost, refused, status};
use std::time::Duration;

const LOAD: &str = "load access key";
/// A gateway for single sign-on.
const LOG_IN: &str = r#"{"status":"ok","message":"please log in"}"#;

fn key(id: &str, status: &str) -> String {
    format!(r#"{{"key":{{"id":"{id}","status":"{status}"}}}}"#)
}

fn after<E: Endpoint>(
    first: descope_core::Reply,
    look: descope_core::Reply,
    endpoint: E,
) -> Played<E::Output> {
    Scenario::new().then(first).then(look).play(endpoint)
}

#[test]
fn the_state_that_was_asked_for_is_success_and_any_other_is_none() {
    let gone = || refused(404, "E111502");
    let active = || json(200, &key("K2", "active"));
    let inactive = || json(200, &key("K2", "inactive"));
    let other = || json(200, &key("K3", "inactive"));
    type Made = fn() -> ActOnAccessKey;
    let rows: [(Made, [bool; 4]); 3] = [
        (|| ActOnAccessKey::activate("K2"), [true, false, false, false]),
        (|| ActOnAccessKey::deactivate("K2"), [false, true, false, false]),
        (|| ActOnAccessKey::delete("K2"), [false, false, true, false]),
    ];
    for (endpoint, shown) in rows {
        for page in [|| json(200, LOG_IN), || status(404), || json(403, "error code: 1010")] {
            for (look, is_done) in [active(), inactive(), gone(), other()].into_iter().zip(shown) {
                let played = after(page(), look, endpoint());
                assert_eq!(played.result.is_ok(), is_done, "{:?}", played.result);
                assert_eq!(played.operations()[1..], [LOAD]);
                let Err(error) = played.result else { continue };
                // The call's own answer is what is told, and nothing is concluded from the look.
                assert!([ErrorKind::Intermediary, ErrorKind::Decode].contains(&error.kind()));
                assert!(!error.is_not_found() && error.attempts() == 1, "{error}");
            }
        }
    }
}

#[test]
fn a_look_that_shows_nothing_leaves_the_call_as_it_was() {
    for look in [
        status(404),
        refused(404, "E011001"),
        refused(403, "E064001"),
        status(503),
        lost(descope_core::FailureKind::Closed),
        json(200, LOG_IN),
        json(200, r#"{"key":{"id":"K2"}}"#),
    ] {
        let played = after(status(404), look, ActOnAccessKey::delete("K2"));
        assert_eq!(played.error().kind(), ErrorKind::Intermediary);
        assert_eq!(played.error().outcome(), Outcome::Rejected);
        assert_eq!(played.sends.len(), 2, "one look");
    }
}

#[test]
fn after_doubt_a_page_is_no_deletion() {
    let scenario = Scenario::new().then(status(503)).then(status(404));
    let played = scenario.then(json(200, &key("K2", "active"))).play(ActOnAccessKey::delete("K2"));
    assert!(played.error().is_outcome_unknown());
    let scenario = Scenario::new().then(status(503)).then(status(404));
    let played = scenario.then(refused(400, "E111502")).play(ActOnAccessKey::delete("K2"));
    assert!(played.result.is_ok());
}

#[test]
fn each_key_of_a_batch_is_looked_at_up_to_a_bound() {
    let many = |count: usize| (0..count).map(|at| format!("K{at}")).collect::<Vec<_>>();
    let scenario = |active: Option<usize>| {
        (0..16).fold(Scenario::new().then(json(200, LOG_IN)), |scenario, at| {
            let state = if active == Some(at) { "active" } else { "inactive" };
            match active.is_some_and(|active| active < at) {
                true => scenario,
                false => scenario.then(json(200, &key(&format!("K{at}"), state))),
            }
        })
    };
    let played = scenario(None).play(ActOnAccessKeys::deactivate(many(16)));
    assert!(played.result.is_ok());
    // The first that is not as asked ends it.
    let played = scenario(Some(3)).play(ActOnAccessKeys::deactivate(many(16)));
    assert_eq!((played.error().kind(), played.sends.len()), (ErrorKind::Decode, 5));
    let played = Scenario::new().then(json(200, LOG_IN)).play(ActOnAccessKeys::delete(many(17)));
    assert_eq!((played.error().kind(), played.sends.len()), (ErrorKind::Decode, 1));
}

#[test]
fn a_look_is_taken_within_the_deadline_and_is_no_attempt() {
    let options = CallOptions::new().deadline(Duration::from_secs(2)).max_attempts(1);
    let scenario = Scenario::new().options(options.clone());
    let scenario = scenario.then_after(Duration::from_millis(1_500), status(404));
    let played = scenario.then(refused(404, "E111502")).play(ActOnAccessKey::delete("K2"));
    assert!(played.result.is_ok());
    let (_, look) = &played.sends[1];
    assert_eq!((look.timeout, look.attempt), (Duration::from_millis(500), 1));
    assert_eq!(look.operation.name, LOAD);
    let scenario = Scenario::new().options(options);
    let scenario = scenario.then_after(Duration::from_secs(2), status(404));
    let played = scenario.play(ActOnAccessKey::delete("K2"));
    assert_eq!(played.error().kind(), ErrorKind::Intermediary);
}

#[test]
fn what_was_refused_by_the_service_or_may_pass_is_not_looked_into() {
    for reply in [refused(404, "E111502"), refused(403, "E064001"), status(302), status(501)] {
        assert_eq!(Scenario::new().then(reply).play(ActOnAccessKey::delete("K2")).sends.len(), 1);
    }
    // What an update leaves behind cannot be told from a state.
    let played = Scenario::new().then(status(404)).play(UpdateAccessKey::new("K2", "n"));
    assert_eq!(played.sends.len(), 1);
}
