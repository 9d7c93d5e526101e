//! The one place that chooses the cryptographic library. `aws-lc-rs` has `ring`'s interface, so
//! that the feature is one `use`; the two accept the same signatures, as the tests see to.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::signature;
#[cfg(not(feature = "aws-lc-rs"))]
use ring::signature;

use super::Algorithm;
use super::key_material::{Material, RsaKey};

/// Whether `signature` is `material`'s over `message`, by an algorithm that the key allows. False
/// too where the key is no point of its curve.
pub(super) fn verify(
    material: &Material,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let result = match material {
        Material::Rsa(RsaKey { n, e }) => {
            let Some(parameters) = rsa_parameters(algorithm) else { return false };
            signature::RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
        }
        Material::P256(point) => {
            signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
        }
        Material::P384(point) => {
            signature::UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
                .verify(message, signature)
        }
        Material::Ed25519(point) => {
            signature::UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
        }
    };
    result.is_ok()
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static signature::RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}
