//! What the service says of an access key, as told from what is said by those in between.

use http::StatusCode;

use crate::endpoints::ExchangeAccessKey;
use crate::error::{Error, ErrorKind};

/// Whether this is the service's word that the key which was to be exchanged is none: a refusal with
/// a code of its own. Anybody can answer 401 or 403.
pub(crate) fn refuses_key(error: &Error) -> bool {
    let of_the_key = matches!(error.code(), Some("E062802" | "E062803" | "E111502"));
    is_refusal(error) && is_of_service(error)
        || of_the_key && error.operation() == Some(ExchangeAccessKey::OPERATION)
}

/// Whether anybody refused the key: reason enough to read its secret again, which harms nothing.
pub(crate) fn is_refusal(error: &Error) -> bool {
    let statuses = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    error.operation() == Some(ExchangeAccessKey::OPERATION)
        && error.kind() == ErrorKind::Api
        && error.status().is_some_and(|status| statuses.contains(&status))
}

/// Whether an answer has a code of the service's.
pub(crate) fn is_of_service(error: &Error) -> bool {
    let digits = error.code().and_then(|code| code.strip_prefix('E')).unwrap_or_default();
    digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is no access key by its form already, so that nothing was sent.
pub(crate) fn is_no_key(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidArgument && error.field() == Some("access key")
}
