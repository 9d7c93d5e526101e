//! Errors read for sense: what failed, whether it happened on the server, what to do next.

use descope_core::{
    CallOptions, CreateAccessKey, Endpoint, Error, Expiry, Failure, FailureKind, LoadAccessKey,
    Reply, RotateAccessKey, UpdateAccessKey,
};
use descope_suite::scenario::{Scenario, cut, json, lost, not_sent, refused, status, with_header};

use crate::rules::FAILURES;

fn once<E: Endpoint>(endpoint: E, reply: Reply) -> Error {
    let options = CallOptions::new().max_attempts(1);
    match Scenario::new().options(options).then(reply).play(endpoint).result {
        Ok(_) => panic!("no error"),
        Err(error) => error,
    }
}

fn create(reply: Reply) -> String {
    once(CreateAccessKey::new("ci", Expiry::Never), reply).to_string()
}

fn not_sent_through(kind: FailureKind) -> Reply {
    Err(Failure::not_sent(kind).with_proxy("proxy.example:3128"))
}

fn load(reply: Reply) -> String {
    once(LoadAccessKey::new("K2"), reply).to_string()
}

#[test]
fn each_error_reads_well() {
    let table = [
        (
            load(not_sent(FailureKind::Connect)),
            "load access key \"K2\": no connection to the server api.descope.com:443: check network, \
             proxy and base URL; nothing was sent",
        ),
        (
            load(not_sent_through(FailureKind::Resolve)),
            "load access key \"K2\": no connection to the server api.descope.com:443 through the \
             proxy proxy.example:3128: check network, proxy and base URL; nothing was sent",
        ),
        (
            load(not_sent_through(FailureKind::Proxy)),
            "load access key \"K2\": the proxy proxy.example:3128 refuses the log-in: check its user \
             and password; nothing was sent",
        ),
        (
            load(not_sent(FailureKind::Proxy)),
            "load access key \"K2\": the proxy setting cannot be used, and nothing goes past it; \
             nothing was sent",
        ),
        (
            load(not_sent(FailureKind::ConnectTimeout)),
            "load access key \"K2\": no connection to the server api.descope.com:443 in time: check \
             network, proxy and base URL; nothing was sent",
        ),
        (
            create(not_sent(FailureKind::Certificate)),
            "create access key named \"ci\": the TLS handshake with the server \
             api.descope.com:443 failed: check base URL, proxy, the certificates that are trusted, and this machine's clock; nothing was \
             sent",
        ),
        (load(lost(FailureKind::Timeout)), "load access key \"K2\": no complete answer in time"),
        (
            load(refused(401, "E064001")),
            "load access key \"K2\": the service refused the credential: check the key and its \
             project (status 401 Unauthorized, E064001, not this time)",
        ),
        (
            load(json(404, r#"{"errorCode":"E111502","errorDescription":"Not found"}"#)),
            "load access key \"K2\": the service refused: there is no such thing (status 404 Not \
             Found, E111502, Not found)",
        ),
        (
            load(with_header(with_header(status(429), "retry-after", "7"), "cf-ray", "8f1-FRA")),
            "load access key \"K2\": the service refused: too many requests, wait and try again \
             (status 429 Too Many Requests from api.descope.com:443, retry after 7 s, request id \
             8f1-FRA)",
        ),
        (
            load(status(307)),
            "load access key \"K2\": the server answered with a redirect, which is not followed: \
             check the base URL (status 307 Temporary Redirect from api.descope.com:443)",
        ),
        (
            create(status(503)),
            "create access key named \"ci\": the service failed (status 503 Service Unavailable \
             from api.descope.com:443); OUTCOME UNKNOWN: the key may exist, and then nobody holds its secret. Do not just \
             create it again: look for it with find_unconfirmed, then rotate it for a new secret, \
             or delete it",
        ),
        (
            create(cut(json(200, r#"{"cleartext":"x","#))),
            "create access key named \"ci\": the connection ended before the answer was complete \
             (status 200 OK from api.descope.com:443); OUTCOME UNKNOWN: the key may exist, and then nobody holds its \
             secret. Do not just create it again: look for it with find_unconfirmed, then rotate \
             it for a new secret, or delete it; its cleartext did arrive and is in this error",
        ),
        (
            load(json(200, "<html>")),
            "load access key \"K2\": the answer is markup, not JSON: does the base URL point at \
             the service? (line 1, column 1) (status 200 OK from api.descope.com:443)",
        ),
    ];
    for (said, expected) in table {
        assert_eq!(said, expected);
    }
}

#[test]
fn every_failure_has_words_of_its_own_kind() {
    let mut said = std::collections::BTreeSet::new();
    for kind in FAILURES {
        for reply in [lost(kind), not_sent(kind)] {
            let sent = reply.as_ref().is_err_and(|failure| failure.sent);
            let words = create(reply);
            assert_eq!(words.contains("OUTCOME UNKNOWN"), sent, "{words}");
            assert_eq!(words.contains("nothing was sent"), !sent, "{words}");
            let what = words.split(": ").nth(1).unwrap().split(';').next().unwrap().to_string();
            said.insert(what);
        }
    }
    assert!(said.len() >= 9, "{said:#?}");
}

#[test]
fn attempts_are_told_where_there_were_several() {
    let scenario = Scenario::new().then(status(503)).then(status(502)).then(status(504));
    let words = scenario.play(UpdateAccessKey::new("K2", "n")).error().to_string();
    assert_eq!(
        words,
        "update access key \"K2\": the service failed (status 504 Gateway Timeout \
         from api.descope.com:443) after 3 attempts; OUTCOME UNKNOWN: it may have been done; doing it again is safe"
    );
}

#[test]
fn a_rotate_in_doubt_says_how_to_find_out() {
    let words = once(RotateAccessKey::new("K2"), lost(FailureKind::Closed)).to_string();
    assert!(words.contains("the old secret may be dead"), "{words}");
    assert!(words.contains("Try an exchange with the old secret"), "{words}");
}

#[test]
fn what_the_service_says_is_bounded_and_one_line() {
    let message = format!("first\\nsecond\\u001b[31m{}", "x".repeat(10_000));
    let words =
        load(json(400, &format!(r#"{{"errorCode":"E011003","errorMessage":"{message}"}}"#)));
    assert!(words.len() < 600, "{}", words.len());
    assert!(!words.chars().any(char::is_control), "{words}");
    assert!(words.contains("first\\nsecond"), "{words}");
}
