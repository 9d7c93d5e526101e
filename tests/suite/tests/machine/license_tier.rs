//! The license tier: fetched on the first 429, and sent along from then on.

use std::time::Duration;

use descope_core::{
    Call, CallOptions, Context, CreateAccessKey, ErrorKind, ExchangeAccessKey, Expiry, FailureKind,
    FetchLicense, FetchSigningKeys, LoadAccessKey, Outcome, Outgoing, Step, UpdateAccessKey,
};
use descope_suite::scenario::{
    CREATED, KEY, Scenario, at, config, json, lost, not_sent, refused, status, with_header,
};

const SECOND: Duration = Duration::from_secs(1);
const TIER: &str = r#"{"rateLimitTier":"tier2"}"#;
const LOAD: &str = "load access key";
const FETCH: &str = "fetch license tier";

fn tier_of(outgoing: &Outgoing) -> Option<&str> {
    outgoing.request.headers().get("x-descope-license").map(|value| value.to_str().unwrap())
}

#[test]
fn the_first_429_fetches_it_and_the_call_goes_on_with_it() {
    let context = Context::new(config(), [1; 32]);
    let scenario = Scenario::of(context.clone()).then(status(429)).then(json(200, TIER));
    let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    assert!(played.result.is_ok());
    assert_eq!(played.operations(), [LOAD, FETCH, LOAD]);
    let tiers: Vec<_> = played.sends.iter().map(|(_, outgoing)| tier_of(outgoing)).collect();
    assert_eq!(tiers, [None, None, Some("tier2")]);
    assert_eq!(context.license_tier().as_deref(), Some("tier2"));

    let fetch = &played.sends[1].1;
    assert_eq!(fetch.request.uri().path(), "/v1/mgmt/license");
    assert!(fetch.request.headers()["authorization"].is_sensitive());
    assert_eq!(fetch.request.headers()["x-descope-sdk-name"], "rust");

    // Known once, known for all: no other 429 asks for it again.
    let scenario = Scenario::of(context).then(status(429)).then(json(200, KEY));
    let played = scenario.play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD, LOAD]);
    assert_eq!(tier_of(&played.sends[0].1), Some("tier2"));
}

#[test]
fn it_is_no_attempt() {
    let scenario = Scenario::new().then(status(429)).then(json(200, TIER));
    let played = scenario.then(status(429)).then(status(429)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD, FETCH, LOAD, LOAD]);
    assert_eq!(played.error().attempts(), 3);
    assert_eq!(played.error().kind(), ErrorKind::RateLimited);
    let attempts: Vec<_> = played.sends.iter().map(|(_, outgoing)| outgoing.attempt).collect();
    assert_eq!(attempts, [1, 1, 2, 3]);
}

#[test]
fn it_is_fetched_when_what_the_service_asks_for_has_passed() {
    let asking = with_header(status(429), "retry-after", "3");
    let scenario = Scenario::new().then_after(Duration::ZERO, asking);
    let played = scenario
        .then_after(SECOND / 2, json(200, TIER))
        .then(json(200, KEY))
        .play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD, FETCH, LOAD]);
    let [waited] = played.delays()[..] else { panic!("one pause: {played:?}") };
    assert!(waited >= 3 * SECOND);
    assert_eq!((played.sends[1].0, played.sends[2].0), (waited, waited + SECOND / 2));
}

#[test]
fn a_fetch_that_is_answered_as_too_many_begins_a_cooldown_like_any_other() {
    let asking = || with_header(status(429), "retry-after", "2");
    let scenario = Scenario::new().then(status(429)).then_after(Duration::ZERO, asking());
    let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD, FETCH, LOAD]);
    let waited = played.sends[2].0 - played.sends[1].0;
    assert!((2 * SECOND..3 * SECOND).contains(&waited), "{played:?}");
}

