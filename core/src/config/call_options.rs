//! Settings of one call.

use alloc::string::String;
use core::time::Duration;

/// Settings of one call that override the configuration's.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) external_request_id: Option<String>,
    pub(crate) through_cooldown: bool,
}

impl CallOptions {
    /// Everything as configured.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the whole call may take, retries included.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The deadline; the default where none was set.
    #[must_use]
    pub fn deadline_or(&self, default: Duration) -> Duration {
        self.deadline.unwrap_or(default)
    }

    /// How often the request may be sent, the first time included; 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sends although the service has asked to wait, and what it asks for has not passed: for what
    /// cannot wait, as to deactivate a key that has leaked.
    pub fn through_cooldown(mut self) -> Self {
        self.through_cooldown = true;
        self
    }

    /// An id of the caller's own, sent as `x-external-rid`.
    pub fn external_request_id(mut self, id: impl Into<String>) -> Self {
        self.external_request_id = Some(id.into());
        self
    }
}
