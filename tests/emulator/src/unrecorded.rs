//! What nobody has recorded of the service, and what the emulator does instead.
//!
//! Operations, fields, error codes and texts are those that the vendor's SDKs, their tests and the
//! live validator show. All else is decided here, so do not build on it: the service may differ.
//!
//! Status and texts of refusals:
//!
//! - An access key that does not exist is 404 with `E111502`. The code and the message are the
//!   service's; the status is not known (tests of other SDKs have 400 and 500), and
//!   [`Builder::not_found_status`](crate::Builder::not_found_status) sets it.
//! - An exchange is refused with 401 and `E062803` for a key that is unknown, inactive, expired or
//!   not permitted from that address alike; the message tells which. Without a key it is `E062802`.
//! - A wrong or missing management key is 401 with `E064001`.
//! - A key that is not active is not rotated: 400 with `E011003`.
//! - A tenant that is selected at exchange and not the key's is 400 with `E011004`.
//! - An unknown user is 404 with `E112102`; an unknown path, another project's key set and a wrong
//!   method are 404, 404 and 405 with `E011001`; a body that is not an object, or has a member of
//!   another type, is 400 with `E011001`.
//! - [`Fault::status`](crate::Fault::status) answers with `E010000`, which the service does not have.
//!
//! Ids:
//!
//! - An id of fewer than 27 characters is refused as the service's validator does, unless a key with
//!   it was seeded: tests may have short ids, deleted keys too.
//! - A batch with one such id is refused whole. One that the service does not know, or that is
//!   repeated, is passed over, and the rest is carried out. An empty list is refused.
//!
//! Behaviour:
//!
//! - Tenants, roles and user ids need not be declared. Once a user is, keys for others are refused.
//! - A key with tenants has no roles of the project: they are dropped when it is stored.
//! - A search combines its filters with "and"; `tenantIds` and lists in `customAttributes` match any
//!   of their values; `text` is looked for in either case in id, name, description, creator, user,
//!   client id and tenants; pages are counted from 0, and the answer does not say that it is a part.
//! - Members of a request that are null count as left out. `editable` is stored, not enforced.
//! - `amr` is `["accesskey"]`; roles and permissions that are empty are left out of a token.
//! - Requests are limited only where [`RateLimit`](crate::RateLimit) says so, in windows that begin
//!   with an address's first request.

use http::StatusCode;

use crate::error::Refusal;

/// The status of an access key that does not exist, by default.
pub(crate) const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;

/// A batch with an id that is shorter than any of the service.
pub(crate) fn short_id_in_batch(characters: usize) -> Refusal {
    Refusal::too_short("ids", characters)
}

pub(crate) fn key_is_inactive() -> Refusal {
    Refusal::validation_failed("The access key is inactive")
}

pub(crate) fn key_has_expired() -> Refusal {
    Refusal::validation_failed("The access key has expired")
}

pub(crate) fn exchange_of_unknown() -> Refusal {
    Refusal::invalid_access_key("The access key is not known")
}

pub(crate) fn exchange_of_inactive() -> Refusal {
    Refusal::invalid_access_key("The access key is inactive")
}

pub(crate) fn exchange_of_expired() -> Refusal {
    Refusal::invalid_access_key("The access key has expired")
}

pub(crate) fn exchange_from_elsewhere() -> Refusal {
    Refusal::invalid_access_key("The access key is not permitted from this address")
}

pub(crate) fn tenant_of_others() -> Refusal {
    let message = "selectedTenant: the access key is not associated with this tenant";
    Refusal::invalid_argument(message)
}

pub(crate) fn user_not_found() -> Refusal {
    Refusal::new("E112102", "User not found", "No user with this id is known")
        .with_status(StatusCode::NOT_FOUND)
}

pub(crate) fn no_such_path(path: &str) -> Refusal {
    let message = match path.starts_with("/emulator") {
        true => {
            "The emulator is controlled over HTTP where it was started with --control (in Rust: control(true))"
        }
        false => "The emulator has no operation at this path",
    };
    not_found(message)
}

pub(crate) fn no_such_control() -> Refusal {
    not_found("The emulator has nothing at this path; GET /emulator/ lists what it has")
}

pub(crate) fn no_such_project() -> Refusal {
    not_found("The emulator holds another project")
}

fn not_found(message: &str) -> Refusal {
    Refusal::new("E011001", "Not found", message).with_status(StatusCode::NOT_FOUND)
}

pub(crate) fn wrong_method() -> Refusal {
    let message = "The operation at this path has another method";
    Refusal::new("E011001", "Method not allowed", message)
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// A refusal with this status that says nothing in particular.
pub(crate) fn injected(status: StatusCode) -> Refusal {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Refusal::rate_limited();
    }
    let message = status.canonical_reason().unwrap_or_default();
    Refusal::new("E010000", "Injected by the emulator", message).with_status(status)
}
