//! What goes to `log`: each request and what came of it; never a header's value or a body.

use std::time::{Duration, Instant};

use descope_core::{Cache, Error, Event, Outgoing, Reply, Transport};
use http::header::{AUTHORIZATION, HeaderMap};

/// The target of all of it.
const TARGET: &str = "descope_blocking";

/// Says why a request is retried, or not at once.
pub(crate) fn again(delay: Duration, reason: &Error) {
    let again = if reason.attempts() > 0 { " again" } else { "" };
    log::debug!(target: TARGET, "sending{again} in {delay:?}: {reason}");
}

/// Says that something has changed which whoever runs the program wants to know: once for each change.
pub(crate) fn event(event: &Event) {
    match *event {
        Event::CooldownBegan { kind, lasts, .. } => log::warn!(
            target: TARGET,
            "the service has asked to wait: no {kind} request is sent for {lasts:?}"
        ),
        Event::CooldownEnded { kind, .. } => {
            log::warn!(target: TARGET, "the service answers {kind} requests again");
        }
        Event::RenewalFailing { cache, serving, status, failure, .. } => {
            let status = status.map_or_else(|| format!("{failure:?}"), |status| status.to_string());
            let what = match (cache, serving) {
                (Cache::Token, true) => "the token is not refreshed, and serves until it is over",
                (Cache::Token, false) => "no token is to be had",
                (_, true) => "the signing keys are not refreshed, and stale ones serve",
                (_, false) => "no signing keys are to be had",
            };
            log::warn!(target: TARGET, "{what}: {status}");
        }
        Event::RenewalRecovered { cache, .. } => {
            let what = match cache {
                Cache::Token => "tokens are",
                _ => "signing keys are",
            };
            log::warn!(target: TARGET, "{what} fetched again");
        }
        _ => {}
    }
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
    match reply.as_ref().or_else(|failure| failure.refusal().ok_or(failure)) {
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
