//! Every kind of header, token, key and failure, and what the client is told.

use std::time::Duration;

use descope_core::{
    Authenticator, CallOptions, Caller, ExchangeCache, ExchangeCacheLimits, Rejection,
    jwt::Audience,
};
use descope_emulator::{Fault, Key, Operation, Page, RateLimit};
use descope_suite::world::World;
use http::Response;
use http::request::{Builder, Parts};

const KEY: &str = "K2-a-cleartext-that-is-long-enough";

fn world() -> World {
    let world = World::new();
    world.emulator.seed(Key::new("good").with_cleartext(KEY).role("deployer"));
    world
}

/// A request's head with these `Authorization` headers.
fn head(authorization: &[&str]) -> Parts {
    with_headers(authorization.iter().map(|value| ("authorization", *value)))
}

fn with_headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Parts {
    let request = http::Request::post("/deploy?dry=1");
    let add = |request: Builder, (name, value)| request.header(name, value);
    headers.into_iter().fold(request, add).body(()).unwrap().into_parts().0
}

fn keys(world: &World) -> ExchangeCache {
    let minute = Duration::from_secs(60);
    world.context.exchange_cache(minute, ExchangeCacheLimits::default(), [7; 32])
}

fn check_with(
    world: &World,
    authenticator: &Authenticator,
    keys: Option<&ExchangeCache>,
    head: &Parts,
) -> Result<Caller, Rejection> {
    let options = CallOptions::new().max_attempts(1);
    world
        .drive(world.context.authenticate(authenticator, keys, head, options, world.now()))
        .unwrap()
}

/// Tokens and access keys, as bearer.
fn check(world: &World, head: &Parts) -> Result<Caller, Rejection> {
    check_with(world, &Authenticator::new(), Some(&keys(world)), head)
}

/// Status, challenges, and seconds to wait.
fn told(result: Result<Caller, Rejection>) -> (u16, Vec<String>, Option<String>) {
    let Err(rejection) = result else { return (200, Vec::new(), None) };
    let response: Response<Vec<u8>> = rejection.into();
    assert!(response.body().is_empty());
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let challenges = response.headers().get_all("www-authenticate").iter().map(text).collect();
    (response.status().as_u16(), challenges, response.headers().get("retry-after").map(text))
}

fn bearer(status: u16, challenge: &str) -> (u16, Vec<String>, Option<String>) {
    (status, vec![challenge.to_owned()], None)
}

const OFFER: &str = "Bearer";
const INVALID: &str = "Bearer error=\"invalid_token\"";

#[test]
fn headers() {
    let world = world();
    let token = world.emulator.token().mint();
    let with = |scheme: &str| format!("{scheme}{token}");
    for good in [
        with("Bearer "),
        with("bearer "),
        with("BEARER "),
        with("bEaReR   "),
        format!("Bearer {KEY}"),
        format!("bearer {KEY}"),
    ] {
        assert_eq!(told(check(&world, &head(&[&good]))).0, 200, "{good}");
    }
    assert_eq!(told(check(&world, &head(&[]))), bearer(401, OFFER));
    for none in [
        "",
        "Bearer",
        "Bearer ",
        &token,
        KEY,
        "Basic eA==",
        &with("Token "),
        &with("Bearer:"),
        &with("Bearer,"),
        &with("DPoP "),
        &with("Bearer Bearer "),
        &with("Bearer DPoP "),
        &format!("Bearer {token} {token}"),
        &format!("Bearer {token}, Basic eA=="),
    ] {
        assert_eq!(told(check(&world, &head(&[none]))), bearer(401, OFFER), "{none:?}");
    }
    let bearer_token = with("Bearer ");
    for two in [[&*bearer_token, &*bearer_token], [&*bearer_token, "Basic eA=="], ["", ""]] {
        let request = "Bearer error=\"invalid_request\"";
        assert_eq!(told(check(&world, &head(&two))), bearer(400, request), "{two:?}");
    }
}

#[test]
fn tokens() {
    let world = world();
    let token = || world.emulator.token();
    for (what, token) in [
        ("expired", token().expires_in(-60)),
        ("forged", token().forged()),
        ("corrupt", token().corrupt_signature()),
        ("unsigned", token().unsigned()),
        ("issuer", token().claim("iss", "P2another")),
        ("audience", token().claim("aud", "another")),
        ("unknown kid", token().header("kid", "unknown")),
        ("no kid", token().without_header("kid")),
        ("critical", token().header("crit", "x")),
        ("bound", token().claim("cnf", serde_json::json!({"jkt": "x"}))),
        ("claims", token().payload("no JSON")),
    ] {
        let value = format!("Bearer {}", token.mint());
        assert_eq!(told(check(&world, &head(&[&value]))), bearer(401, INVALID), "{what}");
    }
    assert_eq!(world.emulator.count(Operation::Exchange), 0, "a token is never exchanged");
}