#[test]
fn a_fetch_that_fails_in_any_way_harms_nothing_and_is_not_repeated() {
    for failure in [
        status(500),
        status(429),
        status(403),
        status(302),
        json(200, "<html>"),
        json(200, "{}"),
        json(200, r#"{"rateLimitTier":null}"#),
        json(200, r#"{"rateLimitTier":7}"#),
        json(200, "{\"rateLimitTier\":\"tier\\r\\nx: y\"}"),
        json(200, &format!(r#"{{"rateLimitTier":"t","x":"{}"}}"#, "x".repeat(1 << 20))),
        lost(FailureKind::Closed),
        lost(FailureKind::Timeout),
        not_sent(FailureKind::Connect),
    ] {
        let context = Context::new(config(), [1; 32]);
        let scenario = Scenario::of(context.clone()).then(status(429)).then(failure);
        let played = scenario.then(json(200, KEY)).play(LoadAccessKey::new("K2"));
        assert!(played.result.is_ok());
        assert_eq!(played.operations(), [LOAD, FETCH, LOAD]);
        assert_eq!(tier_of(&played.sends[2].1), None);
        assert_eq!(context.license_tier(), None);

        let scenario = Scenario::of(context).then(status(429)).then(json(200, KEY));
        assert_eq!(scenario.play(LoadAccessKey::new("K2")).operations(), [LOAD, LOAD]);
    }
}

#[test]
fn a_lost_fetch_does_not_put_the_call_in_doubt() {
    let create = CreateAccessKey::new("n", Expiry::Never);
    let scenario = Scenario::new().then(status(429)).then(lost(FailureKind::Closed));
    let played = scenario.then(refused(403, "E064001")).play(create.clone());
    assert_eq!(played.error().outcome(), Outcome::Rejected);
    assert!(!played.error().is_outcome_unknown());
    let scenario = Scenario::new().then(status(429)).then(lost(FailureKind::Timeout));
    assert!(scenario.then(json(200, CREATED)).play(create).result.is_ok());
}

#[test]
fn it_is_left_out_where_the_call_fails_at_once() {
    // The last attempt.
    let once = CallOptions::new().max_attempts(1);
    let played = Scenario::new().options(once).then(status(429)).play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD]);
    // No time for what the service asks for.
    let asking = with_header(status(429), "retry-after", "60");
    let played = Scenario::new().then(asking).play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD]);
    assert_eq!(played.error().retry_after(), Some(60 * SECOND));
}

#[test]
fn its_time_is_bounded_within_the_calls_own() {
    let scenario = Scenario::new().then_after(4 * SECOND, status(429));
    let played = scenario.then(json(200, TIER)).then(json(200, KEY)).play(LoadAccessKey::new("K2"));
    let (sent, fetch) = &played.sends[1];
    assert_eq!(fetch.timeout, (10 * SECOND - *sent) / 2, "half of what is left");
    assert!(!fetch.fresh_connection);

    // A fetch that overruns everything leaves the call with what failed before.
    let scenario = Scenario::new().then(status(429)).then_after(11 * SECOND, json(200, TIER));
    let played = scenario.play(UpdateAccessKey::new("K2", "n"));
    assert_eq!(played.error().kind(), ErrorKind::RateLimited);
    assert_eq!(played.error().outcome(), Outcome::Rejected);
}

#[test]
fn one_call_fetches_it_and_the_others_do_not_wait() {
    let context = Context::new(config(), [1; 32]);
    let start = || context.call(LoadAccessKey::new("K2"), CallOptions::new(), at(Duration::ZERO));
    let reply = |step: Step<Call<_>>, reply| match step {
        Step::Send(_, sent) => sent.reply(reply, at(SECOND)),
        other => panic!("{other:?}"),
    };
    let wake = |step: Step<Call<LoadAccessKey>>| match step {
        Step::Sleep(delay, asleep) => asleep.wake(at(SECOND + delay)),
        other => panic!("{other:?}"),
    };
    let sent = |step: &Step<Call<LoadAccessKey>>| match step {
        Step::Send(outgoing, _) => {
            (outgoing.operation.name, tier_of(outgoing).map(ToOwned::to_owned))
        }
        other => panic!("{other:?}"),
    };
    let [first, second, third] = [start(), start(), start()].map(|step| reply(step, status(429)));
    let (first, second) = (wake(first), wake(second));
    assert_eq!((sent(&first).0, sent(&second).0), (FETCH, LOAD));
    // Whoever goes on after the fetch has landed sends the tier along.
    let tier = Some("tier2".to_owned());
    assert_eq!(sent(&reply(first, json(200, TIER))), (LOAD, tier.clone()));
    assert_eq!(sent(&wake(third)), (LOAD, tier));
}

#[test]
fn a_tier_that_was_set_is_never_fetched() {
    let context = Context::new(config(), [1; 32]);
    context.set_license_tier("tier4").unwrap();
    let scenario = Scenario::of(context).then(status(429)).then(json(200, KEY));
    let played = scenario.play(LoadAccessKey::new("K2"));
    assert_eq!(played.operations(), [LOAD, LOAD]);
    assert_eq!(tier_of(&played.sends[0].1), Some("tier4"));
}

#[test]
fn calls_without_a_management_key_do_not_ask_for_it() {
    let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let scenario = Scenario::new().then(status(429)).then(json(200, jwks));
    assert_eq!(scenario.play(FetchSigningKeys::new()).sends.len(), 2);
    let exchanged = json(200, r#"{"sessionJwt":"a.b.c"}"#);
    let scenario = Scenario::new().then(status(429)).then(exchanged);
    assert_eq!(scenario.play(ExchangeAccessKey::new("CT")).sends.len(), 2);
}

#[test]
fn fetching_it_explicitly_does_not_fetch_it_twice() {
    let scenario = Scenario::new().then(with_header(status(429), "retry-after", "2"));
    let played = scenario.then(json(200, TIER)).play(FetchLicense::new());
    assert!((2 * SECOND..3 * SECOND).contains(&played.delays()[0]));
    assert_eq!(played.result.unwrap(), "tier2");
}
