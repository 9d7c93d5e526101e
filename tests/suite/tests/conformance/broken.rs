//! A good transport, broken on purpose in each way; and the rule by which the kit finds it.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use descope_blocking::UreqTransport;
use descope_core::{
    CallOptions, Config, Context, Failure, FailureKind, LoadAccessKey, Now, Outgoing, Reply, Step,
    Transport, transport_fn,
};
use descope_emulator::conformance::{Report, Rule, authority_pem, check_some};
use http::header::LOCATION;
use http::uri::Authority;
use http::{HeaderValue, Request, Response};
use ureq::Agent;
use ureq::tls::TlsConfig;

fn good() -> UreqTransport {
    UreqTransport::builder().ca_pem(authority_pem()).build().unwrap()
}

/// Checks a transport under the faults of these names.
fn check(transport: impl Transport, faults: &[&str]) -> Report {
    let report = check_some(transport, |fault| {
        (!faults.contains(&fault.name.as_str())).then_some("of no interest here")
    });
    assert!(!report.held().is_empty() || !report.findings().is_empty(), "no such fault");
    report
}

/// Under one fault the good transport breaks no rule, and the broken one breaks this.
fn caught(fault: &str, rule: Rule, broken: impl Transport) {
    let report = check(good(), &[fault]);
    assert!(report.findings().is_empty(), "{report}");
    let report = check(broken, &[fault]);
    assert!(report.broken(rule).contains(fault), "{rule:?} under {fault}: {report}");
    assert_eq!(report.is_sound(), !rule.is_essential(), "{report}");
    let text = report.to_string();
    assert!(text.contains(rule.why()) && text.contains(fault), "{text}");
}

/// What the good one answers, changed.
fn changed(change: impl Fn(Reply) -> Reply + Send + Sync) -> impl Transport {
    let good = good();
    transport_fn(move |outgoing| change(good.send(outgoing)))
}

/// What the good one is given, changed.
fn given(change: impl Fn(&mut Outgoing) + Send + Sync) -> impl Transport {
    let good = good();
    transport_fn(move |mut outgoing| {
        change(&mut outgoing);
        good.send(outgoing)
    })
}

/// What the good one reports of a failure, changed.
fn failing(change: impl Fn(&mut Failure) + Send + Sync) -> impl Transport {
    changed(move |reply| {
        reply.map_err(|mut failure| {
            change(&mut failure);
            failure
        })
    })
}

/// The same to be sent once more. `Outgoing` is made by the core alone: this is another of its, with
/// what differs replaced.
fn again(outgoing: &Outgoing) -> Outgoing {
    let config = Config::builder("P1").management_key("K2").build().unwrap();
    let now = Now::new(Duration::ZERO, Duration::ZERO);
    let call =
        Context::new(config, [1; 32]).call(LoadAccessKey::new("K1"), CallOptions::new(), now);
    let Step::Send(mut copy, _) = call else { panic!("{call:?}") };
    copy.request = outgoing.request.clone();
    copy.timeout = outgoing.timeout;
    copy.connect_timeout = outgoing.connect_timeout;
    copy.max_header = outgoing.max_header;
    copy.max_body = outgoing.max_body;
    copy.max_refusal_body = outgoing.max_refusal_body;
    copy.fresh_connection = outgoing.fresh_connection;
    copy.loopback = outgoing.loopback;
    copy
}

#[test]
fn a_request_that_is_not_as_it_was_given() {
    caught("status 400", Rule::AsGiven, given(|outgoing| outgoing.request.body_mut().clear()));
    caught(
        "status 400",
        Rule::AsGiven,
        given(|outgoing| drop(outgoing.request.headers_mut().remove("authorization"))),
    );
    caught(
        "status 400",
        Rule::AsGiven,
        given(|outgoing| *outgoing.request.method_mut() = http::Method::PUT),
    );
}

