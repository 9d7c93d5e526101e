//! One request over reqwest, within the bounds that come with it.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use descope_core::{Config, Error, Failure, FailureKind, Outgoing, Reply};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response};
use reqwest::{Client, ClientBuilder, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Two clients: one keeps its connections; the other makes one for each request, for those that must
/// not meet a connection which the server has closed.
///
/// reqwest shows no interim answers, so that these do not count towards the bound of headers, which
/// is checked when they have arrived.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pooled: Client,
    fresh: Client,
}

impl Http {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let fresh = client(config)?.pool_max_idle_per_host(0).build();
        let pooled = client(config)?.build();
        Ok(Self { pooled: pooled.map_err(invalid)?, fresh: fresh.map_err(invalid)? })
    }

    pub(crate) async fn send(&self, outgoing: Outgoing) -> Reply {
        let client = if outgoing.fresh_connection { &self.fresh } else { &self.pooled };
        let no_body = outgoing.request.body().is_empty();
        let mut request = reqwest::Request::try_from(outgoing.request)
            .map_err(|error| Failure::not_sent(FailureKind::Resolve).with_source(error))?;
        if no_body {
            *request.body_mut() = None;
        }
        *request.timeout_mut() = Some(outgoing.timeout);
        let mut response = client.execute(request).await.map_err(failure)?;

        let mut answer = Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        if size(answer.headers()) > outgoing.max_header {
            return Err(Failure::new(FailureKind::HeaderTooLarge));
        }
        if answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(Failure::new(FailureKind::Coding).with_partial(answer));
        }
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) => answer.body_mut().extend_from_slice(&chunk),
                Err(error) => return Err(failure(error).with_partial(answer)),
            }
            if answer.body().len() > outgoing.max_body {
                answer.body_mut().truncate(outgoing.max_body);
                return Err(Failure::new(FailureKind::BodyTooLarge).with_partial(answer));
            }
        }
    }
}

/// What the two have in common: nothing is followed, and nothing is sent again but by the core.
fn client(config: &Config) -> Result<ClientBuilder, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(config.limits().connect_timeout)
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    // Proxies from the environment are not for this machine.
    Ok(if config.is_loopback() { builder.no_proxy() } else { builder })
}

fn invalid(error: impl ToString) -> Error {
    Error::invalid_argument("reqwest", error.to_string())
}

/// About what the headers took on the wire.
fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let failure = if error.is_builder() {
        Failure::not_sent(FailureKind::Resolve)
    } else if error.is_connect() {
        // hyper says so of its connector alone: nothing was written.
        Failure::not_sent(connect_kind(&error))
    } else if error.is_timeout() {
        Failure::new(FailureKind::Timeout)
    } else {
        match cause::<hyper::Error>(&error) {
            Some(cause) if cause.to_string() == "message head is too large" => {
                Failure::new(FailureKind::HeaderTooLarge)
            }
            Some(cause) if cause.is_parse() => Failure::new(FailureKind::Malformed),
            _ => Failure::new(FailureKind::Closed),
        }
    };
    failure.with_source(error)
}

fn connect_kind(error: &reqwest::Error) -> FailureKind {
    use rustls::Error::{
        AlertReceived, InappropriateHandshakeMessage, InappropriateMessage, InvalidCertificate,
        InvalidMessage, PeerIncompatible,
    };
    if error.is_timeout() {
        return FailureKind::ConnectTimeout;
    }
    match cause::<rustls::Error>(error) {
        Some(InvalidCertificate(_)) => return FailureKind::Certificate,
        Some(
            AlertReceived(_)
            | InappropriateHandshakeMessage { .. }
            | InappropriateMessage { .. }
            | InvalidMessage(_)
            | PeerIncompatible(_),
        ) => return FailureKind::NotTls,
        Some(_) => return FailureKind::Tls,
        None => {}
    }
    if causes(error).any(|cause| cause.to_string().starts_with("dns error")) {
        return FailureKind::Resolve;
    }
    match cause::<io::Error>(error).map(io::Error::kind) {
        // An end in the midst of the handshake.
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => FailureKind::Tls,
        _ => FailureKind::Connect,
    }
}

/// The first cause of a type.
fn cause<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// What is inside an `io::Error` is none of its sources.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    fn next<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        }
    }
    std::iter::successors(error.source(), |cause| next(*cause))
}
