//! No connection, or one that is of no use.

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::{NotSent, Unknown};

use super::super::expect::{Took, fails, lost, unsent};
use super::{answering, fault};
use crate::conformance::faults::{Act, Behaviour, Fault, Peer};

pub(super) fn faults() -> Vec<Fault> {
    let accepting = |accept| Peer::Server(Behaviour { accept, ..Behaviour::default() });
    let no_connection = fails(ErrorKind::Connect, NotSent, 3);
    let too_slow = fails(ErrorKind::ConnectTimeout, NotSent, 2).until(Took::Deadline, 2..=3);
    let gone = fails(ErrorKind::Transport, Unknown, 3);
    let gone_once = fails(ErrorKind::Transport, Unknown, 1);
    let silent = fails(ErrorKind::Timeout, Unknown, 1).until(Took::Deadline, 1..=1);
    vec![
        fault(
            "connection refused",
            Peer::Nobody,
            unsent(F::Connect),
            no_connection.clone(),
            no_connection.clone(),
        ),
        fault(
            "network unreachable",
            Peer::Address("https://255.255.255.255:9"),
            unsent(F::Connect),
            no_connection.clone(),
            no_connection.clone(),
        ),
        fault(
            "host without an address",
            Peer::Address("https://nowhere.invalid"),
            unsent(F::Resolve).until(Took::Within),
            no_connection.clone().until(Took::Within, 1..=3),
            no_connection.until(Took::Within, 1..=3),
        ),
        fault(
            "connecting hangs",
            Peer::Hanging,
            unsent(F::ConnectTimeout).until(Took::Connect),
            too_slow.clone(),
            too_slow,
        ),
        fault(
            "closed when accepted",
            accepting(vec![Act::Close]),
            lost(F::Closed),
            gone.clone(),
            gone_once.clone(),
        ),
        fault(
            "reset while the request is read",
            accepting(vec![Act::Read, Act::Reset]),
            lost(F::Closed),
            gone,
            gone_once,
        ),
        fault(
            "no answer",
            answering(|_| vec![Act::Stall]),
            lost(F::Timeout).until(Took::Deadline),
            silent.clone(),
            silent,
        ),
    ]
}
