//! How a replacement ended.

use alloc::string::String;
use alloc::vec::Vec;

use crate::endpoints::access_key::AccessKey;
use crate::error::Error;

/// A replaced key: the new key's secret is deployed, and the old key is retired or will be when it
/// is due.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Replaced {
    /// The new key. Its secret went to the deployment alone.
    pub key: AccessKey,
    /// Whether this run has deployed it. If not, an earlier one had.
    pub deployed: bool,
    /// When the old key is to be retired, in Unix seconds, where it was given a grace time.
    pub due: Option<i64>,
    /// The keys that were retired: the old one, and those that earlier runs had left.
    pub retired: Vec<String>,
    /// Active keys that say that they replace the old one, and that were left alone: they are not
    /// like it, or are older, or had replaced it before it was activated again.
    pub left_alone: Vec<String>,
    /// The key that was to replace the old one after a grace time that was never over: somebody has
    /// retired it and gone back to the old key.
    pub rolled_back: Option<String>,
    /// Why the new key's description does not say that it has replaced the old one. All else is done,
    /// and [`unfinished`](crate::unfinished) lists it.
    pub unmarked: Option<Error>,
}
