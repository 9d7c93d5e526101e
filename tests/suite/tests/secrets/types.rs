//! `Debug` and `Display` of every public type that may hold a secret.

use std::fmt::Debug;
use std::time::Duration;

use descope_blocking::{AccessKeySource, Client};
use descope_core::{
    Asleep, Authenticator, CallOptions, Config, ConfigBuilder, Context, CreateAccessKey, Endpoint,
    Error, ExchangeAccessKey, Expiry, Failure, FailureKind, FindUnconfirmed, Machine, Outgoing,
    RotateAccessKey, Secret, Sent, Step, TokenLimits, ValidateToken,
};
use descope_suite::scenario::{PROJECT, Scenario, at, cut, json, lost, status};
use descope_suite::world::{CLEARTEXT, World};

use crate::assert_hidden;

const MANAGEMENT: &str = "mQ7vX2pLr9TzKd4w";
const AUTH: &str = "aH3nWq8YbV5sJc6e";
const ACCESS: &str = "K2zR4gUf7Nx1PoTm";
const GATEWAY: &str = "gE9cDk2WvY6tBh5L";
const CREATED: &str = r#"{"cleartext":"cL5jXs8QnA3fMi7Z","key":{"id":"K2"}}"#;
const SECRETS: [&str; 5] = [MANAGEMENT, AUTH, ACCESS, GATEWAY, "cL5jXs8QnA3fMi7Z"];

#[track_caller]
fn check(value: &dyn Debug) {
    assert_hidden(&format!("{value:?} {value:#?}"), &SECRETS);
}

fn builder() -> ConfigBuilder {
    Config::builder(PROJECT)
        .management_key(MANAGEMENT)
        .auth_management_key(AUTH)
        .header("x-gateway-key", GATEWAY)
        .external_request_id("run 7")
}

fn context() -> Context {
    Context::new(builder().build().unwrap(), [1; 32])
}

#[test]
fn what_servers_and_token_sources_keep_hides_keys() {
    let context = context();
    let keys = context.exchange_cache(Duration::from_secs(60), Default::default(), [7; 32]);
    let long = format!("{ACCESS}-{ACCESS}");
    let request = http::Request::get("/").header("authorization", format!("Bearer {long}"));
    let (head, ()) = request.body(()).unwrap().into_parts();
    let authenticator = Authenticator::new();
    let options = CallOptions::new();
    check(&context.authenticate(
        &authenticator,
        Some(&keys),
        &head,
        options.clone(),
        at(Duration::ZERO),
    ));
    let step =
        context.authenticate(&authenticator, None, &head, options.clone(), at(Duration::ZERO));
    let Step::Done(Ok(Err(rejection))) = step else { panic!() };
    check(&rejection);
    check(&authenticator);
    check(&keys);
    let flow = keys.exchange(ExchangeAccessKey::new(&*long), options.clone(), at(Duration::ZERO));
    check(&flow);
    check(&keys);
    let source = std::sync::Arc::new(Secret::new(ACCESS));
    let exchange = ExchangeAccessKey::without_key();
    let cache = context.token_cache_from(source, exchange, TokenLimits::default());
    check(&cache);
    check(&cache.obtain(options, at(Duration::ZERO)));
    for source in [AccessKeySource::from(ACCESS), AccessKeySource::command("echo", [ACCESS])] {
        check(&source);
        let client = Client::builder(PROJECT).build().unwrap();
        check(&client.token_source(source));
    }
}

#[test]
fn configuration_and_context_hide_keys() {
    check(&builder());
    check(&builder().base_url(format!("https://user:{MANAGEMENT}@auth.company.com")));
    check(&builder().signing_keys(format!("[{MANAGEMENT}]")));
    check(&builder().build().unwrap());
    check(&context());
    check(&Secret::new(MANAGEMENT));
    // What is refused is not shown either.
    for refused in [
        builder().management_key(format!("{MANAGEMENT}\u{7}")),
        builder().auth_management_key(format!("{AUTH} {AUTH}")),
        builder().header("x-gateway", format!("{GATEWAY}\n")),
        builder().base_url(format!("https://user:{MANAGEMENT}@auth.company.com")),
        builder().base_url(format!("https://auth.company.com/?key={MANAGEMENT}")),
        builder().external_request_id(format!("{MANAGEMENT}\u{7}")),
        builder().signing_keys(format!("[{MANAGEMENT}]")),
        Config::builder(format!("{PROJECT}:{MANAGEMENT}")),
    ] {
        let error = refused.build().unwrap_err();
        check(&error);
        assert_hidden(&error.to_string(), &SECRETS);
    }
}