#[test]
fn what_is_a_token_and_what_is_a_key() {
    let world = world();
    let sent = || world.emulator.count(Operation::Exchange);
    // `{"alg":"none"}`, `{}`, ` {"a":1}`.
    for token in ["eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30", "IHsiYSI6MX0.x.y", "e30.."] {
        let value = format!("Bearer {token}");
        assert_eq!(told(check(&world, &head(&[&value]))), bearer(401, INVALID), "{token}");
        assert_eq!(sent(), 0, "{token}");
    }
    // No three segments, no JSON, no object, not base64url.
    for key in [
        "eyJhbGciOiJub25lIn0.e30",
        "eyJhbGciOiJub25lIn0.e30.x.y",
        "bm8ganNvbiBoZXJl.e30.x0000",
        "WzEsMiwzXQ.e30.x0000000000",
        "e30=.e30.x0000000000000000",
        "K2x.y.z.000000000000000000",
    ] {
        let before = sent();
        let value = format!("Bearer {key}");
        assert_eq!(told(check(&world, &head(&[&value]))), bearer(401, INVALID), "{key}");
        assert_eq!(sent(), before + 1, "{key}");
    }
}

#[test]
fn keys_that_are_none() {
    let world = world();
    world.emulator.seed(Key::new("off").with_cleartext("K2-inactive-0000000000").inactive());
    for key in ["K2-unknown-00000000000", "K2-inactive-0000000000"] {
        let value = format!("Bearer {key}");
        assert_eq!(told(check(&world, &head(&[&value]))), bearer(401, INVALID), "{key}");
    }
    let sent = world.emulator.count(Operation::Exchange);
    let long = "k".repeat(513);
    for none in ["short", "0123456789012345678", &long] {
        let value = format!("Bearer {none}");
        assert_eq!(told(check(&world, &head(&[&value]))), bearer(401, INVALID), "{none}");
    }
    let mut odd = head(&[]);
    for bytes in
        [&b"Bearer K2-\xffcleartext-that-is-long"[..], b"Bearer K2-\tleartext-that-is-long"]
    {
        let value = http::HeaderValue::from_bytes(bytes).unwrap();
        odd.headers.insert("authorization", value);
        assert_eq!(told(check(&world, &odd)), bearer(401, INVALID));
    }
    assert_eq!(world.emulator.count(Operation::Exchange), sent, "they are refused unsent");
    // Where keys are not taken, a good one is none.
    let good = head(&[&format!("Bearer {KEY}")]);
    let result = check_with(&world, &Authenticator::new(), None, &good);
    assert_eq!(told(result), bearer(401, INVALID));
}

/// What goes wrong on our side, with the seconds that the client is told to wait.
fn failures() -> Vec<(String, Fault, Option<&'static str>)> {
    let pages = Page::ALL.iter().map(|page| (format!("{page:?}"), Fault::page(*page), None));
    let failures = [
        ("500", Fault::status(500), "1"),
        ("503", Fault::status(503), "1"),
        ("503 later", Fault::status(503).retry_after(7), "7"),
        ("429 later", Fault::status(429).retry_after(9), "9"),
        ("closed", Fault::closed(), "1"),
        ("cut", Fault::cut(), "1"),
        ("garbage", Fault::garbage(), "1"),
        ("no JSON", Fault::answer(Response::new(b"<html>".to_vec())), "1"),
    ];
    let failures = failures.map(|(what, fault, wait)| (what.to_owned(), fault, Some(wait)));
    // A refusal is not tried again for a while.
    let of_nobody = [401, 403]
        .map(|status| (format!("a {status} of nobody"), Fault::answer(bare(status)), None));
    failures.into_iter().chain(of_nobody).chain(pages).collect()
}

fn bare(status: u16) -> Response<Vec<u8>> {
    Response::builder().status(status).body(Vec::new()).unwrap()
}

