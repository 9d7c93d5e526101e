//! The hash that thumbprints and proofs are made with.

use ring::digest;

pub(super) fn sha256(parts: &[&str]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part.as_bytes());
    }
    context.finish()
}
