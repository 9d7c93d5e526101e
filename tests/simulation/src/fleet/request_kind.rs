//! The kinds of requests, each of which has its own cooldown.

use descope_core::Outgoing;

/// What a request is for, told by its address alone: the core's own word is what is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// An access key for a session.
    Exchange,
    /// The project's signing keys.
    SigningKeys,
    /// All that needs the management key.
    Management,
}

impl RequestKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Exchange, Self::SigningKeys, Self::Management];

    pub(crate) fn of(outgoing: &Outgoing) -> Self {
        let path = outgoing.request.uri().path();
        if path.starts_with("/v2/keys/") {
            Self::SigningKeys
        } else if path.starts_with("/v1/auth/") {
            Self::Exchange
        } else {
            Self::Management
        }
    }
}
