//! Values that must not be seen: keys, cleartexts and session tokens.

use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

/// A management key, the cleartext of an access key, or a session token.
///
/// `Debug` prints `[redacted]`, there is no `Display`, and the text is read with
/// [`expose`](Self::expose) only. The buffer is wiped when the last owner drops it; copies made for
/// a request's headers are not.
///
/// ```
/// let key = descope_core::Secret::new("K2-secret");
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.expose(), "K2-secret");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text as it comes. A credential is trimmed and checked when it is used.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Hand it to what needs it; do not print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&Self> for Secret {
    fn from(secret: &Self) -> Self {
        secret.clone()
    }
}
