//! The catalogue of messages: each provoked, and as the one who meets it reads it. What failed, at
//! which host, whether it happened on the server, and what to do next.

use std::time::Duration;

use descope_core::jwt::{Audience, NumericDate};
use descope_core::{
    ActOnAccessKey, CallOptions, Config, ConfigBuilder, Context, CreateAccessKey, Endpoint, Error,
    ExchangeAccessKey, Expiry, Failure, FailureKind, FetchSigningKeys, LoadAccessKey, Now, Reply,
    RotateAccessKey, SearchAccessKeys, ValidateToken,
};
use descope_emulator::Page;
use descope_suite::scenario::{
    CREATED, PROJECT, Scenario, config, cut, json, lost, not_sent, refused, status, with_header,
};
use descope_suite::world::{CLEARTEXT, World};

fn once<E: Endpoint>(endpoint: E, reply: Reply) -> String {
    let options = CallOptions::new().max_attempts(1);
    match Scenario::new().options(options).then(reply).play(endpoint).result {
        Ok(_) => panic!("no error"),
        Err(error) => error.to_string(),
    }
}

fn load(reply: Reply) -> String {
    once(LoadAccessKey::new("K2"), reply)
}

fn create(reply: Reply) -> String {
    once(CreateAccessKey::new("ci", Expiry::Never), reply)
}

fn exchange(reply: Reply) -> String {
    once(ExchangeAccessKey::new("secret"), reply)
}

fn through(proxy: &str, kind: FailureKind) -> Reply {
    Err(Failure::not_sent(kind).with_proxy(proxy))
}

#[track_caller]
fn assert_reads(said: &str, expected: &str) {
    assert_eq!(said, expected);
}

#[test]
fn no_connection() {
    assert_reads(
        &load(not_sent(FailureKind::Connect)),
        "load access key \"K2\": cannot connect to api.descope.com:443: check the \
         network, the proxy and the base URL; nothing was sent",
    );
    assert_reads(
        &load(not_sent(FailureKind::ConnectTimeout)),
        "load access key \"K2\": connecting to api.descope.com:443 timed out: check \
         the network, the proxy and the base URL; nothing was sent",
    );
    assert_reads(
        &load(through("proxy.example:3128", FailureKind::Resolve)),
        "load access key \"K2\": cannot connect to api.descope.com:443 through the proxy \
         proxy.example:3128: check the network, the proxy and the base URL; nothing was sent",
    );
    assert_reads(
        &load(through("proxy.example:3128", FailureKind::Proxy)),
        "load access key \"K2\": the proxy proxy.example:3128 rejects the login: check its user \
         name and password; nothing was sent",
    );
    assert_reads(
        &load(not_sent(FailureKind::Proxy)),
        "load access key \"K2\": the proxy setting is invalid, and no request bypasses it; \
         nothing was sent",
    );
    assert_reads(
        &create(not_sent(FailureKind::Certificate)),
        "create access key named \"ci\": the TLS handshake with api.descope.com:443 \
         failed: check the base URL, the proxy, the trusted certificates and this machine's clock; \
         nothing was sent",
    );
    assert_reads(
        &load(lost(FailureKind::Timeout)),
        "load access key \"K2\": timed out before the answer was complete",
    );
}

#[test]
fn the_service_refuses() {
    assert_reads(
        &load(refused(404, "E111502")),
        "load access key \"K2\": this project has no such access key (status 404 \
         Not Found, E111502, not this time)",
    );
    assert_reads(
        &load(refused(401, "E064001")),
        "load access key \"K2\": the service rejected the management key: check that it is \
         complete, and that it belongs to project P2aBcDeFgHiJkLmNoPqRsTuVwXyZ (status 401 \
         Unauthorized, E064001, not this time)",
    );
    assert_reads(
        &load(refused(403, "E064001")),
        "load access key \"K2\": the management key is not allowed to do this (status \
         403 Forbidden, E064001, not this time)",
    );
    assert_reads(
        &exchange(refused(401, "E062803")),
        "exchange access key: the service rejected the access key: check it and the project \
         id P2aBcDeFgHiJkLmNoPqRsTuVwXyZ; the key may also be deactivated, deleted, expired, or not \
         permitted from this address (status 401 Unauthorized, E062803, not this time)",
    );
    assert_reads(
        &once(FetchSigningKeys::new(), refused(404, "E011001")),
        "fetch signing keys: the service does not know the project P2aBcDeFgHiJkLmNoPqRsTuVwXyZ: \
         check the project id (status 404 Not Found, E011001, not this time)",
    );
    assert_reads(
        &load(refused(404, "E011001")),
        "load access key \"K2\": the service did not find what was asked for: check the arguments \
         and the base URL (status 404 Not Found, E011001, not this time)",
    );
    assert_reads(
        &load(with_header(with_header(status(429), "retry-after", "7"), "cf-ray", "8f1-FRA")),
        "load access key \"K2\": too many requests: wait and try again (status 429 Too Many \
         Requests from api.descope.com:443, retry after 7 s, request id 8f1-FRA)",
    );
}

