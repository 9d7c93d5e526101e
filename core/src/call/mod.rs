//! How one request is built, retried and given up, and what is learned for the next one.

mod attempts;
pub(crate) mod call_context;
pub(crate) mod cooldown;
#[cfg(test)]
mod cooldown_tests;
mod endpoint;
pub(crate) mod flight;
mod license;
mod license_tier;
mod outgoing;
#[cfg(feature = "jwt")]
pub(crate) mod patience;
pub(crate) mod request;
pub mod retry;
pub(crate) mod step;
mod transport;
mod transport_fn;

pub use attempts::Call;
pub use endpoint::{Auth, Endpoint, Look, Proof, Salvaged};
pub use flight::Flight;
pub use license::FetchLicense;
pub use step::{Asleep, Machine, Sent, Step, Waiting};
pub use transport::{Failure, FailureKind, Outgoing, Reply, Transport};
pub use transport_fn::{TransportFn, transport_fn};
