//! Users whose authorization an access key can take.

use serde::Deserialize;

use crate::key::KeyTenant;

/// A user of the emulated project; a key that is bound to it has its roles and tenants.
///
/// In JSON: `{"id": "…", "roleNames": […], "tenants": [{"tenantId": "…", "roleNames": […]}]}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) role_names: Vec<String>,
    #[serde(default)]
    pub(crate) tenants: Vec<KeyTenant>,
}

impl User {
    /// A user with this id, and no roles.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), role_names: Vec::new(), tenants: Vec::new() }
    }

    /// Adds roles at the level of the project.
    #[must_use]
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.role_names.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Associates the user with a tenant, with these roles there.
    #[must_use]
    pub fn tenant_roles<R: Into<String>>(
        mut self,
        id: impl Into<String>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.tenants.push(KeyTenant::new(id, roles));
        self
    }
}
