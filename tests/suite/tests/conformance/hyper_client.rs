//! A transport over hyper, as one writes it in an afternoon.

use std::future::Future;

use descope_core::{Failure, FailureKind, Outgoing, Reply, transport_fn};
use descope_emulator::conformance::{Rule, check};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

async fn send(outgoing: Outgoing) -> Reply {
    let limit = outgoing.timeout;
    let begun = tokio::time::Instant::now();
    let authority = outgoing.request.uri().authority().expect("an absolute URI").clone();
    let address = (authority.host().to_owned(), authority.port_u16().unwrap_or(80));
    let stream = match timeout(outgoing.connect_timeout, TcpStream::connect(address)).await {
        Err(_) => return Err(Failure::not_sent(FailureKind::ConnectTimeout)),
        Ok(connected) => {
            connected.map_err(|error| Failure::not_sent(FailureKind::Connect).with_source(error))?
        }
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(outgoing.max_header)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Failure::not_sent(FailureKind::Connect).with_source(error))?;
    let connection = tokio::spawn(connection);
    let left = limit.saturating_sub(begun.elapsed());
    let reply = within(left, receive(&mut sender, outgoing)).await;
    connection.abort();
    reply
}

async fn within(limit: std::time::Duration, reply: impl Future<Output = Reply>) -> Reply {
    timeout(limit, reply).await.unwrap_or_else(|_| Err(Failure::new(FailureKind::Timeout)))
}

async fn receive(sender: &mut http1::SendRequest<Full<Bytes>>, outgoing: Outgoing) -> Reply {
    let (mut parts, body) = outgoing.request.into_parts();
    let host = HeaderValue::from_str(parts.uri.authority().expect("absolute").as_str());
    parts.headers.insert(header::HOST, host.expect("visible ASCII"));
    parts.uri = parts.uri.path_and_query().expect("absolute").as_str().parse().expect("a path");
    let request = Request::from_parts(parts, Full::new(Bytes::from(body)));
    let (parts, mut body) = sender.send_request(request).await.map_err(failure)?.into_parts();
    let mut received = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                return Err(failure(error).with_partial(Response::from_parts(parts, received)));
            }
        };
        received.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        if received.len() > outgoing.max_body {
            received.truncate(outgoing.max_body);
            return Err(Failure::new(FailureKind::BodyTooLarge)
                .with_partial(Response::from_parts(parts, received))
                .with_source("the body is over its bound"));
        }
    }
    Ok(Response::from_parts(parts, received))
}

fn failure(error: hyper::Error) -> Failure {
    let kind = match error.is_parse() {
        true => FailureKind::Malformed,
        false => FailureKind::Closed,
    };
    Failure::new(kind).with_source(error)
}

#[test]
fn what_it_gets_wrong_is_told() {
    let runtime = Runtime::new().unwrap();
    let report = check(transport_fn(|outgoing| runtime.block_on(send(outgoing))));
    // Codings that were not offered are left to its caller, and so is the bound of headers.
    let codings = ["coding: br, which was not offered", "coding: zstd, which was not offered"];
    let echo = "echo in a coding that was not offered";
    assert_eq!(report.broken(Rule::Whole), [&codings[..], &[echo]].concat().into_iter().collect());
    assert!(report.broken(Rule::Size).contains("headers of 70 KiB"), "{report}");
    // What had arrived is dropped with the future when time is up.
    let partial = report.broken(Rule::Partial);
    assert!(partial.contains("stalled before the last byte"), "{report}");
    for held in [
        Rule::AsGiven,
        Rule::Once,
        Rule::Fresh,
        Rule::Http,
        Rule::Sent,
        Rule::Secrets,
        Rule::Unsent,
    ] {
        assert!(report.broken(held).is_empty(), "{report}");
    }
    // It reads interim answers for as long as there are any, and no timer gets a word in.
    let late = report.broken(Rule::Time).into_iter();
    assert!(late.eq(["interim answers without end"]) || report.broken(Rule::Time).is_empty());
    assert!(!report.is_sound());
}
