//! What the service says of an access key, as told from what is said by those in between.

use crate::endpoints::ExchangeAccessKey;
use crate::error::{Error, ErrorKind};

/// Whether this is the service's own word that the key which was to be exchanged is none.
pub(crate) fn refuses_key(error: &Error) -> bool {
    let of_the_key = matches!(error.code(), Some("E062802" | "E062803" | "E111502"));
    error.operation() == Some(ExchangeAccessKey::OPERATION)
        && error.is_from_service()
        && (of_the_key || is_refusal(error))
}

/// Whether anybody refused the key: reason enough to read its secret again, which harms nothing.
pub(crate) fn is_refusal(error: &Error) -> bool {
    error.operation() == Some(ExchangeAccessKey::OPERATION) && error.is_refusal()
}

/// Whether this is no access key by its form already, so that nothing was sent.
pub(crate) fn is_no_key(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidArgument && error.field() == Some("access key")
}
