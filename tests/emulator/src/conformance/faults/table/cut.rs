//! Answers that end too early.

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::Unknown;

use super::super::expect::{Sent, fails, lost};
use super::{CLEARTEXT, answering, fault, good, head, raw, send, whole};
use crate::conformance::faults::{Act, Fault, Peer};

pub(super) fn faults() -> Vec<Fault> {
    let none = lost(F::Closed);
    let empty = none.clone().with(200, "");
    let some = none.clone().with(200, "{\"");
    let mut faults = Vec::new();
    for (how, end) in [("closed", Act::Close), ("reset", Act::Reset)] {
        let ending = std::slice::from_ref(&end);
        let length = head(200, "content-length: 50\r\n");
        let chunks = head(200, "transfer-encoding: chunked\r\n");
        let rows: [(&str, Peer, &Sent); 9] = [
            ("before the answer", raw("", ending), &none),
            ("in the status line", raw("HTTP/1.1 20", ending), &none),
            ("in the headers", raw("HTTP/1.1 200 OK\r\ncontent-le", ending), &none),
            ("after an interim answer", raw("HTTP/1.1 102 Wait\r\n\r\n", ending), &none),
            ("after the head", raw(length.clone(), ending), &empty),
            ("in the body", raw(length + "{\"", ending), &some),
            ("in a chunk", raw(chunks.clone() + "10\r\n{\"", ending), &some),
            ("after a chunk", raw(chunks.clone() + "2\r\n{\"\r\n", ending), &some),
            ("in a chunk's size", raw(chunks + "2\r\n{\"\r\n1", ending), &some),
        ];
        for (place, peer, sent) in rows {
            faults.push(cut(format!("{how} {place}"), peer, sent.clone()));
        }
    }
    faults.push(cut(
        "a body that ends with the connection, reset".into(),
        raw(head(200, "") + "{\"", &[Act::Reset]),
        some,
    ));
    faults.push(gzip_cut());
    faults.push(last_byte());
    faults
}

fn cut(name: String, peer: Peer, sent: Sent) -> Fault {
    let load = fails(ErrorKind::Transport, Unknown, 3);
    fault(name, peer, sent, load, fails(ErrorKind::Transport, Unknown, 1))
}

/// All but the last byte: the cleartext is there, and must not be lost.
fn last_byte() -> Fault {
    let peer = answering(|request| {
        let answer = whole(200, "", good(request));
        vec![send(&answer[..answer.len() - 1]), Act::Close]
    });
    let sent = lost(F::Closed).with(200, "{\"");
    let mut fault = cut("closed before the last byte".into(), peer, sent.clone());
    fault.post = sent.with(200, format!(r#"{{"cleartext":"{CLEARTEXT}","key":{{"id":"K1"#));
    fault.create = fault.create.with_secret();
    fault
}

fn gzip_cut() -> Fault {
    let peer = answering(|request| {
        let body = super::bodies::gzip(good(request).as_bytes());
        let answer = whole(200, "content-encoding: gzip\r\n", body);
        vec![send(&answer[..answer.len() - 10]), Act::Close]
    });
    let sent = lost(F::Closed).with(200, "{\"");
    let mut fault = cut("closed in a gzip body".into(), peer, sent.clone());
    // What can be decoded of what arrived holds the cleartext.
    fault.post = sent.with(200, format!(r#"{{"cleartext":"{CLEARTEXT}"#));
    fault.create = fault.create.with_secret();
    fault
}
