//! Connections that were kept open after a good answer.

use std::time::Duration;

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{answered, fails, lost, succeeds};
use super::{UNASKED_ID, answering, fault, good, send, speaking, well, whole};
use crate::conformance::faults::{Act, Fault, Identity, Request};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    let timed_out = send(whole(408, "connection: close\r\n", ""));
    for (name, end) in [
        ("closed while idle", vec![Act::Close]),
        ("reset while idle", vec![Act::Reset]),
        ("a 408 while idle, and closed", vec![timed_out, Act::Close]),
    ] {
        let peer = answering(move |request| {
            let end = if request.number == 1 { &end[..] } else { &[] };
            [&[well(request)], end].concat()
        });
        faults.push(fault(name, peer, answered(200), succeeds(1), succeeds(1)));
    }
    let cookie = answering(|request| {
        vec![send(whole(200, "set-cookie: session=of-another; path=/\r\n", good(request)))]
    });
    faults.push(fault("a cookie to keep", cookie, answered(200), succeeds(1), succeeds(1)));
    for (how, end) in [("closed", Act::Close), ("reset", Act::Reset)] {
        let act = end.clone();
        let peer = answering(move |request| {
            if request.on_connection > 1 { vec![act.clone()] } else { vec![well(request)] }
        });
        // A create never meets it: it has a connection of its own.
        let mut stale = fault(
            format!("{how} at the next request"),
            peer,
            lost(F::Closed),
            succeeds(2),
            succeeds(1),
        );
        stale.post = answered(200);
        faults.push(stale);

        let peer = answering(move |request| {
            vec![if request.is_create() { end.clone() } else { well(request) }]
        });
        let mut committed = fault(
            format!("{how} after the key was created"),
            peer,
            answered(200),
            succeeds(1),
            fails(ErrorKind::Transport, Unknown, 1),
        );
        committed.post = lost(F::Closed);
        faults.push(committed);
    }
    faults.extend(unasked());
    for fault in &mut faults {
        fault.kept_alive = true;
    }
    faults
}

/// A good answer, and another that nobody asked for, before the next request is sent.
fn unasked() -> [Fault; 4] {
    let together = |request: &Request| {
        vec![Act::Send([whole(200, "", good(request)), unasked_answer()].concat())]
    };
    let while_idle = |request: &Request| {
        vec![well(request), Act::Wait(Duration::from_millis(5)), Act::Send(unasked_answer())]
    };
    let named = |name: &str, peer| fault(name, peer, answered(200), succeeds(1), succeeds(1));
    [
        named("an unasked answer together with the one before", answering(at_first(together))),
        named("an unasked answer while idle", answering(at_first(while_idle))),
        named(
            "an unasked answer together with the one before, over TLS",
            speaking(Identity::Trusted, at_first(together)),
        ),
        named(
            "an unasked answer while idle, over TLS",
            speaking(Identity::Trusted, at_first(while_idle)),
        ),
    ]
}

/// The first request is answered so, and all others well.
fn at_first(answer: impl Fn(&Request) -> Vec<Act>) -> impl Fn(&Request) -> Vec<Act> {
    move |request| if request.number == 1 { answer(request) } else { vec![well(request)] }
}

fn unasked_answer() -> Vec<u8> {
    whole(200, "", format!(r#"{{"key":{{"id":"{UNASKED_ID}","name":"ci","status":"active"}}}}"#))
}
