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
            "a proxy requires a login, and forwarded nothing: check its user name and password"
        }
        (ErrorKind::Intermediary, ..) => {
            "something other than the service answered: check the base URL, and any gateway, \
             firewall or proxy on the way"
        }
        (ErrorKind::Protocol, ..) => "the server's final answer has an interim status (1xx)",
        (_, Outcome::Unknown, 511) => {
            "the network answered instead of the service: it requires a login first"
        }
        (_, Outcome::Unknown, 408 | 500..=599) => "the server failed",
        (_, Outcome::Unknown, _) => "the server answered with an unexpected status",
        (.., 404) => {
            "the service did not find what was asked for: check the arguments and the base URL"
        }
        (.., 521 | 525 | 526 | 530) => {
            "the service's edge cannot reach the service: try again later"
        }
        _ => "the service refused the request",
    }
}

/// Of the service's refusal of a management call, where it is about the credential.
pub(crate) fn management_refused(status: u16, project: &str) -> Option<String> {
    match status {
        401 => Some(format!(
            "the service rejected the management key: check that it is complete, and that it \
             belongs to project {project}"
        )),
        403 => Some("the management key is not allowed to do this".into()),
        _ => None,
    }
}

/// Of the service's refusal of an access key at exchange: why, it does not tell for certain.
pub(crate) fn access_key_refused(status: u16, project: &str) -> Option<String> {
    matches!(status, 401 | 403).then(|| {
        format!(
            "the service rejected the access key: check it and the project id {project}; the key may \
             also be deactivated, deleted, expired, or not permitted from this address"
        )
    })
}

/// Of the service's refusal of what the project id alone authorizes.
pub(crate) fn project_refused(status: u16, project: &str) -> Option<String> {
    matches!(status, 401 | 403 | 404)
        .then(|| format!("the service does not know the project {project}: check the project id"))
}

/// Of an attempt that got no connection: which, and through which proxy.
pub(crate) fn connection_text(
    kind: ErrorKind,
    server: &str,
    proxy: Option<&str>,
) -> Option<String> {
    let to = match proxy {
        Some(proxy) => format!("{server} through the proxy {proxy}"),
        None => server.into(),
    };
    match kind {
        ErrorKind::Connect => {
            Some(format!("cannot connect to {to}: check the network, the proxy and the base URL"))
        }
        ErrorKind::ConnectTimeout => Some(format!(
            "connecting to {to} timed out: check the network, the proxy and the base URL"
        )),
        ErrorKind::Tls => Some(format!(
            "the TLS handshake with {to} failed: check the base URL, the proxy, the trusted \
             certificates and this machine's clock"
        )),
        _ => None,
    }
}

/// Of any other attempt without a complete answer.
pub(crate) fn failure_text(kind: ErrorKind, sent: bool) -> &'static str {
    match (kind, sent) {
        (ErrorKind::Timeout, false) => "timed out before the request was sent",
        (ErrorKind::Timeout, true) => "timed out before the answer was complete",
        (ErrorKind::Protocol, _) => "the server's answer is not HTTP, or its headers are too large",
        (ErrorKind::BodyTooLarge, _) => "the answer's body exceeds its limit (see `Limits`)",
        (ErrorKind::Decode, _) => "the answer's compressed body is corrupt",
        _ => "the connection ended before the answer was complete",
    }
}
