//! What goes to `log`: each request and what came of it; never a header's value or a body.

use std::time::{Duration, Instant};

use descope_core::{Error, Outgoing, Reply, Transport};
use http::header::{AUTHORIZATION, HeaderMap};

/// The target of all of it.
const TARGET: &str = "descope_blocking";

/// Says why a request is sent again.
pub(crate) fn again(delay: Duration, reason: &Error) {
    log::debug!(target: TARGET, "sending again in {delay:?}: {reason}");
}

/// Says what must not be missed.
pub(crate) fn error(text: std::fmt::Arguments<'_>) {
    log::error!(target: TARGET, "{text}");
}

/// Says what is hardly meant.
pub(crate) fn warning(text: std::fmt::Arguments<'_>) {
    log::warn!(target: TARGET, "{text}");
}

/// Sends, and logs what a request was and what came of it; never a header's value or a body.
pub(crate) fn send(transport: &dyn Transport, outgoing: Outgoing) -> Reply {
    if !log::log_enabled!(target: TARGET, log::Level::Debug) {
        return transport.send(outgoing);
    }
    let (method, uri) = (outgoing.request.method().clone(), outgoing.request.uri().clone());
    let secrets = secrets(outgoing.request.headers());
    let (operation, attempt) = (outgoing.operation.name, outgoing.attempt);
    let began = Instant::now();
    let reply = transport.send(outgoing);
    let took = began.elapsed();
    let path = uri.path();
    match &reply {
        Ok(response) => {
            let header = |name| response.headers().get(name)?.to_str().ok();
            let request_id = header("cf-ray").or_else(|| header("x-request-id")).unwrap_or("none");
            let status = response.status().as_u16();
            log::debug!(
                target: TARGET,
                "{operation}: {method} {path}, attempt {attempt}: status {status} in {took:?}, \
                 request id {}",
                presentable(request_id, &secrets)
            );
        }
        Err(failure) => log::debug!(
            target: TARGET,
            "{operation}: {method} {path}, attempt {attempt}: {:?} in {took:?}{}",
            failure.kind,
            if failure.sent { "" } else { ", nothing was sent" }
        ),
    }
    reply
}

/// What a log must not show where the server echoes it: credentials, and the caller's own headers,
/// which may be credentials of a gateway. (A shorter header is none, and a common word.)
fn secrets(headers: &HeaderMap) -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, value) in headers.iter().filter(|(_, value)| value.is_sensitive()) {
        let text = value.to_str().unwrap_or_default();
        if *name == AUTHORIZATION {
            let parts = text.split([' ', ':']).skip(1).filter(|part| !part.is_empty());
            secrets.extend(parts.map(String::from));
        } else if name != "x-external-rid"
            && !name.as_str().starts_with("x-descope-")
            && text.len() >= 8
        {
            secrets.push(text.to_owned());
        }
    }
    secrets
}

/// A request id, unless the server put a secret there; one with an escape in it may write anything.
fn presentable<'a>(request_id: &'a str, secrets: &[String]) -> &'a str {
    let is_echo = secrets.iter().any(|secret| request_id.contains(secret.as_str()));
    if is_echo || request_id.contains(['%', '&', '\\']) {
        return "[redacted]";
    }
    // It is visible ASCII.
    &request_id[..request_id.len().min(200)]
}
