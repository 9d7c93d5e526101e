//! A transport over attohttpc, as one writes it in an afternoon.

use std::io::{self, Read};

use attohttpc::{ErrorKind, ProxySettings, RequestBuilder};
use descope_core::{Failure, FailureKind, Outgoing, Reply, transport_fn};
use descope_emulator::conformance::{Rule, check};
use http::Response;

fn send(outgoing: Outgoing) -> Reply {
    let (parts, body) = outgoing.request.into_parts();
    let mut request = RequestBuilder::new(parts.method, parts.uri.to_string())
        .follow_redirects(false)
        .timeout(outgoing.timeout)
        .connect_timeout(outgoing.connect_timeout)
        .read_timeout(outgoing.timeout);
    if outgoing.loopback {
        request = request.proxy_settings(ProxySettings::builder().build());
    }
    for (name, value) in &parts.headers {
        request = request.header_append(name, value);
    }
    let sent = match body.is_empty() {
        true => request.send(),
        false => request.bytes(body).send(),
    };
    let (status, headers, reader) = sent.map_err(failure)?.split();
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let bound = outgoing.max_body as u64 + 1;
    if let Err(error) = reader.take(bound).read_to_end(response.body_mut()) {
        return Err(Failure::new(kind(&error)).with_partial(response).with_source(error));
    }
    if response.body().len() > outgoing.max_body {
        response.body_mut().truncate(outgoing.max_body);
        return Err(Failure::new(FailureKind::BodyTooLarge)
            .with_partial(response)
            .with_source("the body is over its bound"));
    }
    Ok(response)
}

fn failure(error: attohttpc::Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Io(error) => kind(error),
        ErrorKind::InvalidResponse(_) => FailureKind::Malformed,
        _ => FailureKind::Closed,
    };
    Failure::new(kind).with_source(error)
}

fn kind(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureKind::Timeout,
        io::ErrorKind::ConnectionRefused => FailureKind::Connect,
        _ => FailureKind::Closed,
    }
}

#[test]
fn what_it_gets_wrong_is_told() {
    let report = check(transport_fn(send));
    // Nobody would notice but for the kit: it takes half a body for a whole one …
    let cut = report.broken(Rule::Whole);
    for fault in ["closed in the body", "closed before the last byte", "closed after the head"] {
        assert!(cut.contains(fault), "{report}");
    }
    // … leaves codings to its caller, and takes interim answers for final ones.
    assert!(cut.contains("coding: br, which was not offered"), "{report}");
    for fault in ["an interim 100", "an interim 103"] {
        assert!(report.broken(Rule::Answers).contains(fault), "{report}");
    }
    // It does not tell whether it could connect.
    assert!(report.broken(Rule::Unsent).contains("connection refused"), "{report}");
    for held in [Rule::AsGiven, Rule::Once, Rule::Fresh, Rule::Time, Rule::Sent, Rule::Secrets] {
        assert!(report.broken(held).is_empty(), "{report}");
    }
    assert!(!report.is_sound());
}
