//! What a key is given in a tenant.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

/// A tenant to associate a key with, and the roles to give it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantGrant {
    tenant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_names: Option<Vec<String>>,
}

impl TenantGrant {
    /// The association alone.
    pub fn new(tenant_id: impl Into<String>) -> Self {
        Self { tenant_id: tenant_id.into(), role_names: None }
    }

    /// The association with these roles.
    pub fn with_roles<R: Into<String>>(
        tenant_id: impl Into<String>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        let roles = roles.into_iter().map(Into::into).collect();
        Self { role_names: Some(roles), ..Self::new(tenant_id) }
    }
}

impl From<super::KeyTenant<'_>> for TenantGrant {
    fn from(tenant: super::KeyTenant<'_>) -> Self {
        Self::with_roles(tenant.tenant_id(), tenant.role_names())
    }
}
