//! From a claim's JSON to a value.

use serde::Deserialize;

use super::TokenError;
use super::excerpt::excerpt;

pub(super) fn read_claim<'a, T: Deserialize<'a>>(
    name: &str,
    value: &'a str,
) -> Result<T, TokenError> {
    serde_json::from_str(value).map_err(|error| TokenError::UnreadableClaim {
        claim: excerpt(name),
        reason: excerpt(&alloc::format!("{error}")),
    })
}
