//! What is done, and to what: the words that calls, errors and logs share.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An operation: its name, when it may be retried, and how large its answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// What it does, in words: "create access key".
    pub name: &'static str,
    /// When it may be retried.
    pub class: Class,
    /// Whether its answer holds many keys: it then has the longer deadline and the larger bound.
    pub bulk: bool,
    /// What may be true, and what to do, when its outcome is unknown.
    pub in_doubt: &'static str,
}

impl Operation {
    /// An operation with an answer of ordinary size.
    #[must_use]
    pub const fn new(name: &'static str, class: Class) -> Self {
        Self {
            name,
            class,
            bulk: false,
            in_doubt: "it may have been carried out; repeating it is safe",
        }
    }

    /// The same with an answer that holds many keys.
    #[must_use]
    pub const fn bulk(self) -> Self {
        Self { bulk: true, ..self }
    }

    /// The same with words for an unknown outcome.
    #[must_use]
    pub const fn in_doubt(self, in_doubt: &'static str) -> Self {
        Self { in_doubt, ..self }
    }
}

/// When an operation may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Changes nothing: retried after any transient failure.
    Read,
    /// Has the same effect done twice as done once: retried after any transient failure.
    Convergent,
    /// Makes a secret that is delivered once: never retried after `Unknown`.
    OneShot,
}

/// What an operation acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The access key with this id.
    Id(String),
    /// The access keys with these ids.
    Ids(Vec<String>),
    /// The access key that is to have this name.
    Name(String),
    /// The same, with a marker in its description that no other key has.
    Marked {
        /// The name.
        name: String,
        /// The marker.
        marker: String,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id:?}"),
            Self::Ids(ids) => write!(f, "({} keys)", ids.len()),
            Self::Name(name) | Self::Marked { name, .. } => write!(f, "named {name:?}"),
        }
    }
}
