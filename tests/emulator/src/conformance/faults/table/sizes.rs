//! Answers that are larger than anybody could want.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use descope_core::FailureKind as F;
use descope_core::Outcome::{Rejected, Unknown};
use descope_core::{ErrorKind, FailureKind};

use super::super::expect::{Sent, answered, fails, lost, succeeds};
use super::bodies::gzip;
use super::{CLEARTEXT, MAX_BODY, answering, fault, good, head, raw, send, well, whole};
use crate::conformance::faults::{Act, Answer, Behaviour, Fault, Peer};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = bodies();
    faults.extend(headers());
    for fault in &mut faults {
        fault.large = true;
    }
    faults
}

/// Many zeros in a few bytes; made once, as that takes its time.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzip(&vec![b'0'; 16 << 20]));

fn bodies() -> Vec<Fault> {
    let chunks = head(200, "transfer-encoding: chunked\r\n");
    let chunk = format!("{:x}\r\n{}\r\n", 16 << 10, "a".repeat(16 << 10));
    let gzipped = head(200, "content-encoding: gzip\r\n");
    let some = lost(F::BodyTooLarge).with(200, "aaaaaaaa");
    let rows = [
        ("a body without end", raw(head(200, ""), &[endless("a".repeat(64 << 10))]), some.clone()),
        ("chunks without end", raw(chunks.clone(), &[endless(chunk)]), some.clone()),
        (
            "a gzip bomb",
            raw(gzipped.clone(), &[endless(BOMB.clone())]),
            lost(F::BodyTooLarge).with(200, "00000000"),
        ),
        (
            "a body one byte too long",
            raw(whole(200, "", "a".repeat(MAX_BODY + 1)), &[]),
            lost(F::BodyTooLarge).with(200, "aaaaaaaa"),
        ),
        (
            "a chunked body one byte too long",
            raw(format!("{chunks}{:x}\r\n{}", 2 << 20, "a".repeat(MAX_BODY + 1)), &[Act::Stall]),
            some,
        ),
    ];
    let mut faults: Vec<_> = rows
        .into_iter()
        .map(|(name, peer, sent)| too_large(name, ErrorKind::BodyTooLarge, peer, sent))
        .collect();
    // What is kept of a refusal's body is enough, and its status decides.
    faults.push(fault(
        "ten gibibytes announced for a refusal",
        raw(head(500, "content-length: 10737418240\r\n"), &[Act::Stall]),
        lost(F::BodyTooLarge).with(500, ""),
        fails(ErrorKind::Api, Unknown, 3),
        fails(ErrorKind::Api, Unknown, 1),
    ));
    faults.push(fault(
        "a refusal without end",
        raw(head(404, ""), &[endless("a".repeat(64 << 10))]),
        lost(F::BodyTooLarge).with(404, "aaaaaaaa"),
        fails(ErrorKind::Intermediary, Rejected, 1),
        fails(ErrorKind::Intermediary, Unknown, 1),
    ));
    let mut announced = too_large(
        "ten gibibytes announced",
        ErrorKind::BodyTooLarge,
        answering(|request| {
            vec![send(head(200, "content-length: 10737418240\r\n") + &good(request)), Act::Stall]
        }),
        lost(F::BodyTooLarge).with(200, "{\""),
    );
    announced.post =
        announced.post.with(200, format!(r#"{{"cleartext":"{CLEARTEXT}","key":{{"id":"K1"#));
    announced.create = announced.create.with_secret();
    faults.push(announced);
    // What is around the body has the bound of headers.
    for (name, peer) in [
        (
            "trailers without end",
            raw(
                chunks.clone() + "2\r\naa\r\n0\r\n",
                &[endless("x-filler: aaaaaaaa\r\n".repeat(99))],
            ),
        ),
        ("a trailer without end", raw(chunks + "2\r\naa\r\n0\r\nx:", &[endless("a".repeat(4096))])),
        ("gzip of nothing without end", raw(gzipped, &[endless(gzip_of_nothing().repeat(9))])),
    ] {
        let body = if name.starts_with("gzip") { "" } else { "aa" };
        let sent = lost(F::HeaderTooLarge).with(200, body);
        faults.push(too_large(name, ErrorKind::Protocol, peer, sent));
    }
    faults.push(fault(
        "a body that just fits",
        answering(|request| {
            let body = good(request);
            vec![send(whole(200, "", " ".repeat(MAX_BODY - body.len()) + &body))]
        }),
        answered(200),
        succeeds(1),
        succeeds(1),
    ));
    faults
}

fn headers() -> Vec<Fault> {
    let start = "HTTP/1.1 200 OK\r\n";
    let line = "x-filler: aaaaaaaa\r\n";
    let interim = head(103, &line.repeat(16));
    let rows: [(&str, Peer); 6] = [
        ("headers without end", raw(start, &[endless(line.repeat(99))])),
        ("a header without end", raw(format!("{start}x: "), &[endless("a".repeat(4096))])),
        ("a status line without end", raw("HTTP/1.1 200 ", &[endless("a".repeat(4096))])),
        ("129 headers", raw(head(200, &"a: b\r\n".repeat(129)), &[Act::Stall])),
        (
            "headers of 70 KiB",
            raw(whole(200, &format!("x: {}\r\n", "a".repeat(70 << 10)), "{}"), &[]),
        ),
        ("interim answers without end", raw("", &[endless(interim.clone())])),
    ];
    let mut faults: Vec<_> = rows
        .into_iter()
        .map(|(name, peer)| too_large(name, ErrorKind::Protocol, peer, lost(F::HeaderTooLarge)))
        .collect();
    let count = (70 << 10) / interim.len();
    let many = interim.repeat(count);
    faults.push(too_large(
        "interim answers of 70 KiB",
        ErrorKind::Protocol,
        answering(move |request| vec![send(&many), well(request)]),
        lost(F::HeaderTooLarge),
    ));
    let few = interim.repeat(count / 2);
    let fitting: [(&str, Answer); 2] = [
        ("interim answers of 35 KiB", Arc::new(move |request| vec![send(&few), well(request)])),
        (
            "headers of 60 KiB, and a body of as much",
            Arc::new(|request| {
                let header = format!("x: {}\r\n", "a".repeat(60 << 10));
                vec![send(whole(200, &header, " ".repeat(60 << 10) + &good(request)))]
            }),
        ),
    ];
    for (name, answer) in fitting {
        let peer = Peer::Server(Behaviour { answer: Some(answer), ..Behaviour::default() });
        faults.push(fault(name, peer, answered(200), succeeds(1), succeeds(1)));
    }
    faults
}

fn endless(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Repeat(bytes.into(), Duration::ZERO)
}

/// A member of a gzip file with a long name and no content.
fn gzip_of_nothing() -> Vec<u8> {
    let name = [b'n'; 4096];
    [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff][..], &name, &[0, 3, 0], &[0; 8]].concat()
}

fn too_large(name: &str, kind: ErrorKind, peer: Peer, sent: Sent) -> Fault {
    debug_assert!(matches!(
        sent.reply,
        Err(FailureKind::BodyTooLarge | FailureKind::HeaderTooLarge)
    ));
    fault(name, peer, sent, fails(kind, Unknown, 1), fails(kind, Unknown, 1))
}
