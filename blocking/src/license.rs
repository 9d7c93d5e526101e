//! The project's license tier, which the service wants to be told.

use descope_core::{Error, FetchLicense};

use crate::client::Client;

impl Client {
    /// Fetches the project's license tier ("tier1" to "tier4"), and sends it along from now on. It
    /// is fetched by itself when the service first answers "too many requests", so this is for
    /// those who want to know it.
    ///
    /// # Errors
    ///
    /// As every call that needs a management key.
    pub fn license_tier(&self) -> Result<String, Error> {
        let tier = self.call(FetchLicense::new())?;
        self.set_license_tier(&tier)?;
        Ok(tier)
    }

    /// Sends this license tier with every management call from now on, so that it need never be
    /// fetched.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it cannot be a header's value.
    pub fn set_license_tier(&self, tier: &str) -> Result<(), Error> {
        self.context().set_license_tier(tier)
    }
}
