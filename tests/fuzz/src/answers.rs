//! The entry points of what the service answers, and of the base URL: foreign bytes in, and what must
//! hold of the outcome whatever they are.

use std::time::Duration;

use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Config, Context, CreateAccessKey, Endpoint,
    Error, ErrorKind, ExchangeAccessKey, Expiry, FetchLicense, FetchSigningKeys, LoadAccessKey,
    Now, Outcome, RotateAccessKey, SearchAccessKeys, Step, UpdateAccessKey, retry,
};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response};

const MANAGEMENT_KEY: &str = "management-key-that-nobody-may-see";
const CLEARTEXT: &str = "cleartext-that-nobody-may-see";

fn at(elapsed: u64) -> Now {
    Now::new(Duration::from_secs(elapsed), Duration::from_secs(1_800_000_000 + elapsed))
}

fn config() -> Config {
    let config = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key(MANAGEMENT_KEY);
    config.build().expect("a good configuration")
}

/// The bytes as the answer to every operation: as a success, and as refusals of several statuses.
pub fn response(data: &[u8]) {
    for status in [200, 204, 302, 400, 429, 503] {
        let key = |key: descope_core::AccessKey| assert!(!key.id().is_empty());
        answered(LoadAccessKey::new("K2"), status, data).map(key);
        answered(UpdateAccessKey::new("K2", "ci"), status, data).map(key);
        for created in [
            answered(CreateAccessKey::new("ci", Expiry::Never), status, data),
            answered(RotateAccessKey::new("K2"), status, data),
        ] {
            created.inspect(|created| assert!(!created.cleartext.expose().is_empty()));
        }
        if let Some(keys) = answered(SearchAccessKeys::new(), status, data) {
            keys.into_iter().for_each(same);
        }
        answered(ActOnAccessKey::activate("K2"), status, data);
        answered(ActOnAccessKeys::delete(["K2"]), status, data);
        if let Some(tier) = answered(FetchLicense::new(), status, data) {
            assert!(!tier.is_empty());
        }
        answered(ExchangeAccessKey::new(CLEARTEXT), status, data);
        if let Some(keys) = answered(FetchSigningKeys::new(), status, data) {
            assert!(!keys.is_empty());
        }
    }
}

/// A key says the same when it was written and read again.
fn same(key: descope_core::AccessKey) {
    let written = serde_json::to_string(&key).expect("a key can be written");
    assert_eq!(serde_json::from_str::<descope_core::AccessKey>(&written).ok(), Some(key));
}

/// The first attempt of a call, answered so. What it succeeds with, if it does.
fn answered<E: Endpoint>(endpoint: E, status: u16, data: &[u8]) -> Option<E::Output> {
    let context = Context::new(config(), [1; 32]);
    let Step::Send(_, sent) = context.call(endpoint, CallOptions::new(), at(0)) else {
        panic!("a call begins with a request");
    };
    let mut answer = Response::new(data.to_vec());
    *answer.status_mut() = status.try_into().expect("a status");
    if let Ok(value) = HeaderValue::from_bytes(&data[..data.len().min(40)]) {
        for name in ["cf-ray", "retry-after", "date"] {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    match sent.reply(Ok(answer), at(1)) {
        Step::Done(Ok(output)) => {
            assert!((200..300).contains(&status), "a refusal is no success");
            Some(output)
        }
        Step::Done(Err(error)) => {
            harmless(&error);
            assert!(status >= 300 || error.outcome() == Outcome::Unknown);
            None
        }
        Step::Sleep(delay, asleep) => {
            assert!(matches!(status, 429 | 503), "only these are sent again");
            assert!(delay < Duration::from_secs(60), "within the longest deadline");
            harmless(asleep.reason());
            None
        }
        // The license tier, after a 429.
        Step::Send(..) => None,
        Step::Wait(..) => panic!("nobody else is there"),
    }
}

/// An error is bounded and shows no credential. Its parts may each be as long as a kept body.
fn harmless(error: &Error) {
    let shown = format!("{error} {error:?} {}", error.body());
    assert!(shown.len() < 64 << 14, "{} bytes", shown.len());
    assert!(!shown.contains(MANAGEMENT_KEY) && !shown.contains(CLEARTEXT));
    assert_ne!(error.kind(), ErrorKind::InvalidArgument);
}

/// The bytes as `Retry-After` and, after a line feed, as `Date`.
pub fn retry_after(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    for name in [RETRY_AFTER, DATE] {
        let value = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok());
        value.map(|value| headers.insert(name, value));
    }
    let asked = retry::retry_after(&headers, at(0));
    let text = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let digits = text
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(digits) = digits {
        let seconds = digits.parse().unwrap_or(u64::MAX);
        assert_eq!(asked, Some(Duration::from_secs(seconds)));
    }
    let limits = config();
    let delay = retry::delay(limits.limits(), 1, asked, u64::MAX);
    assert!(delay >= asked.unwrap_or_default());
}

/// The bytes as a base URL.
pub fn base_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let builder = Config::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key(MANAGEMENT_KEY);
    let config = match builder.base_url(text).build() {
        Ok(config) => config,
        Err(error) => return assert_eq!(error.field(), Some("base_url"), "{error}"),
    };
    let base = config.base_url().to_owned();
    assert!(!base.ends_with('/') && !base.contains(['?', '#', ' ']), "{base}");
    let loopback = config.is_loopback();
    let Step::Send(outgoing, _) =
        Context::new(config, [1; 32]).call(LoadAccessKey::new("a/b?c"), CallOptions::new(), at(0))
    else {
        panic!("a call begins with a request");
    };
    let uri = outgoing.request.uri();
    assert_eq!(uri.to_string(), format!("{base}/v1/mgmt/accesskey?id=a%2Fb%3Fc"));
    assert!(uri.scheme_str() == Some("https") || loopback, "{uri}");
    assert!(!uri.authority().expect("a host").as_str().contains('@'), "{uri}");
    assert_eq!(uri.query(), Some("id=a%2Fb%3Fc"));
}
