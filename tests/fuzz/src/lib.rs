//! What the fuzz targets share.

pub mod answers;
pub mod entries;
#[allow(dead_code, unreachable_pub)]
#[path = "../../suite/tests/tokens/signer.rs"]
mod signer;
