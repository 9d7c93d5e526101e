//! Access keys: one file an operation, the model beside them.

#[path = "by_id.rs"]
mod activate;
mod activate_batch;
mod answer;
mod create;
mod deactivate;
mod deactivate_batch;
mod delete;
mod delete_batch;
#[path = "model/expiry.rs"]
mod expiry;
#[path = "model/tenant_grant.rs"]
mod grant;
mod ids;
mod load;
#[path = "model/key.rs"]
mod model;
#[path = "model/packed.rs"]
mod packed;
mod rotate;
mod search;
#[path = "model/status.rs"]
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
