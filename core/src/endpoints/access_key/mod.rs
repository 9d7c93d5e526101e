//! Access keys: one file an operation, the model beside them.

mod answer;
mod by_id;
mod create;
mod ids;
mod load;
mod model;
mod permitted_ip;
mod rotate;
mod search;
pub(crate) mod tags;
mod unconfirmed;
mod update;

pub use answer::CreatedAccessKey;
pub use by_id::{ActOnAccessKey, ActOnAccessKeys};
pub use create::CreateAccessKey;
pub use load::LoadAccessKey;
pub use model::{AccessKey, Expiry, KeyTenant, Status, TenantGrant};
pub use rotate::RotateAccessKey;
pub use search::{SearchAccessKeys, SortField};
pub use unconfirmed::FindUnconfirmed;
pub use update::UpdateAccessKey;
