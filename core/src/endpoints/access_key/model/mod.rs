//! What an access key is, and what it is made from.

mod expiry;
mod key;
mod packed;
mod status;
mod tenant_grant;

pub use expiry::Expiry;
pub use key::{AccessKey, KeyTenant};
pub use status::Status;
pub use tenant_grant::TenantGrant;
