//! The contract of a driver: what it is given to send, and what it answers.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error as StdError;
use core::fmt;
use core::time::Duration;

use http::{Request, Response};

use crate::base::Operation;
use crate::config::Config;
use crate::error::Error;

/// Sends one request and returns one answer. It follows no redirect, sends nothing twice, and turns
/// no status into an error: the core decides on all of these.
///
/// Every transport must:
///
/// - send the request unchanged, once, and on a fresh connection if the request asks for one;
/// - accept only an answer that arrives after the request was sent;
/// - return every complete answer, whatever its status, and fail for one that is cut, corrupt or too
///   large;
/// - keep the time limits, and check certificates;
/// - use [`not_sent`](Failure::not_sent) only if certainly nothing was written.
///
/// A simple transport may leave out:
///
/// - [`not_sent`](Failure::not_sent): a create or rotate that was never sent is then not retried, and its
///   outcome is reported as unknown.
/// - the exact [`FailureKind`]: `Closed` fits most failures. Some calls are then not retried, or retried
///   in vain, and the error says less.
/// - the [`partial`](Failure::partial) answer: a cleartext in an answer that was cut is lost.
/// - the [`source`](Failure::source): the error does not say what exactly went wrong.
/// - a pool of connections: each call takes one more handshake, and each connection is fresh.
/// - content codings: offer none, and fail with `Coding` for an answer that uses one.
///
/// With its feature `conformance`, `descope-emulator` runs a transport through every fault over real
/// sockets and reports which of these rules it breaks.
///
/// Implemented for references, boxes and [`Arc`]s of transports, including `dyn Transport`.
/// [`transport_fn`](crate::transport_fn) makes a transport of a function.
pub trait Transport: Send + Sync {
    /// Sends the request within the bounds that come with it.
    fn send(&self, outgoing: Outgoing) -> Reply;

    /// Asked once, when a client is built: whether requests of this configuration can be sent at all.
    /// A proxy setting that cannot be used is told here, and not by every call.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the setting; no credential is shown.
    fn check(&self, config: &Config) -> Result<(), Error> {
        let _ = config;
        Ok(())
    }
}

macro_rules! transport_of_its_target {
    ($($pointer:ty),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer {
            fn send(&self, outgoing: Outgoing) -> Reply {
                (**self).send(outgoing)
            }

            fn check(&self, config: &Config) -> Result<(), Error> {
                (**self).check(config)
            }
        }
    )*};
}
transport_of_its_target!(&T, Box<T>, Arc<T>);

/// What a transport answers: a complete response whose body is decoded and within its limit, or why
/// there is none.
pub type Reply = Result<Response<Vec<u8>>, Failure>;

/// One request, and the limits that the transport must keep.
///
/// `Debug` shows method, address and bounds; headers and body are not shown.
#[non_exhaustive]
pub struct Outgoing {
    /// The request. An empty body means that there is none (send no `content-length` on a GET).
    pub request: Request<Vec<u8>>,
    /// How long this attempt may take, from name look-up to the last byte of the body. A year at
    /// most, so that it can be added to a clock.
    pub timeout: Duration,
    /// How long it may take until the connection is established, TLS included.
    pub connect_timeout: Duration,
    /// Where the connection was used before: how long it may take until the answer begins. On one
    /// that nobody serves any more, a call that can be retried must not lose all of its time.
    pub reused_timeout: Duration,
    /// The most bytes of headers to take, those of interim (1xx) answers included.
    pub max_header: usize,
    /// The most bytes of body to take, after decoding.
    pub max_body: usize,
    /// The same of an answer that is not a 2xx, of which the core reads no more than this. A transport may
    /// stop here and fail with `BodyTooLarge` and what has arrived: the status then decides, as it does
    /// where all of it has come.
    pub max_refusal_body: usize,
    /// Use a connection that has carried nothing yet. On a pooled one that the server has closed, a
    /// request that must not be sent twice would end in doubt; and where an attempt has met one such,
    /// the next might meet another.
    pub fresh_connection: bool,
    /// The host is this machine: no proxy that comes from the environment is used.
    pub loopback: bool,
    /// What the request is for, for logs.
    pub operation: Operation,
    /// Which attempt of its call this is, from 1. A request the core makes beside an attempt
    /// (fetching the license tier) has the number of the attempt it follows.
    pub attempt: u32,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("operation", &self.operation.name)
            .field("method", self.request.method())
            .field("uri", self.request.uri())
            .field("attempt", &self.attempt)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("reused_timeout", &self.reused_timeout)
            .field("max_header", &self.max_header)
            .field("max_body", &self.max_body)
            .field("max_refusal_body", &self.max_refusal_body)
            .field("fresh_connection", &self.fresh_connection)
            .field("loopback", &self.loopback)
            .finish_non_exhaustive()
    }
}

