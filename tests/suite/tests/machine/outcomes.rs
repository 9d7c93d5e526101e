//! What may now be true: the worst over all attempts, and what is known of a change in doubt.

use std::time::Duration;

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, CreateAccessKey, ErrorKind, Expiry, FailureKind,
    LoadAccessKey, Outcome, RotateAccessKey, Target, UpdateAccessKey,
};
use descope_suite::scenario::{
    KEY, Scenario, UNIX_START, at, cut, json, lost, not_sent, refused, status, with_header,
};

const SECOND: Duration = Duration::from_secs(1);

fn create() -> CreateAccessKey {
    CreateAccessKey::new("ci", Expiry::Never)
}

#[test]
fn the_outcome_is_the_worst_of_all_attempts() {
    let update = || UpdateAccessKey::new("K2", "n");
    // A 503 and then a 403: the first attempt may have been carried out.
    let played = Scenario::new().then(status(503)).then(refused(403, "E064001")).play(update());
    let error = played.error();
    assert_eq!(error.status().unwrap().as_u16(), 403);
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Api, Outcome::Unknown));
    assert!(error.is_outcome_unknown());

    let scenario = Scenario::new().then(lost(FailureKind::Closed));
    let played = scenario.then(not_sent(FailureKind::Connect)).then(status(429)).play(update());
    assert_eq!(played.error().outcome(), Outcome::Unknown);

    let scenario = Scenario::new().then(not_sent(FailureKind::Connect)).then(status(521));
    let played = scenario.then(not_sent(FailureKind::Connect)).play(update());
    assert_eq!(played.error().outcome(), Outcome::Rejected);
    assert!(played.error().outcome_unknown().is_none());

    let scenario = Scenario::new().then(not_sent(FailureKind::Connect));
    let scenario = scenario.then(not_sent(FailureKind::Resolve));
    let played = scenario.then(not_sent(FailureKind::Tls)).play(update());
    assert_eq!(played.error().outcome(), Outcome::NotSent);
}

#[test]
fn success_after_doubt_is_success() {
    let scenario = Scenario::new().then(lost(FailureKind::Closed)).then(json(200, KEY));
    assert!(scenario.play(UpdateAccessKey::new("K2", "n")).result.is_ok());
}

#[test]
fn a_read_changes_nothing_and_is_never_an_unknown_change() {
    let played = Scenario::new().then(json(200, "<html>")).play(LoadAccessKey::new("K2"));
    assert_eq!(played.error().outcome(), Outcome::Unknown);
    assert!(!played.error().is_outcome_unknown());
}

#[test]
fn the_services_not_found_settles_a_delete_in_doubt_and_nothing_else() {
    let delete = || ActOnAccessKey::delete("K2");
    let gone = || refused(404, "E111502");
    for doubt in [status(503), lost(FailureKind::Closed), cut(json(200, "{"))] {
        let played = Scenario::new().then(doubt).then(gone()).play(delete());
        assert!(played.result.is_ok());
    }
    // The attempt in doubt may be two before, and the status is not what tells.
    let scenario = Scenario::new().then(status(503)).then(not_sent(FailureKind::Connect));
    assert!(scenario.then(refused(500, "E111502")).play(delete()).result.is_ok());

    let scenario = Scenario::new().then(status(503)).then(cut(gone()));
    let played = scenario.then(refused(403, "E064001")).play(delete());
    assert!(played.error().is_outcome_unknown());

    let played = Scenario::new().then(gone()).play(delete());
    assert!(played.error().is_not_found() && played.error().is_key_not_found());
    let scenario = Scenario::new().then(status(521)).then(not_sent(FailureKind::Connect));
    assert!(scenario.then(gone()).play(delete()).error().is_key_not_found());
    for other in [refused(403, "E064001"), refused(404, "E011001"), refused(404, "E112102")] {
        let played = Scenario::new().then(status(503)).then(other).play(delete());
        assert!(played.error().is_outcome_unknown());
    }

    // A batch of which one key was never there may have left the others alone.
    let scenario = Scenario::new().then(status(503)).then(gone());
    let played = scenario.play(ActOnAccessKeys::delete(["K2", "K3"]));
    assert!(played.error().is_not_found() && played.error().is_outcome_unknown());
    let scenario = Scenario::new().then(status(503)).then(gone());
    assert!(scenario.play(ActOnAccessKey::activate("K2")).error().is_outcome_unknown());
}

