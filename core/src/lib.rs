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
mod flight;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
mod license;
mod request;
pub mod retry;
mod secret;
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
pub use flight::Flight;
pub use json::Members;
pub use license::FetchLicense;
pub use secret::Secret;
pub use step::{Asleep, Machine, Sent, Step, Waiting};
pub use transport::{Failure, FailureKind, Now, Outgoing, Reply, Transport};
