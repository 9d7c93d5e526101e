//! Connections that were kept open after a good answer.

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{answered, fails, lost, succeeds};
use super::{answering, fault, good, send, well, whole};
use crate::conformance::faults::{Act, Fault};

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
    for fault in &mut faults {
        fault.kept_alive = true;
    }
    faults
}