#[test]
fn failures_of_ours_are_never_the_clients() {
    for (what, fault, wait) in failures() {
        let world = world();
        let later = |result| {
            let (status, challenges, told_to_wait) = told(result);
            assert_eq!((status, challenges), (503, vec![]), "{what}");
            let told_to_wait = told_to_wait.expect("it is told when to come back");
            assert_eq!(told_to_wait, wait.unwrap_or(&told_to_wait), "{what}");
        };
        // With no signing keys for a token; for a key; and with no signing keys for the token of a key.
        world.emulator.inject(fault.clone().on(Operation::SigningKeys).forever());
        let token = format!("Bearer {}", world.emulator.token().mint());
        later(check(&world, &head(&[&token])));
        later(check(&world, &head(&[&format!("Bearer {KEY}")])));
        world.emulator.clear_faults();
        world.pass(Duration::from_secs(31));
        world.emulator.inject(fault.on(Operation::Exchange).forever());
        later(check(&world, &head(&[&format!("Bearer {KEY}")])));
    }
}

#[test]
fn a_limit_of_the_service_is_ours() {
    let world = world();
    world.emulator.limit(RateLimit::new(0, Duration::from_secs(30)).on(Operation::Exchange));
    let result = check(&world, &head(&[&format!("Bearer {KEY}")]));
    assert_eq!(told(result), (503, vec![], Some("30".to_owned())));
}

#[test]
fn a_wrong_configuration_is_ours() {
    // An audience that no token of the project has.
    let other = |config: descope_core::ConfigBuilder| config.audience(Audience::any_of(["other"]));
    let world = World::with(other);
    world.emulator.seed(Key::new("good").with_cleartext(KEY));
    let result = check(&world, &head(&[&format!("Bearer {KEY}")]));
    assert_eq!(told(result), (500, vec![], None));
    // The project is not known.
    let world = self::world();
    let unknown = Fault::refusal(404, "E011001", "no such project").on(Operation::SigningKeys);
    world.emulator.inject(unknown.forever());
    let token = format!("Bearer {}", world.emulator.token().mint());
    assert_eq!(told(check(&world, &head(&[&token]))), (500, vec![], None));
    assert!(Authenticator::new().public_url("api.example.com").is_err());
    assert!(Authenticator::new().public_url("ftp://api.example.com").is_err());
    assert!(Authenticator::new().public_url("https://api.example.com?x").is_err());
}

#[test]
fn dpop() {
    let world = world();
    let authenticator = Authenticator::new().public_url("https://api.example.com/v1/").unwrap();
    let told = |headers: &[(&str, &str)]| {
        let head = with_headers(headers.iter().copied());
        let (status, challenges, _) = told(check_with(&world, &authenticator, None, &head));
        let short = |challenge: String| challenge.replace(ALGS, "algs");
        (status, challenges.into_iter().map(short).collect::<Vec<_>>())
    };
    const ALGS: &str = "algs=\"RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA\"";
    let both = vec!["Bearer".to_owned(), "DPoP algs".to_owned()];
    assert_eq!(told(&[]), (401, both.clone()));
    assert_eq!(told(&[("authorization", "Basic eA==")]), (401, both));
    let dpop = |code: &str| vec![format!("DPoP error=\"{code}\", algs")];
    let free = world.emulator.token().mint();
    let bound = world.emulator.token().claim("cnf", serde_json::json!({"jkt": "x"})).mint();
    let as_bearer = format!("Bearer {bound}");
    assert_eq!(told(&[("authorization", &as_bearer)]), (401, dpop("invalid_token")));
    let as_bearer = format!("Bearer {free}");
    assert_eq!(told(&[("authorization", &as_bearer)]).0, 200);
    let (as_dpop, as_free) = (format!("dpop {bound}"), format!("DPoP {free}"));
    let proof = dpop("invalid_dpop_proof");
    assert_eq!(told(&[("authorization", &as_dpop)]), (401, proof.clone()));
    assert_eq!(told(&[("authorization", &as_dpop), ("dpop", "x")]), (401, proof));
    let twice = [("authorization", &*as_dpop), ("dpop", "x"), ("dpop", "y")];
    assert_eq!(told(&twice), (400, dpop("invalid_request")));
    let result = told(&[("authorization", &as_free), ("dpop", "x")]);
    assert_eq!(result, (401, dpop("invalid_token")), "a proof says nothing for a free token");
}

#[test]
fn no_rejection_shows_a_secret() {
    let world = world();
    let token = world.emulator.token().forged().mint();
    world.emulator.inject(Fault::refusal(401, "E062803", KEY).on(Operation::Exchange));
    for secret in [&*token, KEY] {
        let rejection = check(&world, &head(&[&format!("Bearer {secret}")])).unwrap_err();
        let texts = [format!("{rejection}"), format!("{rejection:?}")];
        for text in texts {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
