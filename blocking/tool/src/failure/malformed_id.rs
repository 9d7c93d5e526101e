//! An id that the service refuses for its form: no key can have it.

use descope_blocking::Error;
use descope_blocking::descope_core::Target;

use crate::text::foreign_text::shown;

/// The service's code for a request whose fields are not as they must be.
const INVALID: &str = "E011003";

/// Whether the service said so. Which ids it takes is not known here.
pub(crate) fn is_refused(error: &Error) -> bool {
    let is_of_id = |text: Option<&str>| text.is_some_and(|text| text.contains("The id field"));
    error.code() == Some(INVALID) && (is_of_id(error.message()) || is_of_id(error.description()))
}

/// What it comes to for whoever gave the id.
pub(super) fn told(error: &Error) -> String {
    let id = match error.target() {
        Some(Target::Id(id)) => format!(" {}", shown(id)),
        _ => String::new(),
    };
    format!("there is no access key{id} (an id has 27 characters or more)")
}
