//! Access keys: one file an operation, the model beside them.

mod activate;
mod activate_batch;
mod answer;
mod create;
mod deactivate;
mod deactivate_batch;
mod delete;
mod delete_batch;
mod expiry;
mod grant;
mod ids;
mod load;
mod model;
mod packed;
mod rotate;
mod search;
mod status;
mod unconfirmed;
mod update;

pub use activate::ActivateAccessKey;
pub use activate_batch::ActivateAccessKeys;
pub use answer::CreatedAccessKey;
pub use create::CreateAccessKey;
pub use deactivate::DeactivateAccessKey;
pub use deactivate_batch::DeactivateAccessKeys;
pub use delete::DeleteAccessKey;
pub use delete_batch::DeleteAccessKeys;
pub use expiry::Expiry;
pub use grant::TenantGrant;
pub use load::LoadAccessKey;
pub use model::{AccessKey, KeyTenant};
pub use rotate::RotateAccessKey;
pub use search::{SearchAccessKeys, SortField};
pub use status::Status;
pub use unconfirmed::FindUnconfirmed;
pub use update::UpdateAccessKey;
