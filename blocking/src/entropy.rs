//! Where random bytes are from.

use ring::rand::{SecureRandom, SystemRandom};

/// Random bytes of the system. (`ring` is there through ureq; what std's hash maps are keyed with are
/// 64 bits that nobody promises.)
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
