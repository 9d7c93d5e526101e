//! What goes to `log`: each request and what came of it; never a header's value or a body.

use std::time::{Duration, Instant};

use descope_core::{Error, Outgoing, Reply, Transport};
use http::header::{AUTHORIZATION, HeaderValue};

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

/// Says what may not be meant.
pub(crate) fn warning(text: std::fmt::Arguments<'_>) {
    log::warn!(target: TARGET, "{text}");
}

/// Sends, and logs what a request was and what came of it; never a header's value or a body.
pub(crate) fn send(transport: &dyn Transport, outgoing: Outgoing) -> Reply {
    if !log::log_enabled!(target: TARGET, log::Level::Debug) {
        return transport.send(outgoing);
    }
    let (method, uri) = (outgoing.request.method().clone(), outgoing.request.uri().clone());
    let authorization = outgoing.request.headers().get(AUTHORIZATION).cloned();
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
                unless_echo(request_id, authorization.as_ref()).escape_debug()
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

/// A request id, unless the server put a part of the credential there.
fn unless_echo<'a>(request_id: &'a str, authorization: Option<&HeaderValue>) -> &'a str {
    let bearer = authorization.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = bearer.split([' ', ':']).skip(1).filter(|part| !part.is_empty());
    if parts.any(|part| request_id.contains(part)) { "[redacted]" } else { request_id }
}
