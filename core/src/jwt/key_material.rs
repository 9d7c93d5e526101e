//! The key in a JWK: what verifies, without its `kid` and its uses.

use alloc::string::String;
use alloc::vec::Vec;

use super::jwk_error::JwkError;
use super::{Algorithm, base64url};
use crate::json::object::{self, Object};

/// A public key, by its kind.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    Rsa(RsaKey),
    /// An uncompressed point: `04`, x, y.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// Modulus and exponent, big-endian, without leading zeros.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RsaKey {
    pub(super) n: Vec<u8>,
    pub(super) e: Vec<u8>,
}

impl Material {
    /// The members that make the key, in the order and form that its thumbprint is taken of.
    pub(super) fn canonical(&self) -> String {
        let coordinates = |crv: &str, point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            let (x, y) = (base64url::encode(x), base64url::encode(y));
            alloc::format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
        };
        match self {
            Self::Rsa(RsaKey { n, e }) => {
                let (n, e) = (base64url::encode(n), base64url::encode(e));
                alloc::format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            Self::P256(point) => coordinates("P-256", point),
            Self::P384(point) => coordinates("P-384", point),
            Self::Ed25519(x) => {
                let x = base64url::encode(x);
                alloc::format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
            }
        }
    }

    pub(super) fn from_object(object: &Object) -> Result<Self, JwkError> {
        let kty = member(object, "kty")?.ok_or(JwkError("no `kty`"))?;
        match (&*kty, member(object, "crv")?.as_deref()) {
            ("RSA", _) => RsaKey::from_object(object).map(Self::Rsa),
            ("EC", Some("P-256")) => point(object, 32).map(Self::P256),
            ("EC", Some("P-384")) => point(object, 48).map(Self::P384),
            ("OKP", Some("Ed25519")) => {
                let x = bytes(object, "x")?;
                if x.len() != 32 {
                    return Err(JwkError("`x` is not 32 bytes"));
                }
                Ok(Self::Ed25519(x))
            }
            ("EC" | "OKP", _) => Err(JwkError("`crv` is not an accepted one")),
            _ => Err(JwkError("`kty` is not an accepted one")),
        }
    }

    pub(super) fn allows(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa(_) => matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512),
            Self::P256(_) => algorithm == Es256,
            Self::P384(_) => algorithm == Es384,
            Self::Ed25519(_) => algorithm == EdDsa,
        }
    }
}

impl RsaKey {
    fn from_object(object: &Object) -> Result<Self, JwkError> {
        let (n, e) = (number(object, "n")?, number(object, "e")?);
        if !(2048..=8192).contains(&bits(&n)) {
            return Err(JwkError("the RSA modulus is not of 2048 to 8192 bits"));
        }
        if !(2..=33).contains(&bits(&e)) || e.last().is_none_or(|last| last % 2 == 0) {
            return Err(JwkError("the RSA exponent is not an odd number of 2 to 33 bits"));
        }
        Ok(Self { n, e })
    }
}

/// A member that must be a string where it is present.
pub(super) fn member<'a>(
    object: &'a Object,
    name: &'static str,
) -> Result<Option<alloc::borrow::Cow<'a, str>>, JwkError> {
    match object.get(name) {
        None => Ok(None),
        Some(value) => {
            object::string(value).map(Some).ok_or(JwkError("a member that must be a string is not"))
        }
    }
}

fn bytes(object: &Object, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let text = member(object, name)?.ok_or(JwkError("a member of the key itself is missing"))?;
    base64url::decode(&text).ok_or(JwkError("a member of the key itself is not base64url"))
}

fn number(object: &Object, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let mut bytes = bytes(object, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    Ok(bytes)
}

/// The size of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn point(object: &Object, width: usize) -> Result<Vec<u8>, JwkError> {
    let (x, y) = (bytes(object, "x")?, bytes(object, "y")?);
    if x.len() != width || y.len() != width {
        return Err(JwkError("an EC coordinate is not of its curve's full width"));
    }
    Ok([&[4], &*x, &*y].concat())
}
