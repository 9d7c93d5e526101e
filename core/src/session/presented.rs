//! What a request presents: a token, an access key, or nothing that can be used.

use http::header::{AUTHORIZATION, HeaderMap};

use super::challenge::Scheme;
use super::rejection::{Rejection, RejectionKind};
use crate::jwt::Token;

/// The credential of a request's head.
pub(crate) enum Presented<'a> {
    /// A token, with the request's proof where the scheme is DPoP.
    Token { token: &'a str, proof: Option<&'a str> },
    /// What is no token.
    Key(&'a str),
}

impl<'a> Presented<'a> {
    /// Reads the one `Authorization` header. `offered` are the schemes that count.
    pub(crate) fn read(headers: &'a HeaderMap, offered: &[Scheme]) -> Result<Self, Rejection> {
        let none = || Rejection::no_credential(offered);
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or_else(none)?;
        if values.next().is_some() {
            return Err(Rejection::new(RejectionKind::Malformed, Scheme::Bearer));
        }
        let (name, credential) = split(value.as_bytes()).ok_or_else(none)?;
        let scheme =
            Scheme::from_name(name).filter(|scheme| offered.contains(scheme)).ok_or_else(none)?;
        if credential.contains(&b' ') {
            return Err(none());
        }
        let Some(text) = visible(credential) else {
            return Err(Rejection::new(RejectionKind::BadKey, scheme));
        };
        match scheme {
            Scheme::Bearer if Token::is_meant_by(text) => {
                Ok(Self::Token { token: text, proof: None })
            }
            Scheme::Bearer => Ok(Self::Key(text)),
            Scheme::Dpop => Ok(Self::Token { token: text, proof: Some(proof(headers)?) }),
        }
    }
}

/// The scheme, and what follows the space after it (of which there may be several).
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = value.trim_ascii();
    let end = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, credential) = value.split_at(end);
    Some((scheme, credential.trim_ascii_start()))
}

fn visible(credential: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(credential).ok()?;
    text.bytes().all(|byte| byte.is_ascii_graphic()).then_some(text)
}

fn proof(headers: &HeaderMap) -> Result<&str, Rejection> {
    let mut values = headers.get_all("dpop").iter();
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Rejection::new(RejectionKind::Malformed, Scheme::Dpop)),
        (Some(value), None) if value.to_str().is_ok() => Ok(value.to_str().unwrap_or_default()),
        _ => Err(Rejection::new(RejectionKind::BadProof, Scheme::Dpop)),
    }
}
