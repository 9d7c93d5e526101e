//! Whether a key works.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// Whether a key works. It can be the key of a map:
///
/// ```
/// use std::collections::BTreeMap;
/// use descope_core::{AccessKey, Status};
///
/// fn count(keys: &[AccessKey]) -> BTreeMap<Status, usize> {
///     let mut counts = BTreeMap::new();
///     for key in keys {
///         *counts.entry(key.status()).or_default() += 1;
///     }
///     counts
/// }
/// # assert!(count(&[]).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Status {
    /// It can be exchanged.
    Active,
    /// It was deactivated.
    Inactive,
    /// Its time is over.
    Expired,
    /// A word of the service's that is not known here; empty when it told none.
    Other(String),
}

impl Status {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Other(word) => word,
        }
    }
}

impl Default for Status {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "expired" => Self::Expired,
            _ => Self::Other(String::from(word)),
        }
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        Self::from(status.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
