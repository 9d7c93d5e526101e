//! What replacements that did not end have left.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::{is_active, replacing_tag};
use crate::endpoints::access_key::AccessKey;

/// An active key that was made to replace another one, but may not be deployed. Replacing that
/// other key again finishes it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unfinished {
    /// The new key.
    pub key: AccessKey,
    /// The id of the key that it was to replace, as its description says. Whoever may edit the key can
    /// have written that.
    pub of: String,
}

/// Finds the new keys of unfinished replacements in the answer to a search for all keys. A
/// replacement is unfinished if its run was killed, if its deployment failed, or if it is still in
/// progress.
#[must_use]
pub fn unfinished(keys: &[AccessKey]) -> Vec<Unfinished> {
    let active = keys.iter().filter(|key| is_active(key));
    let left =
        |key: &AccessKey| Some(Unfinished { key: key.clone(), of: replacing_tag(key)?.to_owned() });
    active.filter_map(left).collect()
}
