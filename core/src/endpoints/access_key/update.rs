//! Updates an access key.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;
use serde::Serialize;

use super::permitted_ip;
use super::{AccessKey, TenantGrant, answer, hardly_meant, ids};
use crate::base::{Class, Now, Operation, Target};
use crate::call::request::post;
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::endpoints::arguments;
use crate::error::Error;
use crate::json::body::Members;

/// Updates an access key. The id and the name are always sent. Other fields keep their values
/// unless set: `set_…` replaces a field as a whole, and `clear_…` empties it.
///
/// To the service an empty value means clear, so an empty value given to `set_…` is refused: a list
/// that turned out empty by accident clears nothing. Expiry and user cannot be updated.
///
/// ```
/// use descope_core::UpdateAccessKey;
///
/// let update = UpdateAccessKey::new("K2key", "ci-deployer")
///     .set_description("deploys from the build farm")
///     .clear_permitted_ips();
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct UpdateAccessKey {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_tenants: Option<Vec<TenantGrant>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_claims: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permitted_ips: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_attributes: Option<Members>,
    #[serde(skip)]
    invalid: Option<Error>,
}

impl UpdateAccessKey {
    /// The key with this id, and its name: the one it has, or a new one.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            role_names: None,
            key_tenants: None,
            custom_claims: None,
            permitted_ips: None,
            custom_attributes: None,
            invalid: None,
        }
    }

    /// A key that was loaded; it keeps its name.
    pub fn of(key: &AccessKey) -> Self {
        Self::new(key.id(), key.name())
    }

    /// Replaces the description.
    pub fn set_description(mut self, description: impl Into<String>) -> Self {
        let description = description.into();
        self.refuse_empty("description", description.is_empty());
        self.description = Some(description);
        self
    }

    /// Empties the description.
    pub fn clear_description(mut self) -> Self {
        self.description = Some(String::new());
        self
    }

    /// Replaces all project-level roles. The service ignores these where the key has tenants.
    pub fn set_roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        let roles = arguments::texts(roles);
        self.refuse_empty("role_names", roles.is_empty());
        self.role_names = Some(roles);
        self
    }

    /// Takes all project-level roles away.
    pub fn clear_roles(mut self) -> Self {
        self.role_names = Some(Vec::new());
        self
    }

    /// Replaces all associations with tenants.
    pub fn set_tenants(mut self, tenants: impl IntoIterator<Item = TenantGrant>) -> Self {
        let tenants: Vec<_> = tenants.into_iter().collect();
        self.refuse_empty("key_tenants", tenants.is_empty());
        self.key_tenants = Some(tenants);
        self
    }

    /// Takes all associations with tenants away.
    pub fn clear_tenants(mut self) -> Self {
        self.key_tenants = Some(Vec::new());
        self
    }

    /// Replaces all custom claims by the members of a map or a struct.
    pub fn set_claims(mut self, claims: impl Serialize) -> Self {
        let claims = arguments::members("custom_claims", claims, &mut self.invalid);
        self.refuse_empty("custom_claims", claims.is_empty());
        self.custom_claims = Some(claims);
        self
    }

    /// Takes all custom claims away.
    pub fn clear_claims(mut self) -> Self {
        self.custom_claims = Some(Members::new());
        self
    }

    /// Replaces all addresses and CIDR blocks the key may be exchanged from.
    pub fn set_permitted_ips<A: Into<String>>(
        mut self,
        addresses: impl IntoIterator<Item = A>,
    ) -> Self {
        let addresses = arguments::texts(addresses);
        self.refuse_empty("permitted_ips", addresses.is_empty());
        if let Some(error) = addresses.iter().find_map(|a| permitted_ip::check(a).err()) {
            self.invalid.get_or_insert(error);
        }
        self.permitted_ips = Some(addresses);
        self
    }

    /// Lets the key be exchanged from everywhere.
    pub fn clear_permitted_ips(mut self) -> Self {
        self.permitted_ips = Some(Vec::new());
        self
    }

    /// Replaces all custom attributes by the members of a map or a struct.
    pub fn set_attributes(mut self, attributes: impl Serialize) -> Self {
        let attributes = arguments::members("custom_attributes", attributes, &mut self.invalid);
        self.refuse_empty("custom_attributes", attributes.is_empty());
        self.custom_attributes = Some(attributes);
        self
    }

    /// Takes all custom attributes away.
    pub fn clear_attributes(mut self) -> Self {
        self.custom_attributes = Some(Members::new());
        self
    }

    fn refuse_empty(&mut self, field: &'static str, empty: bool) {
        if empty {
            self.invalid.get_or_insert_with(|| {
                Error::invalid_argument(
                    field,
                    "is empty, which would clear it: to clear it, call its `clear_…` method",
                )
            });
        }
    }
}

impl Endpoint for UpdateAccessKey {
    type Output = AccessKey;

    fn operation(&self) -> Operation {
        Operation::new("update access key", Class::Convergent)
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Id(self.id.clone()))
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        ids::check_id(&self.id)?;
        if self.name.is_empty() {
            return Err(Error::invalid_argument("name", "is empty"));
        }
        match &self.invalid {
            Some(error) => Err(error.clone()),
            None => post(config, "/v1/mgmt/accesskey/update", self),
        }
    }

    fn warnings(&self, _now: Now) -> Vec<String> {
        let roles = self.role_names.as_ref().is_some_and(|roles| !roles.is_empty());
        let tenants = self.key_tenants.as_ref().is_some_and(|tenants| !tenants.is_empty());
        hardly_meant::roles_beside_tenants(roles, tenants).into_iter().collect()
    }

    fn parse(&self, body: &[u8]) -> Result<AccessKey, Error> {
        answer::parse_key(body, &self.id)
    }
}
