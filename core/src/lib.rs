//! Sans-IO core of the Descope access-key SDK.
#![no_std]

extern crate alloc;

pub mod access_key;
mod answer;
mod call;
mod config;
mod context;
mod endpoint;
mod error;
#[cfg(feature = "jwt")]
mod exchange;
mod flight;
#[cfg(feature = "jwt")]
mod flow;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "jwt")]
mod key_set;
#[cfg(feature = "jwt")]
mod keys;
mod license;
mod request;
pub mod retry;
mod secret;
#[cfg(feature = "jwt")]
mod session;
mod std_parts;
mod step;
mod transport;

pub use access_key::{
    AccessKey, ActivateAccessKey, ActivateAccessKeys, CreateAccessKey, CreatedAccessKey,
    DeactivateAccessKey, DeactivateAccessKeys, DeleteAccessKey, DeleteAccessKeys, Expiry,
    KeyTenant, LoadAccessKey, RotateAccessKey, SearchAccessKeys, SortField, Status, TenantGrant,
    UpdateAccessKey,
};
pub use call::{Attempts, Call, CallOptions};
pub use config::{Config, ConfigBuilder, Limits};
pub use context::Context;
pub use endpoint::{Auth, Class, Endpoint, Operation, Target};
pub use error::{Error, ErrorKind, Outcome, OutcomeUnknown};
#[cfg(feature = "jwt")]
pub use exchange::{ExchangeAccessKey, ExchangedToken};
pub use flight::Flight;
#[cfg(feature = "jwt")]
pub use flow::{Exchange, Exchanging, Validate, Validating};
pub use json::Members;
#[cfg(feature = "jwt")]
pub use key_set::FetchKeySet;
#[cfg(feature = "jwt")]
pub use keys::KeyCacheLimits;
pub use license::FetchLicense;
pub use secret::Secret;
#[cfg(feature = "jwt")]
pub use session::Session;
pub use step::{Asleep, Machine, Sent, Step, Waiting};
pub use transport::{Failure, FailureKind, Now, Outgoing, Reply, Transport};
