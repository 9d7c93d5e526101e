//! From the headers of a request to claims that can be trusted, or to the refusal to answer with.

use descope_blocking::Client;
use descope_blocking::jwt::Claims;

/// Why a request is not let in, as RFC 6750 has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has no bearer token.
    NoToken,
    /// Its token is not to be trusted.
    InvalidToken,
    /// Its token is good, and does not allow this.
    Forbidden,
    /// The project's keys could not be fetched: nobody's fault here, and worth another try.
    Unavailable,
}

impl Refusal {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::NoToken | Self::InvalidToken => 401,
            Self::Forbidden => 403,
            Self::Unavailable => 503,
        }
    }

    /// The value of `WWW-Authenticate`. What exactly is wrong with a token is for the log alone.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer"),
            Self::InvalidToken => Some("Bearer error=\"invalid_token\""),
            Self::Forbidden => Some("Bearer error=\"insufficient_scope\""),
            Self::Unavailable => None,
        }
    }
}

/// The claims of the token in the values of a request's `Authorization` headers.
pub(crate) fn authenticate(client: &Client, authorization: &[&str]) -> Result<Claims, Refusal> {
    let [value] = authorization else { return Err(Refusal::NoToken) };
    let (scheme, token) = value.split_once(' ').ok_or(Refusal::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NoToken);
    }
    client.validate(token).map_err(|error| {
        // The error never shows the token.
        eprintln!("{error}");
        match error.token_error() {
            Some(_) => Refusal::InvalidToken,
            None => Refusal::Unavailable,
        }
    })
}
