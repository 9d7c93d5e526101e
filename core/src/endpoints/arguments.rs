//! What callers pass to the builders of endpoints.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::json::body::Members;

/// Turns a caller's value into JSON, keeping the first failure of a builder.
pub(crate) fn value(
    field: &'static str,
    value: impl Serialize,
    invalid: &mut Option<Error>,
) -> Option<Value> {
    match serde_json::to_value(value) {
        Ok(value) => Some(value),
        // The text of serde_json's error may quote the value.
        Err(_) => {
            invalid.get_or_insert(Error::invalid_argument(field, "cannot be written as JSON"));
            None
        }
    }
}

/// The same for several members at once: a map or a struct.
pub(crate) fn members(
    field: &'static str,
    members: impl Serialize,
    invalid: &mut Option<Error>,
) -> Members {
    match value(field, members, invalid) {
        Some(Value::Object(members)) => members,
        None => Members::new(),
        Some(_) => {
            invalid.get_or_insert(Error::invalid_argument(
                field,
                "must be a map or a struct, to become a JSON object",
            ));
            Members::new()
        }
    }
}

/// Collects texts.
pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}