#[test]
fn a_cookie_that_is_kept() {
    let good = good();
    let jar: Mutex<Option<HeaderValue>> = Mutex::default();
    caught(
        "a cookie to keep",
        Rule::AsGiven,
        transport_fn(move |mut outgoing| {
            if let Some(cookie) = jar.lock().unwrap().clone() {
                outgoing.request.headers_mut().insert("cookie", cookie);
            }
            let reply = good.send(outgoing);
            if let Ok(response) = &reply {
                *jar.lock().unwrap() = response.headers().get("set-cookie").cloned();
            }
            reply
        }),
    );
}

#[test]
fn a_request_that_is_sent_again() {
    let good = good();
    caught(
        "closed after the key was created",
        Rule::Once,
        transport_fn(move |outgoing| {
            let second = again(&outgoing);
            good.send(outgoing).or_else(|_| good.send(second))
        }),
    );
}

#[test]
fn a_redirect_that_is_followed() {
    let good = good();
    caught(
        "redirect to the same host",
        Rule::Once,
        transport_fn(move |outgoing| {
            let base = outgoing.request.uri().clone();
            let next = |to: &HeaderValue| {
                let mut parts = base.clone().into_parts();
                parts.path_and_query = Some(to.to_str().ok()?.parse().ok()?);
                http::Uri::from_parts(parts).ok()
            };
            let mut copy = again(&outgoing);
            let response = good.send(outgoing)?;
            match response.headers().get(LOCATION).and_then(next) {
                Some(uri) => {
                    *copy.request.uri_mut() = uri;
                    good.send(copy)
                }
                None => Ok(response),
            }
        }),
    );
}

#[test]
fn a_pooled_connection_where_a_fresh_one_is_asked_for() {
    let broken = given(|outgoing| outgoing.fresh_connection = false);
    caught("closed at the next request", Rule::Fresh, broken);
}

/// Keeps a connection, and takes what comes first on it for its answer.
fn keeping_one() -> impl Transport {
    let kept: Mutex<Option<(Authority, BufReader<TcpStream>)>> = Mutex::default();
    transport_fn(move |outgoing| {
        let (request, mut kept) = (&outgoing.request, kept.lock().unwrap());
        let to = request.uri().authority().unwrap().clone();
        let usable = kept.take().filter(|(whose, _)| *whose == to && !outgoing.fresh_connection);
        let mut connection = match usable {
            Some((_, connection)) => connection,
            None => BufReader::new(TcpStream::connect(to.as_str()).unwrap()),
        };
        write_request(connection.get_mut(), request).unwrap();
        let body = read_body(&mut connection).unwrap();
        *kept = Some((to, connection));
        Ok(Response::new(body))
    })
}

fn write_request(to: &mut impl Write, request: &Request<Vec<u8>>) -> io::Result<()> {
    let (uri, body) = (request.uri(), request.body());
    let target = uri.path_and_query().unwrap();
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method());
    head += &format!("host: {}\r\n", uri.authority().unwrap());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    if !body.is_empty() {
        head += &format!("content-length: {}\r\n", body.len());
    }
    to.write_all(&[head.as_bytes(), b"\r\n", body].concat())
}

