//! The texts of [`ErrorKind`].

use core::fmt;

use super::ErrorKind;

impl ErrorKind {
    /// Its text, for logs and metrics: the variant's name in snake case, such as `rate_limited`. It
    /// does not change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::MissingCredential => "missing_credential",
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Protocol => "protocol",
            Self::BodyTooLarge => "body_too_large",
            Self::Decode => "decode",
            Self::RedirectRefused => "redirect_refused",
            Self::RateLimited => "rate_limited",
            Self::Intermediary => "intermediary",
            Self::Api => "api",
            Self::InvalidToken => "invalid_token",
            Self::NotYetKnown => "not_yet_known",
        }
    }
}

/// The text of [`as_str`](Self::as_str).
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
