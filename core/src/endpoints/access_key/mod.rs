//! Access keys: one file an operation, the model beside them.

mod answer;
mod by_id;
mod create;
mod found_access_keys;
mod hardly_meant;
mod ids;
mod key_state;
mod load;
mod model;
mod permitted_ip;
mod plain_description;
mod policy;
mod rotate;
mod search;
mod search_readable;
pub(crate) mod tags;
mod unconfirmed;
mod update;

pub use answer::CreatedAccessKey;
pub use by_id::{ActOnAccessKey, ActOnAccessKeys};
pub use create::CreateAccessKey;
pub use found_access_keys::{FoundAccessKeys, UnreadableAccessKey};
pub use load::LoadAccessKey;
pub use model::{AccessKey, Expiry, KeyTenant, Status, TenantGrant};
pub use policy::{KeyPolicy, KeyRule};
pub use rotate::RotateAccessKey;
pub use search::{SearchAccessKeys, SortField};
pub use search_readable::SearchReadableAccessKeys;
pub use unconfirmed::FindUnconfirmed;
pub use update::UpdateAccessKey;
