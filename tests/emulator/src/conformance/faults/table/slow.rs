//! Answers that take longer than there is time.

use std::time::Duration;

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{Sent, Took, fails, lost};
use super::{answering, fault, good, head, raw, send, whole};
use crate::conformance::faults::{Act, Fault, Peer};

const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn faults() -> Vec<Fault> {
    let length = head(200, "content-length: 50\r\n");
    let chunks = head(200, "transfer-encoding: chunked\r\n");
    let drip = |text: &str| Act::Drip(text.into(), PAUSE);
    let none = lost(F::Timeout);
    let some = none.clone().with(200, "{\"");
    let rows = [
        ("stalled in the status line", raw("HTTP/1.1 20", &[Act::Stall]), none.clone()),
        ("stalled in the headers", raw("HTTP/1.1 200 OK\r\na: b\r\n", &[Act::Stall]), none.clone()),
        ("stalled after an interim answer", raw(head(103, ""), &[Act::Stall]), none.clone()),
        ("stalled after the head", raw(length.clone(), &[Act::Stall]), none.clone().with(200, "")),
        ("stalled in the body", raw(length.clone() + "{\"", &[Act::Stall]), some.clone()),
        ("stalled in a chunk", raw(chunks.clone() + "10\r\n{\"", &[Act::Stall]), some.clone()),
        ("stalled after a chunk", raw(chunks + "2\r\n{\"\r\n", &[Act::Stall]), some.clone()),
        ("stalled without a length", raw(head(200, "") + "{\"", &[Act::Stall]), some.clone()),
        ("the head a byte at a time", answering(move |_| vec![drip(&length)]), none.clone()),
        (
            "the body a byte at a time",
            raw(head(200, "content-length: 50\r\n"), &[Act::Drip(vec![b'{'; 50], PAUSE)]),
            none.clone().with(200, "{{{{{"),
        ),
        (
            "interim answers without end, slowly",
            answering(|_| vec![Act::Repeat(head(102, "").into(), PAUSE)]),
            none,
        ),
    ];
    let mut faults: Vec<_> =
        rows.into_iter().map(|(name, peer, sent)| slow(name, peer, sent)).collect();
    let mut last_byte = slow(
        "stalled before the last byte",
        answering(|request| {
            let answer = whole(200, "", good(request));
            vec![send(&answer[..answer.len() - 1]), Act::Stall]
        }),
        some,
    );
    last_byte.create = last_byte.create.with_secret();
    faults.push(last_byte);
    faults
}

fn slow(name: &str, peer: Peer, sent: Sent) -> Fault {
    let failed = fails(ErrorKind::Timeout, Unknown, 1).until(Took::Deadline, 1..=1);
    fault(name, peer, sent.until(Took::Deadline), failed.clone(), failed)
}
