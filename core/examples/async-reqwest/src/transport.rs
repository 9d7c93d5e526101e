//! One request over reqwest, within the bounds that come with it.

use descope_core::{Failure, FailureKind, Outgoing, Reply};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response};
use reqwest::{Client, ClientBuilder, redirect, retry};

/// Two clients: one keeps its connections; the other makes one for each request, for those that must
/// not meet a connection which the server has closed.
///
/// reqwest keeps interim answers to itself, and hyper beneath it reads them as long as they come: they
/// do not count towards the bound of headers, and a server that sends them without end is not stopped
/// in time.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pooled: Client,
    fresh: Client,
}

impl Http {
    /// `builder` decides on TLS, proxies and the limit for connecting.
    pub(crate) fn new(builder: impl Fn() -> ClientBuilder) -> reqwest::Result<Self> {
        // Nothing is followed, and nothing is sent again but by the core.
        let strict = || builder().redirect(redirect::Policy::none()).retry(retry::never());
        Ok(Self { pooled: strict().build()?, fresh: strict().pool_max_idle_per_host(0).build()? })
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
            return Err(Failure::new(FailureKind::HeaderTooLarge).with_source("too large"));
        }
        if answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            let failure = Failure::new(FailureKind::Coding).with_source("none was offered");
            return Err(failure.with_partial(answer));
        }
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) => answer.body_mut().extend_from_slice(&chunk),
                Err(error) => return Err(failure(error).with_partial(answer)),
            }
            if answer.body().len() > outgoing.max_body {
                answer.body_mut().truncate(outgoing.max_body);
                let failure = Failure::new(FailureKind::BodyTooLarge).with_source("too large");
                return Err(failure.with_partial(answer));
            }
        }
    }
}

/// About what the headers took on the wire.
fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// What reqwest tells apart with ease. Finer kinds would make some errors clearer.
fn failure(error: reqwest::Error) -> Failure {
    let failure = match (error.is_connect(), error.is_timeout()) {
        // Its connector failed: nothing was written.
        (true, true) => Failure::not_sent(FailureKind::ConnectTimeout),
        (true, false) => Failure::not_sent(FailureKind::Connect),
        (false, true) => Failure::new(FailureKind::Timeout),
        (false, false) => Failure::new(FailureKind::Closed),
    };
    failure.with_source(error.without_url())
}
