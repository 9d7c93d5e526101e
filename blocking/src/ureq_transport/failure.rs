//! What a ureq error means.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, ErrorKind};

use descope_core::FailureKind::{
    Certificate, Closed, Coding, Connect, ConnectTimeout, HeaderTooLarge, Malformed, NotTls, Proxy,
    Resolve, Timeout, Tls,
};
use descope_core::{Failure, FailureKind};
use ureq::Error;

use super::names::NoAddress;
use super::progress::{End, Stage};

/// Why there is no connection, told by the part that was to make it.
#[derive(Debug)]
pub(super) struct ConnectError {
    kind: FailureKind,
    source: io::Error,
}

impl ConnectError {
    pub(super) fn new(kind: FailureKind, source: io::Error) -> Self {
        Self { kind, source }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl StdError for ConnectError {}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        Self::Other(Box::new(error))
    }
}

impl From<NoAddress> for Error {
    fn from(error: NoAddress) -> Self {
        match error {
            NoAddress::TimedOut => Self::Timeout(ureq::Timeout::Resolve),
            NoAddress::Failed(error) => ConnectError::new(Resolve, error).into(),
        }
    }
}

/// A failure before the answer's head has arrived.
pub(super) fn failure(error: Error, stage: Stage) -> Failure {
    let error = match error {
        Error::Other(other) => match other.downcast::<ConnectError>() {
            Ok(error) => return Failure::not_sent(error.kind).with_source(error.source),
            Err(other) => Error::Other(other),
        },
        error => error,
    };
    let kind = match &error {
        Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => ConnectTimeout,
        Error::Timeout(_) => match stage {
            Stage::Begun | Stage::Connecting | Stage::Handshake => ConnectTimeout,
            _ => Timeout,
        },
        Error::HostNotFound | Error::BadUri(_) => Resolve,
        // ureq has no other way to tell the status.
        Error::ConnectProxyFailed(text) if text.contains(" 407") => Proxy,
        Error::ConnectionFailed | Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => Connect,
        Error::Tls(_) | Error::TlsRequired | Error::Pem(_) | Error::Rustls(_) => handshake(&error),
        Error::Io(error) => io_kind(error, stage),
        // A proxy has answered what is no HTTP.
        _ if stage == Stage::Connecting => Connect,
        Error::LargeResponseHeader(..) => HeaderTooLarge,
        Error::Protocol(error) if error.to_string().contains("too many headers") => HeaderTooLarge,
        _ => Malformed,
    };
    // With an agent of the caller's own, the kind is all there is to tell from: these arise before
    // the request is written, or not at all.
    let unsent = match stage {
        Stage::Unobserved => {
            matches!(kind, Resolve | Connect | ConnectTimeout | Tls | Certificate | NotTls | Proxy)
        }
        Stage::Begun | Stage::Connecting | Stage::Handshake | Stage::Connected => true,
        Stage::Written | Stage::Body => false,
    };
    let failure = if unsent { Failure::not_sent(kind) } else { Failure::new(kind) };
    with_source(failure, error)
}

/// A failure in the midst of the answer's body.
pub(super) fn body_failure(error: io::Error, end: End) -> Failure {
    // ureq wraps its own errors to pass them through `Read`.
    let error = Error::from(error);
    let kind = match &error {
        Error::Timeout(_) => Timeout,
        Error::LargeResponseHeader(..) => HeaderTooLarge,
        Error::Protocol(_) => Malformed,
        // ureq makes errors of all sorts out of a connection that has ended.
        Error::Io(_) | Error::BodyStalled => Closed,
        _ if end != End::Open => Closed,
        // What is left is the decoder's own.
        _ => Coding,
    };
    with_source(Failure::new(kind), error)
}

fn io_kind(error: &io::Error, stage: Stage) -> FailureKind {
    match stage {
        Stage::Begun | Stage::Connecting => Connect,
        Stage::Handshake => error.get_ref().map_or(Tls, handshake),
        Stage::Unobserved if is_refusal(error) => Connect,
        Stage::Unobserved if is_lookup(error) => Resolve,
        Stage::Unobserved => match error.get_ref().map(handshake) {
            Some(kind @ (Certificate | NotTls)) => kind,
            _ => Closed,
        },
        Stage::Connected | Stage::Written | Stage::Body => Closed,
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
            | ErrorKind::PermissionDenied
    )
}

/// The standard library gives a failed look-up no kind of its own.
fn is_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address")
}

/// Tells rustls's errors apart by their text: ureq does not promise which version of rustls they
/// come from, so that their type, taken from a dependency of our own, could one day match nothing.
fn handshake(error: &(impl StdError + ?Sized)) -> FailureKind {
    let text = error.to_string();
    let text = text.strip_prefix("rustls: ").unwrap_or(&text);
    let is = |beginnings: &[&str]| beginnings.iter().any(|beginning| text.starts_with(beginning));
    if is(&["invalid peer certificate", "invalid certificate revocation list"]) {
        Certificate
    } else if is(&[
        "received corrupt message",
        "received unexpected message",
        "received unexpected handshake message",
        "received fatal alert",
        "peer is incompatible",
        "peer sent excess record size",
    ]) {
        NotTls
    } else {
        Tls
    }
}

/// Keeps the innermost error. A limit of time has nothing to tell that the kind does not.
fn with_source(failure: Failure, error: Error) -> Failure {
    let source: Box<dyn StdError + Send + Sync> = match error {
        Error::Timeout(_) => return failure,
        Error::Io(error) if error.get_ref().is_some() => match error.into_inner() {
            Some(inner) => inner,
            None => return failure,
        },
        Error::Io(error) => Box::new(error),
        error => Box::new(error),
    };
    match in_words(&source.to_string()) {
        Some(words) => failure.with_source(Explained { words, source }),
        None => failure.with_source(source),
    }
}

/// What rustls says in names of its types, for those who have to mend it.
fn in_words(text: &str) -> Option<&'static str> {
    [
        (
            "CaUsedAsEndEntity",
            "invalid peer certificate: the server shows the certificate of an authority as its own; \
             give it one that the authority has signed",
        ),
        (
            "UnsupportedSignatureAlgorithm",
            "invalid peer certificate: it is signed in a way that is not verified here (P-521, P-256 \
             with SHA-512, SHA-1)",
        ),
        (
            "HandshakeFailure",
            "received fatal alert: the server has no TLS version, cipher suite and kind of key in \
             common with this program (TLS 1.2 with ECDHE and AES-GCM or ChaCha20, or 1.3; no P-521)",
        ),
    ]
    .into_iter()
    .find_map(|(name, words)| text.contains(name).then_some(words))
}

#[derive(Debug)]
struct Explained {
    words: &'static str,
    source: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

impl StdError for Explained {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
