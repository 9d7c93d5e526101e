//! Answers that repeat the credential of the request, and the secret of a key, where they can.

use descope_core::ErrorKind;
use descope_core::FailureKind as F;
use descope_core::Outcome::{Rejected, Unknown};

use super::super::expect::{Called, Sent, answered, fails, lost};
use super::{CLEARTEXT, answering, fault, head, send, whole};
use crate::conformance::faults::{Act, Fault, Request};

type Echoing = fn(&str) -> Vec<u8>;

pub(super) fn faults() -> Vec<Fault> {
    let refused = fails(ErrorKind::Api, Rejected, 1);
    let in_its_place = fails(ErrorKind::Intermediary, Rejected, 1);
    let useless = fails(ErrorKind::Decode, Unknown, 1);
    let in_vain = fails(ErrorKind::Api, Unknown, 3);
    let malformed = fails(ErrorKind::Protocol, Unknown, 3);
    let gone = fails(ErrorKind::Transport, Unknown, 3);
    let rows: [(&str, Echoing, Sent, Called); 13] = [
        ("in an error's message", |echo| json(400, echo), answered(400), refused.clone()),
        ("in an error that may pass", |echo| json(503, echo), answered(503), in_vain.clone()),
        (
            "in HTML",
            |echo| whole(403, "content-type: text/html\r\n", format!("<p>{echo}</p>")),
            answered(403),
            in_its_place.clone(),
        ),
        (
            "in a member's name",
            |echo| whole(400, "", format!(r#"{{"{echo}":1}}"#)),
            answered(400),
            in_its_place.clone(),
        ),
        (
            "at the edge of what is kept",
            |echo| whole(404, "", "a".repeat((64 << 10) - 30) + echo + echo),
            answered(404),
            in_its_place.clone(),
        ),
        (
            "in the request id",
            |echo| whole(500, &format!("cf-ray: {echo}\r\n"), ""),
            answered(500),
            in_vain.clone(),
        ),
        (
            "at the end of a long request id",
            |echo| whole(400, &format!("x-request-id: {}{echo}\r\n", "i".repeat(170)), ""),
            answered(400),
            in_its_place,
        ),
        (
            "in when to come again",
            |echo| whole(503, &format!("retry-after: {echo}\r\n"), ""),
            answered(503),
            in_vain,
        ),
        (
            "in a coding that was not offered",
            |echo| whole(200, &format!("content-encoding: {echo}\r\n"), "{}"),
            lost(F::Coding).with(200, ""),
            useless.clone(),
        ),
        ("in a body of no use", |echo| whole(200, "", echo), answered(200), useless),
        (
            "in a header without a colon",
            |echo| head(200, &format!("{}\r\n", echo.replace(':', " "))).into(),
            lost(F::Malformed),
            malformed.clone(),
        ),
        (
            "in a length",
            |echo| head(200, &format!("content-length: {echo}\r\n")).into(),
            lost(F::Malformed),
            malformed,
        ),
        (
            "in a body that is cut",
            |echo| (head(200, "content-length: 9999\r\n") + echo).into(),
            lost(F::Closed).with(200, "Bearer "),
            gone,
        ),
    ];
    let mut faults: Vec<_> = rows
        .into_iter()
        .map(|(place, answer, sent, load)| {
            let peer = answering(move |request| vec![send(answer(echo(request))), Act::Close]);
            let create = match load.result {
                // It may stand in the place of an answer that delivered a secret.
                Err(ErrorKind::Intermediary) => Called { outcome: Unknown, ..load.clone() },
                _ if load.outcome == Unknown => Called { attempts: 1..=1, ..load.clone() },
                _ => load.clone(),
            };
            fault(format!("echo {place}"), peer, sent, load, create)
        })
        .collect();
    faults.push(redirect());
    faults
}

fn redirect() -> Fault {
    let peer = answering(|request| {
        let to = format!("location: https://evil.example/?{}\r\n", echo(request));
        vec![send(whole(302, &to, echo(request)))]
    });
    let refused = fails(ErrorKind::RedirectRefused, Rejected, 1);
    fault("echo in a redirect", peer, answered(302), refused.clone(), refused)
}

fn echo(request: &Request) -> &str {
    request.header("authorization").unwrap_or_default()
}

fn json(status: u16, echo: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"errorCode":"E011003","errorDescription":"{echo}","errorMessage":"of {echo}","cleartext":"{CLEARTEXT}"}}"#
    );
    whole(status, "", body)
}