fn read_body(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut length = 0;
    for line in from.lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

#[test]
fn an_answer_that_nobody_asked_for() {
    for when in ["together with the one before", "while idle"] {
        caught(&format!("an unasked answer {when}"), Rule::Own, keeping_one());
    }
    // One that notices, and gives up the request for it, does no harm.
    let good = good();
    let requests = AtomicUsize::new(0);
    let strict = transport_fn(move |outgoing| match requests.fetch_add(1, Ordering::Relaxed) {
        // After the kit's own, and the good one.
        2 => Err(Failure::new(FailureKind::Closed).with_source("an answer that nobody asked for")),
        _ => good.send(outgoing),
    });
    let report = check(strict, &["an unasked answer while idle"]);
    assert!(report.is_sound() && report.findings().len() == 1, "{report}");
}

#[test]
fn a_status_that_is_made_an_error() {
    let broken = changed(|reply| match reply {
        Ok(response) if response.status().as_u16() >= 400 => {
            Err(Failure::new(FailureKind::Malformed).with_source("status"))
        }
        reply => reply,
    });
    caught("status 409", Rule::Answers, broken);
}

#[test]
fn a_refusal_of_which_less_is_taken_than_the_core_reads() {
    let broken = given(|outgoing| outgoing.max_refusal_body /= 2);
    caught("echo at the edge of what is kept", Rule::Answers, broken);
}

#[test]
fn an_answer_that_was_cut_and_passes_for_whole() {
    let lenient = |kind: FailureKind| {
        changed(move |reply| match reply {
            Err(failure) if failure.kind == kind => {
                failure.partial.map(|partial| *partial).ok_or_else(|| Failure::new(kind))
            }
            reply => reply,
        })
    };
    caught("closed in the body", Rule::Whole, lenient(FailureKind::Closed));
    caught("stalled in the body", Rule::Whole, lenient(FailureKind::Timeout));
    let coding = "coding: br, which was not offered";
    caught(coding, Rule::Whole, lenient(FailureKind::Coding));
    let cut_short =
        changed(|reply| reply.map(|response| response.map(|body| body[..body.len() / 2].to_vec())));
    caught("an interim 103", Rule::Whole, cut_short);
    caught("a body one byte too long", Rule::Size, lenient(FailureKind::BodyTooLarge));
}

#[test]
fn what_is_not_http() {
    let broken = changed(|reply| match reply {
        Err(failure) if failure.kind == FailureKind::Malformed => Ok(Response::default()),
        reply => reply,
    });
    caught("contradictory lengths", Rule::Http, broken);
}

#[test]
fn a_certificate_that_is_not_looked_at() {
    let tls = TlsConfig::builder().disable_verification(true).build();
    let agent = Agent::config_builder().tls_config(tls).build().new_agent();
    caught("certificate of another host", Rule::Certificates, UreqTransport::from_agent(agent));
}

#[test]
fn limits_of_time() {
    let patient = || {
        given(|outgoing| {
            outgoing.timeout *= 2;
            outgoing.connect_timeout *= 3;
        })
    };
    caught("no answer", Rule::Time, patient());
    caught("connecting hangs", Rule::Time, patient());
    let hasty = given(|outgoing| outgoing.timeout /= 3);
    caught("no answer", Rule::Patience, hasty);
}

#[test]
fn bounds_of_size() {
    let endless = given(|outgoing| {
        outgoing.max_body *= 4;
        outgoing.max_header *= 4;
    });
    let report = check(endless, &["a body one byte too long", "headers of 70 KiB"]);
    assert_eq!(report.broken(Rule::Size).len(), 2, "{report}");
}

#[test]
fn a_failure_that_says_it_was_not_sent() {
    caught("no answer", Rule::Sent, failing(|failure| failure.sent = false));
    caught("connection refused", Rule::Unsent, failing(|failure| failure.sent = true));
}

#[test]
fn a_failure_that_shows_the_credential() {
    let good = good();
    caught(
        "no answer",
        Rule::Secrets,
        transport_fn(move |outgoing| {
            let bearer = outgoing.request.headers()["authorization"].to_str().unwrap().to_owned();
            good.send(outgoing).map_err(|failure| failure.with_source(bearer))
        }),
    );
}

#[test]
fn a_failure_that_tells_less() {
    let one_kind = failing(|failure| failure.kind = FailureKind::Closed);
    caught("a header without a colon", Rule::Kind, one_kind);
    caught("closed in the body", Rule::Partial, failing(|failure| failure.partial = None));
    caught("closed in the body", Rule::Source, failing(|failure| failure.source = None));
}

#[test]
fn a_coding_that_is_offered_and_not_decoded() {
    let broken = changed(|reply| reply.map(|response| response.map(|_| b"\x1f\x8b\x08".to_vec())));
    caught("coding: gzip", Rule::Whole, broken);
}
