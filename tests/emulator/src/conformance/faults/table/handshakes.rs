//! TLS that fails, and TLS that ends abruptly.

use std::time::Duration;

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::{NotSent, Unknown};

use super::super::expect::{Called, Sent, Took, answered, fails, lost, succeeds, unsent};
use super::{fault, good, head, send, speaking, well, whole};
use crate::conformance::faults::{Act, Behaviour, Fault, Identity, Peer, Request};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, identity) in [
        ("certificate expired", Identity::Expired),
        ("certificate not valid yet", Identity::NotYetValid),
        ("certificate of another host", Identity::OtherHost),
        ("certificate by an unknown issuer", Identity::UnknownIssuer),
    ] {
        let peer = speaking(identity, |request| vec![well(request)]);
        faults.push(handshake(name, peer, unsent(F::Certificate), 1));
    }
    let hello = Act::Read;
    for (name, accept, kind, attempts) in [
        ("TLS closed at the hello", vec![hello.clone(), Act::Close], F::Tls, 3),
        ("TLS reset at the hello", vec![hello.clone(), Act::Reset], F::Tls, 3),
        (
            "TLS closed in the midst of a record",
            vec![hello.clone(), send([0x16, 3, 3, 0, 122, 2]), Act::Close],
            F::Tls,
            3,
        ),
        (
            "plain HTTP where TLS should be",
            vec![hello.clone(), send(whole(400, "", "speak HTTP")), Act::Close],
            F::NotTls,
            1,
        ),
        ("TLS alert: protocol version", alert(70), F::NotTls, 1),
        ("TLS alert: handshake failure", alert(40), F::NotTls, 1),
        ("TLS 1.0 alone", vec![hello.clone(), send(old_server_hello()), Act::Stall], F::NotTls, 1),
        (
            "garbage where TLS should be",
            vec![hello, send("SSH-2.0-x\r\n"), Act::Stall],
            F::NotTls,
            1,
        ),
    ] {
        let peer = pretending(accept);
        faults.push(handshake(name, peer, unsent(kind), attempts));
    }
    let too_slow = fails(ErrorKind::ConnectTimeout, NotSent, 2).until(Took::Deadline, 2..=3);
    let dripping = Act::Drip([&[0x16, 3, 3, 0x10, 0][..], &[0; 500]].concat(), PAUSE);
    for (name, act) in [("TLS stalled", Act::Stall), ("TLS a byte at a time", dripping)] {
        let sent = unsent(F::ConnectTimeout).until(Took::Connect);
        faults.push(fault(name, pretending(vec![act]), sent, too_slow.clone(), too_slow.clone()));
    }
    faults.extend(established());
    faults
}

/// What goes wrong, or does not, once the handshake is over.
fn established() -> Vec<Fault> {
    let trusted = |answer: fn(&Request) -> Vec<Act>| speaking(Identity::Trusted, answer);
    let fine = || (answered(200), succeeds(1), succeeds(1));
    let gone = |sent: Sent| {
        let failed = fails(ErrorKind::Transport, Unknown, 3);
        (sent, failed.clone(), Called { attempts: 1..=1, ..failed })
    };
    let cut_short = lost(F::Closed).with(200, r#"{""#);
    let rows: [(&str, Peer, (Sent, Called, Called)); 6] = [
        ("TLS as it should be", trusted(|request| vec![well(request)]), fine()),
        (
            "TLS cut after the whole answer",
            trusted(|request| vec![well(request), Act::Cut]),
            fine(),
        ),
        (
            "TLS body without a length, closed in order",
            trusted(|request| vec![send(head(200, "")), send(good(request)), Act::Close]),
            fine(),
        ),
        ("TLS cut before the answer", trusted(|_| vec![Act::Cut]), gone(lost(F::Closed))),
        (
            "TLS cut in the body",
            trusted(|_| vec![send(head(200, "content-length: 50\r\n")), send("{\""), Act::Cut]),
            gone(cut_short.clone()),
        ),
        (
            "TLS body without a length, cut",
            trusted(|_| vec![send(head(200, "")), send("{\""), Act::Cut]),
            gone(cut_short),
        ),
    ];
    rows.into_iter()
        .map(|(name, peer, (sent, load, create))| fault(name, peer, sent, load, create))
        .collect()
}

const PAUSE: Duration = Duration::from_millis(20);

fn handshake(name: &str, peer: Peer, sent: Sent, attempts: u32) -> Fault {
    let failed = fails(ErrorKind::Tls, NotSent, attempts);
    fault(name, peer, sent, failed.clone(), failed)
}

fn pretending(accept: Vec<Act>) -> Peer {
    Peer::Server(Behaviour { https: true, accept, ..Behaviour::default() })
}

fn alert(description: u8) -> Vec<Act> {
    vec![Act::Read, send([0x15, 3, 1, 0, 2, 2, description]), Act::Stall]
}

/// A server's hello in TLS 1.0: version, random, no session, a cipher of the time, no compression.
fn old_server_hello() -> Vec<u8> {
    let hello = [&[3, 1][..], &[7; 32], &[0, 0x00, 0x2f, 0]].concat();
    let length = hello.len() as u8;
    [&[0x16, 3, 1, 0, length + 4, 2, 0, 0, length][..], &hello].concat()
}
