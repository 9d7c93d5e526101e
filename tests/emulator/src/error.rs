//! The service's refusals, with the codes and texts that were recorded of it. What was not recorded
//! is in [`unrecorded`](crate::unrecorded).

use http::{Response, StatusCode};

/// A refusal, as the service words it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    /// A 400.
    pub(crate) fn new(
        code: &'static str,
        description: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description, message: message.into() }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The body is not what the operation takes at all.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new("E011001", "Request is malformed", message)
    }

    /// What the validator of the service says.
    pub(crate) fn validation_failed(message: impl Into<String>) -> Self {
        Self::new("E011003", "Request is invalid", message)
    }

    pub(crate) fn required(field: &str) -> Self {
        Self::validation_failed(format!("The {field} field is required"))
    }

    pub(crate) fn too_short(field: &str, characters: usize) -> Self {
        Self::validation_failed(format!(
            "The {field} field must be at least {characters} characters"
        ))
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new("E011004", "Arguments are invalid", message)
    }

    pub(crate) fn missing_access_key() -> Self {
        Self::new("E062802", "Missing access key", "The bearer holds no access key")
            .with_status(StatusCode::UNAUTHORIZED)
    }

    pub(crate) fn invalid_access_key(message: &str) -> Self {
        Self::new("E062803", "Invalid access key", message).with_status(StatusCode::UNAUTHORIZED)
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new("E064001", "Unauthorized", message).with_status(StatusCode::UNAUTHORIZED)
    }

    /// `message`: which of the two texts; the status is the setting of the emulator.
    pub(crate) fn key_not_found(message: &str, status: StatusCode) -> Self {
        Self::new("E111502", "Access key not found", message).with_status(status)
    }

    pub(crate) fn rate_limited() -> Self {
        Self::new("E130429", "Rate limit exceeded", "Too Many Requests")
            .with_status(StatusCode::TOO_MANY_REQUESTS)
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
