//! What a transport is held to, and why.

/// One thing that a transport is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The request goes out as it was given, and nothing beside it.
    AsGiven,
    /// It goes out once, and no redirect is followed.
    Once,
    /// A fresh connection is used where that is asked for.
    Fresh,
    /// What came before a request was sent is not taken for its answer.
    Own,
    /// A complete answer is returned, whatever its status.
    Answers,
    /// An answer that was cut, or whose coding is corrupt, is a failure.
    Whole,
    /// What is not HTTP is a failure.
    Http,
    /// A peer without a valid certificate gets nothing.
    Certificates,
    /// The limits of time hold.
    Time,
    /// The bounds of size hold.
    Size,
    /// `sent` is false only where nothing was written.
    Sent,
    /// No credential is shown.
    Secrets,
    /// `sent` is false where nothing can have been written.
    Unsent,
    /// The failure is of the right kind.
    Kind,
    /// What had arrived of an answer comes with the failure.
    Partial,
    /// The failure has its source.
    Source,
    /// It ends as soon as the end is known, and not before.
    Patience,
}

impl Rule {
    /// Whether a transport that breaks it cannot be used. The rest makes calls fail that need not,
    /// or tells less than could be told; a simple transport can live with it.
    #[must_use]
    pub fn is_essential(self) -> bool {
        !matches!(self, Self::Unsent | Self::Kind | Self::Partial | Self::Source | Self::Patience)
    }

    /// Why it matters.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::AsGiven => {
                "The service judges the headers and body it gets; a cookie or a second credential \
                 mixes callers up."
            }
            Self::Once => {
                "Sent twice, a create makes two keys and a rotate kills the secret just handed out; \
                 a redirect that is followed takes the credential to another host."
            }
            Self::Fresh => {
                "On a pooled connection that the server has closed, a create or rotate ends in \
                 doubt, and cannot be sent again."
            }
            Self::Own => {
                "A server that answers once too often, or a cache before it, has the next request \
                 answered with another's key, and every one after it."
            }
            Self::Answers => {
                "The core reads refusals, redirects and odd answers itself; one that is lost turns a \
                 clear outcome into an unknown one."
            }
            Self::Whole => {
                "Half an answer that passes for a whole one is believed: a list lacks keys, and a \
                 secret may lack its end."
            }
            Self::Http => {
                "Whoever can send what is not quite HTTP can have it read in two ways, or have \
                 another's answer taken for the service's."
            }
            Self::Certificates => "Whoever is in between gets the management key.",
            Self::Time => "A caller that asked for an answer within its deadline hangs.",
            Self::Size => "Whoever answers can take all memory.",
            Self::Sent => {
                "A request that is said not to have left is sent again: a create makes two keys."
            }
            Self::Secrets => "Failures are logged, and whoever reads logs gets the key.",
            Self::Unsent => {
                "A create or rotate that never left is not sent again, and its outcome is said to be \
                 unknown."
            }
            Self::Kind => {
                "What is sent again and what the error says go by the kind: some calls fail that \
                 could be repeated, or are repeated in vain."
            }
            Self::Partial => {
                "A cleartext that did arrive in a cut answer is lost, and so is the status that an \
                 error would tell."
            }
            Self::Source => "The error does not say what exactly went wrong.",
            Self::Patience => {
                "Calls take longer than they need, or are given up while there is time."
            }
        }
    }
}
