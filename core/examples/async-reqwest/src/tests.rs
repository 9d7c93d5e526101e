//! The async driver against an emulator, in fair and in foul weather.

use std::sync::Arc;
use std::time::Duration;

use descope_core::{
    ActOnAccessKey, CreateAccessKey, CreatedAccessKey, Error, ErrorKind, Expiry, LoadAccessKey,
    Outcome, Session, TokenCache, transport_fn,
};
use descope_emulator::conformance::{self, Rule};
use descope_emulator::{Emulator, Fault, Key, Operation};

use super::*;

const CLEARTEXT: &str = "K2-of-a-test";

fn emulator() -> Emulator {
    Emulator::builder().key(Key::new("seeded").with_cleartext(CLEARTEXT)).start()
}

fn driver(emulator: &Emulator) -> Driver {
    driver_at(emulator, &emulator.base_url())
}

fn driver_at(emulator: &Emulator, base_url: &str) -> Driver {
    let config = Config::builder(emulator.project_id())
        .base_url(base_url)
        .management_key(emulator.management_key())
        .limits(|limits| limits.backoff = Duration::ZERO)
        .build()
        .unwrap();
    let http = http(&config).unwrap();
    Driver::new(config, http)
}

async fn create(driver: &Driver) -> Result<CreatedAccessKey, Error> {
    driver.call(CreateAccessKey::new("k", Expiry::Never)).await
}

fn tokens(driver: &Driver, access_key: &str) -> TokenCache {
    driver.context().token_cache(ExchangeAccessKey::new(access_key), TokenLimits::default())
}

async fn token(driver: &Driver, tokens: &TokenCache) -> Result<Arc<Session>, Error> {
    driver.run(|_, now| tokens.obtain(CallOptions::new(), now)).await
}

async fn validate(driver: &Driver, token: &str) -> Result<(), Error> {
    driver.run(|core, now| core.validate(token, CallOptions::new(), now)).await.map(drop)
}

#[tokio::test]
async fn a_keys_whole_life() {
    let emulator = emulator();
    let driver = driver(&emulator);
    let created = create(&driver).await.unwrap();
    let session = token(&driver, &tokens(&driver, created.cleartext.expose())).await.unwrap();
    assert_eq!(session.key_id(), created.key.id());
    validate(&driver, session.token().expose()).await.unwrap();
    driver.call(ActOnAccessKey::delete(created.key.id())).await.unwrap();
    assert!(driver.call(LoadAccessKey::new(created.key.id())).await.is_err());
    assert_eq!(emulator.keys().len(), 1);
}

#[tokio::test]
async fn a_read_is_sent_again_and_a_create_is_not() {
    let emulator = emulator();
    let driver = driver(&emulator);
    emulator.inject(Fault::status(503).times(2));
    assert_eq!(driver.call(SearchAccessKeys::new()).await.unwrap().len(), 1);
    assert_eq!(emulator.count(Operation::Search), 3);

    for (fault, kind) in [
        (Fault::lost_answer(), ErrorKind::Transport),
        (Fault::cut(), ErrorKind::Transport),
        (Fault::status(503), ErrorKind::Api),
    ] {
        let shown = format!("{fault:?}");
        emulator.clear_requests();
        emulator.inject(fault);
        let error = create(&driver).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{shown}");
        assert_eq!(error.cleartext().is_some(), shown.contains("Cut"), "{shown}");
        assert_eq!(emulator.count(Operation::Create), 1, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fetches_for_all() {
    let emulator = emulator();
    let driver = driver(&emulator);
    let tokens = tokens(&driver, CLEARTEXT);
    emulator.inject(Fault::delayed(Duration::from_millis(50)).on(Operation::Exchange));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (driver, tokens) = (driver.clone(), tokens.clone());
            tokio::spawn(async move {
                let session = token(&driver, &tokens).await?;
                validate(&driver, session.token().expose()).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let counts = [Operation::Exchange, Operation::SigningKeys].map(|it| emulator.count(it));
    assert_eq!(counts, [1, 1]);
}

#[tokio::test]
async fn a_leader_that_is_dropped_leaves_nobody_waiting() {
    let emulator = emulator();
    let (driver, token) = (driver(&emulator), emulator.token().mint());
    emulator.inject(Fault::stalled().on(Operation::SigningKeys));
    let leader = tokio::spawn({
        let (driver, token) = (driver.clone(), token.clone());
        async move { validate(&driver, &token).await }
    });
    while emulator.count(Operation::SigningKeys) == 0 {
        tokio::task::yield_now().await;
    }
    let follower = tokio::spawn(async move { validate(&driver, &token).await });
    // On this one thread the follower runs until it waits.
    tokio::task::yield_now().await;
    leader.abort();
    follower.await.unwrap().unwrap();
    assert_eq!(emulator.count(Operation::SigningKeys), 2);
}

#[test]
fn it_holds_to_what_a_transport_must_but_for_interim_answers() {
    let config = Config::builder("P2test")
        .base_url("http://127.0.0.1:1")
        .limits(|limits| limits.connect_timeout = conformance::CONNECT_TIMEOUT);
    let http = http(&config.build().unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = conformance::check(transport_fn(|outgoing| runtime.block_on(http.send(outgoing))));
    // reqwest keeps interim answers to itself.
    let known = ["interim answers of 70 KiB", "interim answers without end"];
    let essential = report.findings().iter().filter(|finding| finding.rule.is_essential());
    let unknown: Vec<_> = essential.filter(|found| !known.contains(&&*found.fault)).collect();
    assert!(unknown.is_empty(), "{report}");
    assert!(report.broken(Rule::Unsent).is_empty() && report.broken(Rule::Source).is_empty());
}