#[test]
fn somebody_else_answers() {
    let page = |page: Page| load(Ok(page.response()));
    let in_its_place = "load access key \"K2\": something other than the service answered: check \
                        the base URL, and any gateway, firewall or proxy on the way";
    for (said, rest) in [
        (page(Page::Nginx404), "status 404 Not Found from api.descope.com:443: 404 Not Found"),
        (
            page(Page::Edge1010),
            "status 403 Forbidden from api.descope.com:443: error code: 1010, request id …",
        ),
        (page(Page::Kubernetes404), "status 404 Not Found from api.descope.com:443: {"),
        (page(Page::Bare404), "status 404 Not Found from api.descope.com:443)"),
    ] {
        let rest = rest.trim_end_matches('…');
        assert!(said.starts_with(&format!("{in_its_place} ({rest}")), "{said}");
    }
    assert_reads(
        &load(status(526)),
        "load access key \"K2\": the service's edge cannot reach the service: try again later (status 526 \
         from api.descope.com:443)",
    );
    assert_reads(
        &page(Page::Proxy407),
        "load access key \"K2\": a proxy requires a login, and forwarded nothing: check its user \
         name and password (status 407 Proxy Authentication Required from api.descope.com:443: 407 \
         Proxy \
         Authentication Required)",
    );
    assert_reads(
        &page(Page::CaptivePortal302),
        "load access key \"K2\": the server answered with a redirect, which is not followed: check \
         the base URL (status 302 Found from api.descope.com:443: Moved, leads to portal.example)",
    );
    assert_reads(
        &page(Page::CaptivePortal511),
        "load access key \"K2\": the network answered instead of the service: it requires a login \
         first (status 511 Network Authentication Required from api.descope.com:443: Network \
         Authentication Required)",
    );
    assert_reads(
        &page(Page::CaptivePortal200),
        "load access key \"K2\": the answer is markup, not JSON: does the base URL point at the \
         service? (line 1, column 1) (status 200 OK from api.descope.com:443)",
    );
    assert_reads(
        &load(json(200, "\u{feff}{}")),
        "load access key \"K2\": the answer is not JSON: it begins with a byte order mark, which \
         RFC 8259 does not allow (line 1, column 1) (status 200 OK from api.descope.com:443)",
    );
    assert_reads(
        &load(json(200, r#"{"key":{"id":"K2other"}}"#)),
        "load access key \"K2\": the answer is about another key than the one asked for (status \
         200 OK from api.descope.com:443)",
    );
    assert_reads(
        &once(SearchAccessKeys::new(), json(200, r#"{"keys":[{"id":"K2b","customClaims":[]}]}"#)),
        "search access keys: key 1 of the answer (\"K2b\") cannot be read, because of its \
         `customClaims` (status 200 OK from api.descope.com:443)",
    );
}

#[test]
fn the_outcome_is_unknown() {
    let find = "the key may exist, and then nobody holds its secret. Do not just create it again: \
                look for it with find_unconfirmed, then rotate it for a new secret, or delete it";
    assert_reads(
        &create(status(503)),
        &format!(
            "create access key named \"ci\": the server failed (status 503 Service Unavailable \
             from api.descope.com:443); OUTCOME UNKNOWN: {find}"
        ),
    );
    assert_reads(
        &create(status(403)),
        &format!(
            "create access key named \"ci\": something other than the service answered: check the \
             base URL, and any gateway, firewall or proxy on the way (status 403 Forbidden from \
             api.descope.com:443); OUTCOME UNKNOWN: {find}"
        ),
    );
    assert_reads(
        &create(cut(json(200, CREATED))),
        "create access key named \"ci\": the connection ended before the answer was complete \
         (status 200 OK from api.descope.com:443); OUTCOME UNKNOWN: it was carried out, and the \
         cleartext arrived: take it from this error and keep it",
    );
    assert_reads(
        &once(ActOnAccessKey::delete("K2"), status(503)),
        "delete access key \"K2\": the server failed (status 503 Service Unavailable from \
         api.descope.com:443); OUTCOME UNKNOWN: it may have been carried out; repeating it is safe",
    );
}

#[test]
fn a_secret_that_arrived_is_not_said_to_be_lost() {
    for (name, reply) in
        [("cut", cut(json(200, CREATED))), ("odd", json(200, r#"{"cleartext":"x"}"#))]
    {
        let played = Scenario::new().then(reply).play(RotateAccessKey::new("K2"));
        let error = played.error();
        let unknown = error.outcome_unknown().unwrap();
        for said in [error.to_string(), unknown.to_string()] {
            assert!(said.contains("the cleartext arrived"), "{name}: {said}");
            assert!(!said.contains("nobody holds"), "{name}: {said}");
        }
    }
}

#[test]
fn settings() {
    let variables = |name: &'static str, value: &'static str| {
        let var = move |asked: &str| match asked {
            "DESCOPE_PROJECT_ID" if name != asked => Some(PROJECT.to_owned()),
            asked if asked == name => Some(value.to_owned()),
            _ => None,
        };
        let built = ConfigBuilder::from_vars(var).and_then(ConfigBuilder::build);
        built.unwrap_err().to_string()
    };
    assert_reads(
        &variables("DESCOPE_PROJECT_ID", ""),
        "DESCOPE_PROJECT_ID is not set: the project id is in the Descope console under Project, \
         Settings",
    );
    assert_reads(
        &variables("DESCOPE_PROJECT_ID", "K2aBcDeFgHiJkLmNoPqRsTuVwXyZ"),
        "DESCOPE_PROJECT_ID looks like a key (not shown here): project ids begin with P",
    );
    assert_reads(
        &variables("DESCOPE_PROJECT_ID", "P 2"),
        "DESCOPE_PROJECT_ID holds something other than letters, digits, `-` and `_`; was something \
         pasted with it?",
    );
    for name in ["DESCOPE_BASE_URL", "DESCOPE_BASE_URI"] {
        assert_reads(
            &variables(name, "api.descope.com/v1"),
            &format!("{name} is not a URL such as https://api.descope.com"),
        );
    }
    assert_reads(
        &variables("DESCOPE_MANAGEMENT_KEY", "two words"),
        "DESCOPE_MANAGEMENT_KEY holds a character other than visible ASCII (not shown here); was \
         something pasted with it?",
    );
    assert_reads(
        &variables("DESCOPE_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nMIIB"),
        "DESCOPE_PUBLIC_KEY is PEM: give a JWK, or the JWK set that the service publishes at \
         /v2/keys/<project id>",
    );
    let build = |change: fn(ConfigBuilder) -> ConfigBuilder| {
        change(Config::builder(PROJECT)).build().unwrap_err().to_string()
    };
    assert_reads(
        &build(|config| config.base_url("http://example.com")),
        "base_url is plain http to a host other than loopback: keys would cross the network in the \
         clear. Use https, or allow it explicitly",
    );
    assert_reads(
        &build(|config| config.header("x-team", "build").header("x-gate", "")),
        "header `x-gate` is empty, or holds something other than visible ASCII (not shown here)",
    );
    assert_reads(
        &build(|config| config.header("x-team", "build").header("a secret: x", "y")),
        "header number 2 has an invalid name",
    );
    assert_reads(
        &build(|config| config.audience(Audience::any_of([""; 0]))),
        "audience accepts nothing: its list is empty",
    );
}

#[test]
fn an_audience_that_accepts_nothing_is_refused_before_anything_is_sent() {
    let nothing = || Audience::any_of([""; 0]);
    let world = World::new();
    let exchange = ExchangeAccessKey::new(CLEARTEXT).audience(nothing());
    let exchange = world.context.exchange(exchange, CallOptions::new(), world.now());
    let validate = ValidateToken::new("a.b.c").audience(nothing());
    let validate = world.context.validate(validate, CallOptions::new(), world.now());
    for error in [world.drive(exchange).unwrap_err(), world.drive(validate).unwrap_err()] {
        assert!(error.is_invalid_argument(), "{error}");
        assert!(error.to_string().contains("audience accepts nothing: its list is empty"));
    }
    assert_eq!(world.emulator.total(), 0);
}

/// Validates a token with this claim, in place of a right one.
fn validated(claim: &str, value: serde_json::Value) -> Error {
    let world = World::new();
    let token = world.emulator.token().claim(claim, value).mint();
    let validate = world.context.validate(&token, CallOptions::new(), world.now());
    world.drive(validate).unwrap_err()
}

#[test]
fn tokens() {
    assert_reads(
        &validated("aud", serde_json::json!(["https://a.example", "b"])).to_string(),
        &format!(
            "invalid token: the token's audience \"https://a.example\", \"b\" is \
             not the project {:?}",
            World::new().emulator.project_id()
        ),
    );
    assert_reads(
        &validated("exp", 1_799_990_000.into()).to_string(),
        "invalid token: the token expired at Fri, 15 Jan 2027 05:13:20 GMT, 2 h \
         46 min ago by this machine's clock (leeway 5 s)",
    );
    assert_reads(
        &validated("nbf", 1_800_000_600.into()).to_string(),
        "invalid token: the token is not valid yet: its `nbf` is Fri, 15 Jan 2027 \
         08:10:00 GMT, 10 min ahead of this machine's clock (leeway 5 s)",
    );
    let world = World::new();
    let token = world.emulator.token().header("kid", "SK2").mint();
    let step = world.context.validate(&token, CallOptions::new(), world.now());
    assert_reads(
        &world.drive(step).unwrap_err().to_string(),
        "invalid token: the project has no usable signing key \"SK2\": does the token belong to \
         another project?",
    );
}

#[test]
fn a_wrong_clock_is_told_by_how_much_it_is_wrong() {
    for (advance, direction) in [(true, "behind"), (false, "ahead of")] {
        let world = World::new();
        let hour = Duration::from_secs(3_700);
        if advance {
            world.emulator.advance(hour);
        }
        let behind = |now: Now| match advance {
            true => now,
            false => Now::new(now.monotonic(), now.unix() + hour),
        };
        let exchange = ExchangeAccessKey::new(CLEARTEXT);
        let step = world.context.exchange(exchange, CallOptions::new(), behind(world.now()));
        let error = world.drive_at(step, behind).unwrap_err();
        let said = error.to_string();
        let expected = format!(
            "exchange access key: this machine's clock is 1 h 1 min {direction} the service's; \
             correct it: the token "
        );
        assert!(said.starts_with(&expected), "{said}");
        assert!(error.token_error().is_some());
    }
}

#[test]
fn arguments() {
    let create = |create: CreateAccessKey| {
        let step = Context::new(config(), [1; 32]).call(create, CallOptions::new(), now());
        match step {
            descope_core::Step::Done(Err(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_reads(
        &create(CreateAccessKey::new("ci", Expiry::In(Duration::ZERO))),
        "create access key named \"ci\": expiry is zero: the key would expire at once; nothing was \
         sent",
    );
    assert_reads(
        &create(CreateAccessKey::new("ci", Expiry::AtUnix(0))),
        "create access key named \"ci\": expiry is Unix time 0, which means never: use \
         `Expiry::Never`; nothing was sent",
    );
}

fn now() -> Now {
    Now::new(Duration::ZERO, Duration::from_secs(1_800_000_000))
}

#[test]
fn arguments_that_are_hardly_meant() {
    let warnings = |create: CreateAccessKey| create.warnings(now());
    let year = Duration::from_secs(365 * 86_400);
    for (expiry, warning) in [
        (
            Expiry::AtUnix(1_799_990_000),
            Some(
                "the expiry was 2 h 46 min ago (Fri, 15 Jan 2027 05:13:20 GMT): the key is already \
                 expired",
            ),
        ),
        (
            Expiry::AtUnix(1_800_000_000_000),
            Some("the expiry 1800000000000 is more than 3,000 years off: are these milliseconds?"),
        ),
        (Expiry::AtUnix(1_800_000_001), None),
        (Expiry::In(100 * year), None),
        (Expiry::Never, None),
    ] {
        let found = warnings(CreateAccessKey::new("ci", expiry));
        assert_eq!(found.first().map(String::as_str), warning, "{expiry:?}");
    }
    let ignored = ["the service ignores project-level roles where the key has tenants: give the \
                    roles in the tenants"];
    let both = CreateAccessKey::new("ci", Expiry::Never).role("a").tenant("acme");
    assert_eq!(warnings(both), ignored);
    let update = descope_core::UpdateAccessKey::new("K2", "ci").set_roles(["a"]);
    assert!(update.warnings(now()).is_empty());
    let update = update.set_tenants([descope_core::TenantGrant::new("acme")]);
    assert_eq!(update.warnings(now()), ignored);
    // They go out as given.
    let step = Context::new(config(), [1; 32]).call(
        CreateAccessKey::new("ci", Expiry::AtUnix(1)),
        CallOptions::new(),
        now(),
    );
    assert!(matches!(step, descope_core::Step::Send(..)));
}

/// A time is told as a date, and never with nanoseconds.
#[test]
fn no_message_has_raw_seconds() {
    let error = validated("exp", 1_799_990_000.25.into());
    let raw = NumericDate::from(Duration::from_millis(1_799_990_000_250)).to_string();
    assert!(!error.to_string().contains(&raw) && !error.to_string().contains("17999"), "{error}");
}
