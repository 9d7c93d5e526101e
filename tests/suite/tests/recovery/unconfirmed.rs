//! Finding the key that a create may have left behind.

use std::time::Duration;

use descope_core::{
    AccessKey, ActOnAccessKey, CallOptions, Context, CreateAccessKey, Endpoint, Error, Expiry,
    FailureKind, FindUnconfirmed, LoadAccessKey, Reply, RotateAccessKey, Target,
};
use descope_emulator::{Fault, Key, Operation};
use descope_suite::scenario::{
    Scenario, UNIX_START, at, config, cut, first, json, lost, refused, status, with_header,
};
use descope_suite::world::World;

const SECOND: Duration = Duration::from_secs(1);
const START: i64 = UNIX_START as i64;

/// A create of "ci" that is sent at the start and fails after 20 s.
fn lost_create(reply: Reply) -> Error {
    let create = CreateAccessKey::new("ci", Expiry::Never);
    let played = Scenario::new().then_after(20 * SECOND, reply).play(create);
    played.result.unwrap_err()
}

fn dated(reply: Reply, seconds: i64) -> Reply {
    let date = std::time::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
    with_header(reply, "date", &httpdate::fmt_http_date(date))
}

/// Keys named "ci", one created at each of these times.
fn keys_of(times: &[i64]) -> Reply {
    let keys: Vec<_> = times
        .iter()
        .map(|time| serde_json::json!({"id": time.to_string(), "name": "ci", "createdTime": time}))
        .collect();
    json(200, &serde_json::json!({ "keys": keys }).to_string())
}

/// The times of those that are found.
fn found(error: &Error, answer: Reply) -> Vec<i64> {
    let find = FindUnconfirmed::after(error).unwrap();
    // A minute later.
    let played = Scenario::new().then_after(40 * SECOND, answer).play(find);
    played.result.unwrap().iter().map(AccessKey::created_time).collect()
}

/// The seconds from the first to the last one at which a key counts.
fn window(error: &Error, near: i64, dated_answer: Option<i64>) -> (i64, i64) {
    let times: Vec<_> = (near - 1_000..near + 1_000).collect();
    let answer = keys_of(&times);
    let times = found(
        error,
        match dated_answer {
            Some(seconds) => dated(answer, seconds),
            None => answer,
        },
    );
    let (earliest, latest) = (times[0], *times.last().unwrap());
    assert_eq!(times, (earliest..=latest).collect::<Vec<_>>());
    (earliest, latest)
}

#[test]
fn the_window_is_from_5_s_before_sending_to_120_s_after_the_failure() {
    let error = lost_create(lost(FailureKind::Closed));
    assert_eq!(window(&error, START, None), (START - 5, START + 20 + 120));
}

#[test]
fn a_search_that_fails_names_what_it_looked_for() {
    let error = lost_create(lost(FailureKind::Closed));
    let find = FindUnconfirmed::after(&error).unwrap();
    let played = Scenario::new().then(lost(FailureKind::Certificate)).play(find);
    assert_eq!(played.error().target(), Some(&Target::Name("ci".into())));
}

#[test]
fn the_failed_answers_clock_counts_where_it_told_one() {
    // The service is an hour ahead of the caller.
    let error = lost_create(dated(status(503), START + 3_620));
    assert_eq!(window(&error, START + 3_600, None), (START + 3_595, START + 3_740));
    // What the search says then is of no matter.
    assert_eq!(window(&error, START + 3_600, Some(START)), (START + 3_595, START + 3_740));
    let error = lost_create(cut(dated(json(200, "{"), START - 3_580)));
    assert_eq!(window(&error, START - 3_600, None), (START - 3_605, START - 3_460));
}

#[test]
fn else_the_searchs_clock_counts() {
    let error = lost_create(lost(FailureKind::Timeout));
    // The search is answered when the caller's clock has moved on by 40 s.
    let window = window(&error, START - 7_200, Some(START + 40 - 7_200));
    assert_eq!(window, (START - 7_205, START - 7_200 + 140));
}

