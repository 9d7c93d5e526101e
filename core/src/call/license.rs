//! Fetches the project's license tier.

use alloc::string::String;
use alloc::vec::Vec;

use http::{Request, Response};
use serde::Deserialize;

use crate::base::{Class, Now, Operation};
use crate::call::request::get;
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::error::Error;
use crate::json::body;

/// Fetches the license tier ("tier1" to "tier4") that rate limits depend on.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct FetchLicense;

impl FetchLicense {
    /// The tier of the configured project.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    pub(crate) const OPERATION: Operation = Operation::new("fetch license tier", Class::Read);

    /// The tier in a reply, where it holds one.
    pub(crate) fn tier_of(response: &Response<Vec<u8>>) -> Option<String> {
        let success = response.status().is_success();
        success.then(|| Self.parse(response.body()).ok()).flatten()
    }
}

impl Endpoint for FetchLicense {
    type Output = String;

    fn operation(&self) -> Operation {
        Self::OPERATION
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        get(config, &["/v1/mgmt/license"])
    }

    fn parse(&self, body: &[u8]) -> Result<String, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default, deserialize_with = "body::text")]
            rate_limit_tier: Option<String>,
        }
        body::from_body::<Answer>(body)?
            .rate_limit_tier
            .ok_or_else(|| Error::decode("the answer has no `rateLimitTier`"))
    }
}
