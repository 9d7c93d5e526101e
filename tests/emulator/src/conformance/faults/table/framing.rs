//! Answers that are not HTTP, and odd ones that are.

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{Sent, answered, fails, lost, succeeds};
use super::{answering, fault, good, head, raw, send, well, whole};
use crate::conformance::faults::{Act, Fault, Peer, Request};

type Script = fn(&Request) -> Vec<Act>;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    let without_head = lost(F::Malformed);
    for (name, bytes) in [
        ("text instead of HTTP", b"who are you?\r\n\r\n".to_vec()),
        ("a bare body", b"{\"key\":{\"id\":\"K1\"}}\r\n\r\n".to_vec()),
        ("TLS instead of HTTP", vec![0x15, 3, 1, 0, 2, 2, 70]),
        ("HTTP/2.0", b"HTTP/2.0 200 OK\r\n\r\n".to_vec()),
        ("a status in letters", b"HTTP/1.1 abc OK\r\n\r\n".to_vec()),
        ("status 099", b"HTTP/1.1 099 OK\r\n\r\n".to_vec()),
        ("a header without a colon", b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n".to_vec()),
        ("a header with a zero byte", b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n".to_vec()),
        ("a folded header", b"HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n".to_vec()),
        ("contradictory lengths", head(200, "content-length: 2\r\ncontent-length: 3\r\n").into()),
        ("a negative length", head(200, "content-length: -5\r\n").into()),
        ("a length in words", head(200, "content-length: five\r\n").into()),
        ("a length beyond 64 bits", head(200, "content-length: 99999999999999999999\r\n").into()),
    ] {
        faults.push(malformed(name, bytes, without_head.clone()));
    }
    for (name, chunks) in [
        ("a chunk size that is no number", "zz\r\n{}\r\n"),
        ("a chunk size beyond 64 bits", "fffffffffffffffff\r\n{}\r\n"),
        ("a chunk longer than announced", "1\r\n{}\r\n0\r\n\r\n"),
    ] {
        let bytes = head(200, "transfer-encoding: chunked\r\n") + chunks;
        let sent = without_head.clone().with(200, "");
        faults.push(malformed(name, bytes.into(), sent));
    }
    let odd: [(&str, Script); 12] = [
        ("an interim 100", |request| vec![send("HTTP/1.1 100 Continue\r\n\r\n"), well(request)]),
        ("an interim 103", |request| {
            vec![send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), well(request)]
        }),
        ("line feeds alone", |request| {
            let text = String::from_utf8(whole(200, "", good(request))).unwrap();
            vec![send(text.replace('\r', ""))]
        }),
        ("no reason phrase", |request| {
            let body = good(request);
            vec![send(format!("HTTP/1.1 200\r\ncontent-length: {}\r\n\r\n{body}", body.len()))]
        }),
        ("a body that ends with the connection", |request| {
            vec![send(head(200, "")), send(good(request)), Act::Close]
        }),
        ("HTTP/1.0", |request| {
            vec![send("HTTP/1.0 200 OK\r\n\r\n"), send(good(request)), Act::Close]
        }),
        ("the same length twice", |request| {
            let body = good(request);
            let length = format!("content-length: {}\r\n", body.len());
            vec![send(head(200, &format!("{length}{length}"))), send(body)]
        }),
        ("chunks with an extension and trailers", |request| {
            vec![chunked(request, ";a=b", "expires: never\r\n\r\n")]
        }),
        ("chunks that end in a hurry", |request| vec![chunked(request, "", ""), Act::Close]),
        ("bytes after the body", |request| vec![well(request), send("HTTP/1.1 500 Boo\r\n\r\n")]),
        ("closed after the answer", |request| vec![well(request), Act::Close]),
        ("reset after the answer", |request| vec![well(request), Act::Reset]),
    ];
    for (name, answer) in odd {
        faults.push(fault(name, answering(answer), answered(200), succeeds(1), succeeds(1)));
    }
    faults.push(fault(
        "a final 101",
        raw(head(101, "upgrade: websocket\r\nconnection: upgrade\r\n"), &[Act::Stall]),
        answered(101),
        fails(ErrorKind::Protocol, Unknown, 1),
        fails(ErrorKind::Protocol, Unknown, 1),
    ));
    faults
}

fn malformed(name: &str, bytes: Vec<u8>, sent: Sent) -> Fault {
    let peer: Peer = raw(bytes, &[Act::Stall]);
    let load = fails(ErrorKind::Protocol, Unknown, 3);
    fault(name, peer, sent, load, fails(ErrorKind::Protocol, Unknown, 1))
}

fn chunked(request: &Request, extension: &str, after: &str) -> Act {
    let body = good(request);
    let head = head(200, "transfer-encoding: chunked\r\n");
    send(format!("{head}{:x}{extension}\r\n{body}\r\n0\r\n{after}", body.len()))
}