/// Why a transport has no complete answer.
///
/// A transport that knows nothing better says [`Failure::new`] with the kind that fits best: the
/// request then counts as sent, which is always safe.
#[non_exhaustive]
pub struct Failure {
    /// What failed.
    pub kind: FailureKind,
    /// Whether a byte of the request may have been written. True unless proven otherwise.
    pub sent: bool,
    /// What had arrived when it failed: status, headers, and the part of the body, decoded.
    pub partial: Option<Box<Response<Vec<u8>>>>,
    /// The proxy that the request went through, or was to: host and port, and no credential.
    pub proxy: Option<String>,
    /// The original error. Its text must hold no header value and no body.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// A failure after which the request may have been received.
    #[must_use]
    pub fn new(kind: FailureKind) -> Self {
        Self { kind, sent: true, partial: None, proxy: None, source: None }
    }

    /// A failure of which it is proven that no byte of the request was written.
    #[must_use]
    pub fn not_sent(kind: FailureKind) -> Self {
        Self { sent: false, ..Self::new(kind) }
    }

    /// Adds what had arrived of an answer.
    #[must_use]
    pub fn with_partial(mut self, partial: Response<Vec<u8>>) -> Self {
        self.partial = Some(Box::new(partial));
        self
    }

    /// The answer that this is all the same: a refusal whose body is above its limit. Its status decides,
    /// and no more of its body is wanted than has arrived.
    #[must_use]
    pub fn refusal(&self) -> Option<&Response<Vec<u8>>> {
        let answer = self.partial.as_deref()?;
        let is_cut = self.kind == FailureKind::BodyTooLarge && !answer.status().is_success();
        is_cut.then_some(answer)
    }

    /// Adds the proxy that the request went through, or was to: host and port, and no credential.
    #[must_use]
    pub fn with_proxy(mut self, proxy: impl Into<String>) -> Self {
        self.proxy = Some(proxy.into());
        self
    }

    /// Adds the original error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.kind)
            .field("sent", &self.sent)
            .field("partial", &self.partial.as_ref().map(|partial| partial.status()))
            .field("proxy", &self.proxy)
            .field("source", &self.source)
            .finish()
    }
}

/// What kind of failure a transport met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The host name has no address.
    Resolve,
    /// No TCP connection: refused, unreachable.
    Connect,
    /// The proxy refuses the login (407), or what should name it cannot be used.
    Proxy,
    /// A limit passed before the connection was established, TLS included.
    ConnectTimeout,
    /// The TLS handshake failed in a way that may pass (cut off, reset).
    Tls,
    /// The server's certificate was refused: expired, wrong host, unknown issuer.
    Certificate,
    /// The peer does not speak TLS, or no version of it in common.
    NotTls,
    /// A limit passed after the connection was established.
    Timeout,
    /// The connection was reset, or ended before the answer was complete.
    Closed,
    /// The answer is not HTTP.
    Malformed,
    /// The headers, those of interim answers included, are above their limit.
    HeaderTooLarge,
    /// The body is above its limit.
    BodyTooLarge,
    /// The body is complete but corrupt in its content coding, or in one that was not offered.
    Coding,
}
