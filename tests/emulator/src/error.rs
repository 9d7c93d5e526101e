//! The service's errors. The codes are those of the vendor's SDKs (`E011001` … `E130429`; `E062803`
//! is "invalid access key" in the Swift SDK). No SDK names a code for an access key that does not
//! exist: `E113001` is this emulator's choice, beside the true `E112102` for users.

use http::{Response, StatusCode};

/// A refusal, as the service words it.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
    message: String,
}

impl Refusal {
    fn new(
        status: StatusCode,
        code: &'static str,
        description: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code, description, message: message.into() }
    }

    /// The body is not what the operation takes at all.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E011001", "Request is malformed", message)
    }

    pub(crate) fn missing_argument(name: &str) -> Self {
        let message = format!("The {name} field is required");
        Self::new(StatusCode::BAD_REQUEST, "E011002", "Request is missing arguments", message)
    }

    /// The argument is understood, but the operation does not apply to it.
    pub(crate) fn validation_failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E011003", "Request is invalid", message)
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E011004", "Arguments are invalid", message)
    }

    pub(crate) fn invalid_access_key(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E062803", "Invalid access key", message)
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E064001", "Unauthorized", message)
    }

    pub(crate) fn user_not_found() -> Self {
        let message = "No user with this id is known";
        Self::new(StatusCode::NOT_FOUND, "E112102", "User not found", message)
    }

    pub(crate) fn key_not_found() -> Self {
        let message = "No access key with this id exists";
        Self::new(StatusCode::NOT_FOUND, "E113001", "Access key not found", message)
    }

    pub(crate) fn no_such_path() -> Self {
        let message = "The emulator has no operation at this path";
        Self::new(StatusCode::NOT_FOUND, "E011001", "Not found", message)
    }

    pub(crate) fn no_such_project() -> Self {
        let message = "The emulator holds another project";
        Self::new(StatusCode::NOT_FOUND, "E011001", "Not found", message)
    }

    pub(crate) fn wrong_method() -> Self {
        let message = "The operation at this path has another method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "E011001", "Method not allowed", message)
    }

    /// The body of an error with this status that says nothing in particular.
    pub(crate) fn plain(status: StatusCode) -> Self {
        let code = if status == StatusCode::TOO_MANY_REQUESTS { "E130429" } else { "E010000" };
        let description = match code {
            "E130429" => "Rate limit exceeded",
            _ => "Injected by the emulator",
        };
        Self::new(status, code, description, status.canonical_reason().unwrap_or_default())
    }

    pub(crate) fn into_response(self) -> Response<Vec<u8>> {
        let body = serde_json::json!({
            "errorCode": self.code,
            "errorDescription": self.description,
            "errorMessage": self.message,
        });
        let mut response = Response::new(body.to_string().into_bytes());
        *response.status_mut() = self.status;
        response
    }
}
