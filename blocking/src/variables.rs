//! Variables of the environment.

#[cfg(feature = "jwt")]
use descope_core::{Error, Secret};

/// Reads the access key in `DESCOPE_ACCESS_KEY`, for programs that only exchange.
///
/// # Errors
///
/// `InvalidArgument` when the variable is unset or empty.
#[cfg(feature = "jwt")]
pub fn access_key_from_env() -> Result<Secret, Error> {
    match variable("DESCOPE_ACCESS_KEY") {
        Some(key) if !key.trim().is_empty() => Ok(Secret::new(key)),
        _ => Err(Error::invalid_argument("DESCOPE_ACCESS_KEY", "is not set")),
    }
}

/// What is not UTF-8 is none of a credential's characters either, and is refused as such: it does not
/// count as unset.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
