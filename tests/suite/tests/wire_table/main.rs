//! The project's own table of requests, written from the documentation of the service's wire.

mod addresses;
mod headers;
mod operations;
mod refusals;

use descope_core::{CallOptions, Context, CreateAccessKey, Endpoint, ErrorKind, Expiry, Outgoing};
use descope_suite::json;
use descope_suite::scenario::{config, first};
use http::Method;
use serde_json::{Value, json};

/// The request of a call under the ordinary configuration.
pub(crate) fn sent(endpoint: impl Endpoint) -> Outgoing {
    sent_by(&Context::new(config(), [1; 32]), endpoint)
}

pub(crate) fn sent_by(context: &Context, endpoint: impl Endpoint) -> Outgoing {
    first(context, endpoint, CallOptions::new()).unwrap()
}

/// The field and the words of a call's refusal; nothing is sent.
pub(crate) fn refused(endpoint: impl Endpoint) -> (&'static str, String) {
    let error = first(&Context::new(config(), [1; 32]), endpoint, CallOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.attempts(), 0);
    (error.field().expect("a field"), error.to_string())
}

pub(crate) fn header<'a>(outgoing: &'a Outgoing, name: &str) -> Option<&'a str> {
    outgoing.request.headers().get(name).map(|value| value.to_str().unwrap())
}

pub(crate) fn assert_post(endpoint: impl Endpoint, path: &str, body: &Value) {
    let outgoing = sent(endpoint);
    let request = &outgoing.request;
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri().to_string(), format!("https://api.descope.com{path}"));
    assert_eq!(header(&outgoing, "content-type"), Some("application/json"));
    let sent = json::body(request);
    assert!(json::same(&sent, body), "{sent} instead of {body}");
}

pub(crate) fn assert_get(endpoint: impl Endpoint, path_and_query: &str) {
    let outgoing = sent(endpoint);
    let request = &outgoing.request;
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.uri().to_string(), format!("https://api.descope.com{path_and_query}"));
    assert!(request.body().is_empty());
    assert_eq!(header(&outgoing, "content-type"), None);
    assert_eq!(header(&outgoing, "content-length"), None);
}

pub(crate) fn create() -> CreateAccessKey {
    CreateAccessKey::new("n", Expiry::Never)
}

pub(crate) fn assert_create(create: CreateAccessKey, rest: Value) {
    let mut body = json!({"name": "n", "expireTime": 0});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    assert_post(create, "/v1/mgmt/accesskey/create", &body);
}