#[test]
fn an_earlier_attempt_that_was_refused_does_not_widen_it() {
    let refused = with_header(status(429), "retry-after", "8");
    let context = Context::new(config(), [1; 32]);
    context.set_license_tier("tier1").unwrap();
    let scenario = Scenario::of(context).then_after(2 * SECOND, refused);
    let played = scenario
        .then_after(5 * SECOND, lost(FailureKind::Closed))
        .play(CreateAccessKey::new("ci", Expiry::Never));
    assert_eq!(window(played.error(), START, None), (START + 10 - 5, START + 15 + 120));
}

#[test]
fn only_keys_of_exactly_that_name_count() {
    let error = lost_create(lost(FailureKind::Closed));
    let keys: Vec<_> = ["ci", "CI", "ci ", "ci-deployer", "", "a ci"]
        .map(|name| serde_json::json!({"id": name, "name": name, "createdTime": START}))
        .into();
    let body = serde_json::json!({ "keys": keys }).to_string();
    let find = FindUnconfirmed::after(&error).unwrap();
    let ids: Vec<_> =
        find.parse(body.as_bytes()).unwrap().into_iter().map(|key| key.id().to_string()).collect();
    assert_eq!(ids, ["ci"]);
    assert!(find.parse(br#"{"keys":[{"id":"K2","name":"ci"}]}"#).unwrap().is_empty(), "no time");
    assert!(find.parse(b"<html>").is_err());
}

#[test]
fn odd_clocks_overflow_nothing() {
    for seconds in [0, 1, 253_402_300_799] {
        let error = lost_create(dated(status(503), seconds));
        let _ = found(&error, keys_of(&[i64::MIN, -1, 0, 1, i64::MAX]));
    }
}

#[test]
fn it_searches_among_all_keys() {
    let error = lost_create(lost(FailureKind::Closed));
    let find = FindUnconfirmed::after(&error).unwrap();
    let outgoing = first(&Context::new(config(), [1; 32]), find, CallOptions::new()).unwrap();
    assert_eq!(outgoing.request.uri().path(), "/v1/mgmt/accesskey/search");
    assert_eq!(descope_suite::json::body(&outgoing.request), serde_json::json!({}));
    assert_eq!(outgoing.timeout, 60 * SECOND);
    assert_eq!(outgoing.max_body, 64 << 20);
}

#[test]
fn a_marker_makes_the_match_exact() {
    let context = Context::new(config(), [1; 32]);
    let marker = context.marker([2; 32]);
    assert!(marker.len() > 32, "{marker}");
    // Neither source need be good, as long as the other is; nor is one text given twice.
    let other = Context::new(config(), [3; 32]);
    let all = [&context, &other].map(|context| [1, 1, 2].map(|byte| context.marker([byte; 32])));
    let all: std::collections::HashSet<_> = all.iter().flatten().collect();
    assert!(all.len() == 6 && !all.contains(&marker), "{all:?}");
    let description = |create: CreateAccessKey| {
        let outgoing = first(&context, create, CallOptions::new()).unwrap();
        descope_suite::json::body(&outgoing.request)["description"].clone()
    };
    let create = || CreateAccessKey::new("ci", Expiry::Never);
    assert_eq!(description(create().marker(&marker)), marker);
    assert_eq!(description(create().description("").marker(&marker)), marker);
    assert_eq!(description(create().marker("m-1").description("deploys")), "deploys m-1");
    let error = first(&context, create().marker(" "), CallOptions::new()).unwrap_err();
    assert_eq!(error.field(), Some("marker"));

    let played = Scenario::new().then(lost(FailureKind::Closed)).play(create().marker("m-1"));
    let find = FindUnconfirmed::after(played.error()).unwrap();
    let keys: Vec<_> = ["m-1", "deploys m-1", "xm-1", "m-1 x", "m-10", ""]
        .map(|text| {
            // Whatever the clocks say.
            let id = format!("K2 {text}");
            serde_json::json!({"id": id, "name": "ci", "description": text, "createdTime": 7})
        })
        .into();
    let body = serde_json::json!({"keys": keys}).to_string();
    let ids: Vec<_> =
        find.parse(body.as_bytes()).unwrap().into_iter().map(|key| key.id().to_string()).collect();
    assert_eq!(ids, ["K2 m-1", "K2 deploys m-1"]);
    let other = r#"{"keys":[{"id":"K2","name":"other","description":"m-1"}]}"#;
    assert!(find.parse(other.as_bytes()).unwrap().is_empty());
}

#[test]
fn a_program_that_did_not_make_the_create_names_it() {
    let answer = |dated_at: Option<i64>| {
        let answer = keys_of(&[-6, -5, 0, 140, 141].map(|seconds| START + seconds));
        dated_at.into_iter().fold(answer, dated)
    };
    let found = |find: FindUnconfirmed, answer| {
        let played = Scenario::new().then(answer).play(find);
        played.result.unwrap().iter().map(|key| key.created_time() - START).collect::<Vec<_>>()
    };
    let find = || FindUnconfirmed::named("ci", START, START + 20);
    assert_eq!(found(find(), answer(None)), [-5, 0, 140]);
    // By the search's clock, which is a second ahead of this machine's.
    assert_eq!(found(find(), answer(Some(START + 1))), [0, 140, 141]);
    assert!(found(FindUnconfirmed::named("other", START, START), answer(None)).is_empty());
    assert!(found(find().marker("m-1"), answer(None)).is_empty());
    let marked = r#"{"keys":[{"id":"K2","name":"ci","description":"m-1","createdTime":0}]}"#;
    assert_eq!(found(find().marker("m-1"), json(200, marked)), [-START]);
    let error = first(&Context::new(config(), [1; 32]), find().marker(" "), CallOptions::new())
        .unwrap_err();
    assert_eq!(error.field(), Some("marker"));
    // Times that cannot be meant find nothing.
    assert!(found(FindUnconfirmed::named("ci", i64::MAX, i64::MIN), answer(None)).is_empty());
}

#[test]
fn only_a_create_in_doubt_has_a_key_to_be_found() {
    let known = Scenario::new()
        .then(refused(403, "E064001"))
        .play(CreateAccessKey::new("ci", Expiry::Never));
    let error = FindUnconfirmed::after(known.error()).unwrap_err();
    assert!(error.is_invalid_argument() && error.to_string().contains("known"), "{error}");
    let rotated = Scenario::new().then(status(503)).play(RotateAccessKey::new("K2"));
    let error = FindUnconfirmed::after(rotated.error()).unwrap_err();
    assert!(error.to_string().contains("create"), "{error}");
    let loaded = Scenario::new().then(status(404)).play(LoadAccessKey::new("K2"));
    assert!(FindUnconfirmed::after(loaded.error()).is_err());
}

/// The whole way back: the key is there, nobody holds its secret; it is found, and rotated or
/// deleted.
#[test]
fn a_key_left_behind_is_found_and_recovered() {
    fn done<E: Endpoint>(world: &World, endpoint: E) -> Result<E::Output, Error> {
        world.drive(world.context.call(endpoint, CallOptions::new(), world.now()))
    }
    for fault in [
        Fault::lost_answer(),
        Fault::cut(),
        Fault::status(503).carried_out(),
        Fault::garbage().carried_out(),
    ] {
        let world = World::new();
        let _older = world.emulator.seed(Key::new("ci"));
        world.pass(60 * SECOND);
        world.emulator.inject(fault.on(Operation::Create));
        let create = CreateAccessKey::new("ci", Expiry::days(1));
        let error = done(&world, &create).unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(world.emulator.count(Operation::Create), 1);

        world.pass(5 * SECOND);
        let find = FindUnconfirmed::after(&error).unwrap();
        let found: Vec<AccessKey> = done(&world, find).unwrap();
        assert_eq!(found.len(), 1);
        let rotated = done(&world, RotateAccessKey::new(found[0].id()));
        let key = world.emulator.key(found[0].id()).unwrap();
        assert_eq!(rotated.unwrap().cleartext.expose(), key.cleartext());
        done(&world, ActOnAccessKey::delete(found[0].id())).unwrap();
    }
    // Nothing was made: nothing is found.
    let world = World::new();
    world.emulator.inject(Fault::closed().on(Operation::Create));
    let create = CreateAccessKey::new("ci", Expiry::Never);
    let error = done(&world, &create).unwrap_err();
    let find = FindUnconfirmed::new(error.outcome_unknown().unwrap()).unwrap();
    assert!(done(&world, find).unwrap().is_empty());
    assert_eq!(at(Duration::ZERO), world.now(), "no time was needed");
}
