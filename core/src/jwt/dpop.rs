//! Proof of possession at the resource server (RFC 9449): that whoever presents a bound token
//! holds the key it is bound to.

use alloc::string::String;
use core::time::Duration;

use super::excerpt::excerpt;
use super::http_uri::HttpUri;
use super::sha256::sha256;
use super::{Jwk, JwkError, NumericDate, ProofError, ReplayStore, Token, TokenError, base64url};
use crate::json::object::Object;

/// The request that a DPoP proof came with, to check the proof against.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct DpopRequest<'a> {
    /// The method of the request, in its case (`GET`).
    pub method: &'a str,
    /// The URL of the request as the client used it, scheme and host included. Its query and
    /// fragment are not compared.
    pub url: &'a str,
    /// The value of the request's one `DPoP` header. A request with several is to be refused.
    pub proof: &'a str,
}

impl<'a> DpopRequest<'a> {
    /// A request's method, its URL as the client used it, and its `DPoP` header.
    #[must_use]
    pub fn new(method: &'a str, url: &'a str, proof: &'a str) -> Self {
        Self { method, url, proof }
    }

    /// Checks the proof for a validated token that is bound to the key of this thumbprint. The
    /// cheap checks come first, and the signature is that of the one key that can pass.
    pub(super) fn check(
        &self,
        token: &Token<'_>,
        thumbprint: &str,
        seen: &ReplayStore,
        now: NumericDate,
        leeway: Duration,
    ) -> Result<(), ProofError> {
        let (proof, header) = Token::with_header(self.proof)?;
        if header.string("typ").as_deref() != Some("dpop+jwt") {
            return Err(ProofError::WrongType);
        }
        let key = embedded_key(&header).map_err(ProofError::UnusableKey)?;
        if key.thumbprint() != thumbprint {
            return Err(ProofError::WrongKey);
        }
        let claims = String::from_utf8(proof.verified_payload(&key)?)
            .map_err(|_| ProofError::Malformed("its claims are not UTF-8".into()))?;
        let claims = Object::parse(claims)
            .map_err(|error| ProofError::Malformed(alloc::format!("its claims: {error}").into()))?;
        let text = |claim| {
            let text = claims.string(claim).filter(|text| !text.is_empty());
            text.ok_or(ProofError::UnusableClaim { claim })
        };
        let (jti, htm, htu, ath) = (text("jti")?, text("htm")?, text("htu")?, text("ath")?);
        let issued_at = claims
            .get("iat")
            .and_then(NumericDate::parse)
            .ok_or(ProofError::UnusableClaim { claim: "iat" })?;
        if htm != self.method {
            return Err(ProofError::WrongMethod { htm: excerpt(&htm) });
        }
        let url = HttpUri::parse(&htu);
        if url.is_none() || url != HttpUri::parse(self.url) {
            return Err(ProofError::WrongUrl { htu: excerpt(&htu) });
        }
        if ath != base64url::encode(sha256(&[token.text()]).as_ref()) {
            return Err(ProofError::WrongToken);
        }
        seen.check_age(issued_at, now, leeway)?;
        let used = sha256(&[thumbprint, ".", &jti]);
        let (used, _) = used.as_ref().split_first_chunk().expect("a SHA-256 has 32 bytes");
        seen.insert(*used, now, leeway)
    }
}

fn embedded_key(header: &Object) -> Result<Jwk, JwkError> {
    let jwk = header.get("jwk").ok_or(JwkError("there is none"))?;
    let jwk = Object::parse(jwk)
        .map_err(|_| JwkError("not a JSON object, or a member is given twice"))?;
    if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.get(name).is_some()) {
        return Err(JwkError("it is a private key"));
    }
    Jwk::from_object(&jwk)
}

/// What is wrong with a proof as a token.
impl From<TokenError> for ProofError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::BadSignature => Self::BadSignature,
            other => Self::Malformed(alloc::format!("{other}").into()),
        }
    }
}

/// Shows the method alone: a URL's query can hold a secret, and so can a proof.
impl core::fmt::Debug for DpopRequest<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DpopRequest").field("method", &self.method).finish_non_exhaustive()
    }
}