#[test]
fn a_change_in_doubt_is_described() {
    let answer = with_header(status(503), "date", "Fri, 15 Jan 2027 08:01:40 GMT");
    let answer = with_header(answer, "cf-ray", "8f1-FRA");
    let answer = with_header(answer, "x-request-id", "second choice");
    let scenario = Scenario::new().then_after(2 * SECOND, not_sent(FailureKind::Connect));
    let played = scenario.then_after(3 * SECOND, answer).play(create());
    let unknown = played.error().outcome_unknown().unwrap();
    assert_eq!(unknown.operation.name, "create access key");
    assert_eq!(unknown.target, Some(Target::Name("ci".into())));
    let sent = 2 * SECOND + played.delays()[0];
    assert_eq!(unknown.sent, at(sent), "when the attempt in doubt was sent, not the first one");
    assert_eq!(unknown.failed, at(sent + 3 * SECOND));
    assert_eq!(unknown.status.unwrap().as_u16(), 503);
    assert_eq!(unknown.request_id.as_deref(), Some("8f1-FRA"));
    assert_eq!(unknown.service_time, Some(UNIX_START as i64 + 100));
    let words = unknown.to_string();
    for part in [
        "create access key named \"ci\"",
        "Fri, 15 Jan 2027 08:00:02 GMT",
        "Fri, 15 Jan 2027 08:00:05 GMT",
        "503",
        "8f1-FRA",
        "the key may exist",
        "find_unconfirmed",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }

    let played = Scenario::new().then(lost(FailureKind::Timeout)).play(RotateAccessKey::new("K2"));
    let unknown = played.error().outcome_unknown().unwrap();
    assert_eq!(unknown.target, Some(Target::Id("K2".into())));
    assert_eq!((unknown.status, &unknown.request_id, unknown.service_time), (None, &None, None));
    assert!(unknown.to_string().contains("the old secret may be dead"), "{unknown}");
}

#[test]
fn doubt_lasts_from_the_first_attempt_that_made_it_to_the_end() {
    let options = CallOptions::new().max_attempts(4);
    let doubtful = with_header(status(502), "x-request-id", "in doubt");
    let scenario = Scenario::new().options(options).then_after(SECOND, status(521));
    let played = scenario
        .then_after(SECOND, doubtful)
        .then_after(SECOND, lost(FailureKind::Closed))
        .then_after(SECOND, with_header(status(404), "x-request-id", "not in doubt"))
        .play(UpdateAccessKey::new("K2", "n"));
    let error = played.error();
    let unknown = error.outcome_unknown().unwrap();
    assert_eq!(unknown.sent, at(played.sends[1].0));
    assert_eq!(unknown.failed, at(played.elapsed));
    assert_eq!(unknown.status.unwrap().as_u16(), 502);
    assert_eq!(unknown.request_id.as_deref(), Some("in doubt"));
    assert_eq!(error.request_id(), Some("not in doubt"));
}

#[test]
fn an_error_answers_what_came() {
    let body = r#"{"errorCode":"E011004","errorDescription":"Invalid arguments",
        "errorMessage":"no such tenant"}"#;
    let played = Scenario::new().then(json(400, body)).play(create());
    let error = played.error();
    assert_eq!(error.code(), Some("E011004"));
    assert_eq!(error.description(), Some("Invalid arguments"));
    assert_eq!(error.message(), Some("no such tenant"));
    assert_eq!(error.status().unwrap().as_u16(), 400);
    assert_eq!(error.target(), Some(&Target::Name("ci".into())));
    assert!(error.body().contains("no such tenant"));
    assert_eq!((error.outcome(), error.retry_after()), (Outcome::Rejected, None));

    for body in ["", "<html>down</html>", r#"{"errorCode":7}"#, "[1]", r#"{"errorCode":"E0"#] {
        let played = Scenario::new().then(json(400, body)).play(create());
        let error = played.error();
        assert_eq!((error.code(), error.kind()), (None, ErrorKind::Intermediary), "{body}");
        assert_eq!(error.body(), body);
    }
    let long = "é".repeat(100_000);
    let played = Scenario::new().then(json(400, &long)).play(create());
    let kept = played.error().body();
    assert!(kept.len() <= 64 << 10 && kept.len() > 60_000, "{}", kept.len());
}

#[test]
fn predicates_tell_errors_apart() {
    let load = |reply| {
        let once = CallOptions::new().max_attempts(1);
        let played = Scenario::new().options(once).then(reply).play(LoadAccessKey::new("K2"));
        played.result.unwrap_err()
    };
    assert!(load(refused(404, "E111502")).is_not_found());
    for status in [401, 403] {
        assert!(load(refused(status, "E062803")).is_unauthorized());
    }
    for code in [401, 403, 404, 410] {
        let error = load(status(code));
        assert!(!error.is_not_found() && !error.is_unauthorized() && !error.is_from_service());
        assert_eq!(error.kind(), ErrorKind::Intermediary);
    }
    assert!(load(status(429)).is_rate_limited());
    assert!(load(not_sent(FailureKind::ConnectTimeout)).is_timeout());
    assert!(load(not_sent(FailureKind::Resolve)).is_unreachable());
    assert!(load(lost(FailureKind::Closed)).is_unreachable());
    assert!(!load(status(500)).is_unreachable() && !load(status(500)).is_not_found());
    // A status whose answer was cut is told, and nothing is concluded from it.
    let cut_off = load(cut(status(404)));
    assert_eq!(cut_off.status().unwrap().as_u16(), 404);
    assert!(cut_off.is_unreachable() && !cut_off.is_not_found());
    assert!(!load(cut(status(401))).is_unauthorized());
}

#[test]
fn the_original_error_is_kept_as_the_source() {
    let failure = descope_core::Failure::new(FailureKind::Closed);
    let failure = failure.with_source(std::io::Error::other("reset by peer"));
    let once = CallOptions::new().max_attempts(1);
    let played = Scenario::new().options(once).then(Err(failure)).play(LoadAccessKey::new("K2"));
    let source = std::error::Error::source(played.error()).unwrap();
    assert_eq!(source.to_string(), "reset by peer");
    assert!(source.downcast_ref::<std::io::Error>().is_some());
}
