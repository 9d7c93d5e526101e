//! What is said of an attempt that failed: what failed, and what to look at.

use alloc::format;
use alloc::string::String;

use crate::base::Outcome;
use crate::error::ErrorKind;

/// Of a complete answer that is no success.
pub(crate) fn refusal_text(kind: ErrorKind, outcome: Outcome, status: u16) -> &'static str {
    match (kind, outcome, status) {
        (ErrorKind::RateLimited, ..) => "too many requests: wait and try again",
        (ErrorKind::RedirectRefused, ..) => {
            "the server answered with a redirect, which is not followed: check the base URL"
        }
        (ErrorKind::Intermediary, _, 407) => {
            "a proxy wants a log-in, and passed nothing on: check its user and password"
        }
        (ErrorKind::Intermediary, ..) => {
            "something answered in the service's place: check the base URL, and gateways, firewalls \
             and proxies on the way"
        }
        (ErrorKind::Protocol, ..) => "the server's final answer is an interim one",
        (_, Outcome::Unknown, 511) => {
            "the network answered in the service's place: it wants a log-in first"
        }
        (_, Outcome::Unknown, 408 | 500..=599) => "the service failed",
        (_, Outcome::Unknown, _) => "the server answered with a status that says nothing",
        (.., 404) => {
            "the service refused: it knows no such thing, or no such path: check the base URL"
        }
        (.., 521 | 525 | 526 | 530) => "the service is down behind its edge: try again later",
        _ => "the service refused",
    }
}

/// Of the service's refusal of a management call, where it is about the credential.
pub(crate) fn management_refused(status: u16, project: &str) -> Option<String> {
    match status {
        401 => Some(format!(
            "the service refused the management key: check it, and that it is of project {project}"
        )),
        403 => Some("the service refused: the management key may not do this".into()),
        _ => None,
    }
}

/// Of the service's refusal of an access key at exchange: why, it does not tell for certain.
pub(crate) fn access_key_refused(status: u16, project: &str) -> Option<String> {
    matches!(status, 401 | 403).then(|| {
        format!(
            "the service refused the access key: it is not one of project {project}, was \
             deactivated or deleted, has expired, or is not permitted from this address"
        )
    })
}

/// Of the service's refusal of what the project id alone authorizes.
pub(crate) fn project_refused(status: u16, project: &str) -> Option<String> {
    matches!(status, 401 | 403 | 404)
        .then(|| format!("the service knows no project {project}: check the project id"))
}

/// Of an attempt that got no connection: which, and through which proxy.
pub(crate) fn connection_text(
    kind: ErrorKind,
    server: &str,
    proxy: Option<&str>,
) -> Option<String> {
    let to = match proxy {
        Some(proxy) => format!("the server {server} through the proxy {proxy}"),
        None => format!("the server {server}"),
    };
    match kind {
        ErrorKind::Connect => {
            Some(format!("no connection to {to}: check network, proxy and base URL"))
        }
        ErrorKind::ConnectTimeout => {
            Some(format!("no connection to {to} in time: check network, proxy and base URL"))
        }
        ErrorKind::Tls => Some(format!(
            "the TLS handshake with {to} failed: check base URL, proxy, the certificates that are \
             trusted, and this machine's clock"
        )),
        _ => None,
    }
}

/// Of any other attempt without a complete answer.
pub(crate) fn failure_text(kind: ErrorKind, sent: bool) -> &'static str {
    match (kind, sent) {
        (ErrorKind::Timeout, false) => "the time was over before the request was sent",
        (ErrorKind::Timeout, true) => "no complete answer in time",
        (ErrorKind::Protocol, _) => "the server's answer is not HTTP, or its headers are too large",
        (ErrorKind::BodyTooLarge, _) => "the answer's body is over its bound (see `Limits`)",
        (ErrorKind::Decode, _) => "the answer's body is corrupt in its content coding",
        _ => "the connection ended before the answer was complete",
    }
}