#[test]
fn a_call_hides_keys_at_every_step() {
    fn walk<M: Machine>(mut step: Step<M>, mut replies: Vec<descope_core::Reply>) {
        loop {
            check(&step);
            step = match step {
                Step::Send(outgoing, sent) => {
                    let _: (&Outgoing, &Sent<_>) = (&outgoing, &sent);
                    check(&outgoing);
                    check(&sent);
                    check(&outgoing.request.headers());
                    check(&outgoing.request);
                    sent.reply(replies.remove(0), at(Duration::ZERO))
                }
                Step::Sleep(_, asleep) => {
                    let _: &Asleep<_> = &asleep;
                    check(&asleep);
                    check(asleep.reason());
                    asleep.wake(at(Duration::ZERO))
                }
                Step::Wait(..) => panic!("it waits"),
                Step::Done(_) => return,
            };
        }
    }
    let echo = || json(503, &SECRETS.join(" "));
    let create = || CreateAccessKey::new("ci", Expiry::Never);
    let options = CallOptions::new().external_request_id("step");
    let call = context().call(create(), options, at(Duration::ZERO));
    check(&call);
    walk(call, vec![json(429, MANAGEMENT), echo(), json(200, CREATED)]);
    let exchange = || ExchangeAccessKey::new(ACCESS).login_claim("claim", 1);
    check(&exchange());
    let call = context().call(exchange(), CallOptions::new(), at(Duration::ZERO));
    check(&call);
    walk(call, vec![echo(), echo(), echo()]);
    let flow = context().exchange(exchange(), CallOptions::new(), at(Duration::ZERO));
    check(&flow);
    walk(flow, vec![echo(), json(200, r#"{"sessionJwt":"a.b.c"}"#)]);
    check(&context().token_cache(exchange(), TokenLimits::default()));
}

#[test]
fn what_was_created_hides_its_secret() {
    let created = Scenario::of(context()).then(json(200, CREATED));
    let created = created.play(CreateAccessKey::new("ci", Expiry::Never)).result.unwrap();
    assert_eq!(created.cleartext.expose(), "cL5jXs8QnA3fMi7Z");
    check(&created);
    let exchanged = ExchangeAccessKey::new(ACCESS)
        .parse(br#"{"sessionJwt":"K2zR4gUf7Nx1PoTm.cL5jXs8QnA3fMi7Z"}"#);
    check(&exchanged.unwrap());
}

#[test]
fn an_error_hides_the_secret_that_it_carries() {
    let rest = CREATED.replace("\"K2\"", "7");
    for reply in [json(200, &rest), cut(json(200, CREATED)), lost(FailureKind::Closed)] {
        let lost = Scenario::of(context()).then(reply).play(RotateAccessKey::new("K2"));
        let error: &Error = lost.error();
        check(error);
        assert_hidden(&error.to_string(), &SECRETS);
        let unknown = error.outcome_unknown().unwrap();
        check(unknown);
        assert_hidden(&unknown.to_string(), &SECRETS);
    }
    let failure = Failure::new(FailureKind::Closed).with_partial(json(200, CREATED).unwrap());
    check(&failure);
    let lost = Scenario::of(context()).then(status(503));
    let lost = lost.play(CreateAccessKey::new("ci", Expiry::Never).marker("m"));
    check(&FindUnconfirmed::after(lost.error()).unwrap());
}

#[test]
fn a_session_hides_its_token() {
    let world = World::new();
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let exchange = world.context.exchange(exchange, CallOptions::new(), world.now());
    let session = world.drive(exchange).unwrap();
    let token = session.token().expose().to_string();
    let shown = format!(
        "{session:?} {:?} {:?} {:?}",
        session.claims(),
        session.authorization(),
        session.token()
    );
    assert_hidden(&shown, &[&token, CLEARTEXT]);

    let validate = ValidateToken::new(&token);
    assert_hidden(&format!("{validate:?}"), &[&token]);
    let step = world.context.validate(validate, CallOptions::new(), world.now());
    assert_hidden(&format!("{step:?}"), &[&token]);

    // Forged, cut and expired ones, too.
    let (cut_off, _) = token.split_at(token.len() - 3);
    let forged = format!("{token}AAAA");
    for refused in
        [cut_off, &forged, "hunter2hunter2", &world.emulator.token().expires_in(-60).mint()]
    {
        let step = world.context.validate(refused, CallOptions::new(), world.now());
        let error = world.drive(step).unwrap_err();
        let shown = format!("{error} {error:?} {error:#?} {:?}", error.token_error());
        assert_hidden(&shown, &[refused]);
    }
}
