//! The kinds of requests that the service limits apart.

use core::fmt;

/// What a request is about. The service limits the rate of each kind separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// Authorized by the management key.
    Management,
    /// Authorized by an access key: the exchange.
    Exchange,
    /// Authorized by the project id alone: the signing keys.
    SigningKeys,
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Management => "management",
            Self::Exchange => "exchange",
            Self::SigningKeys => "signing-key",
        })
    }
}
