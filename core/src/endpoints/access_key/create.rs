//! Creates an access key.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use http::Request;
use serde::Serialize;

use super::permitted_ip;
use super::{AccessKey, CreatedAccessKey, Expiry, TenantGrant, answer, hardly_meant, tags};
use crate::base::{Class, Now, Operation, Target};
use crate::call::request::post;
use crate::call::{Auth, Endpoint, Salvaged};
use crate::config::Config;
use crate::endpoints::arguments;
use crate::error::Error;
use crate::json::body::Members;

/// Creates an access key. A name and an expiry are required. Fields that are not set are not sent;
/// fields that are set to empty are sent empty.
///
/// It is not retried once it may have been carried out: a second create would leave a live key
/// whose secret nobody has.
///
/// ```
/// use descope_core::{CreateAccessKey, Expiry};
///
/// let create = CreateAccessKey::new("ci-deployer", Expiry::days(30))
///     .tenant("globex")
///     .tenant_roles("acme", ["deployer"])
///     .claim("team", "build")
///     .permitted_ip("10.0.0.0/8");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct CreateAccessKey {
    name: String,
    expiry: Expiry,
    description: Option<String>,
    marker: Option<String>,
    optional: Optional,
    invalid: Option<Error>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Optional {
    #[serde(skip_serializing_if = "Option::is_none")]
    role_names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_tenants: Option<Vec<TenantGrant>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_claims: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permitted_ips: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_attributes: Option<Members>,
}

impl CreateAccessKey {
    /// A key of this name that ends then. The name need not be unique; empty is refused.
    pub fn new(name: impl Into<String>, expiry: impl Into<Expiry>) -> Self {
        Self {
            name: name.into(),
            expiry: expiry.into(),
            description: None,
            marker: None,
            optional: Optional::default(),
            invalid: None,
        }
    }

    /// A second key like this one: name, expiry, roles, tenants with their roles, user, claims,
    /// description, permitted addresses and attributes. It has an id and a secret of its own, and it
    /// is active whatever the first one is. A time at which the first one has expired is kept too. The
    /// tags of a replacement are left out of its description.
    ///
    /// To rotate without an outage: create the twin, deploy its secret, retire the first one.
    pub fn twin_of(key: &AccessKey) -> Self {
        fn given<T>(list: Vec<T>) -> Option<Vec<T>> {
            (!list.is_empty()).then_some(list)
        }
        let members = |members: Members| (!members.is_empty()).then_some(members);
        let expiry = match key.expire_time() {
            0 => Expiry::Never,
            seconds => Expiry::AtUnix(seconds),
        };
        Self {
            description: key
                .description()
                .map(|text| tags::without(text, |_| true))
                .filter(|text| !text.is_empty()),
            optional: Optional {
                role_names: given(arguments::texts(key.role_names())),
                key_tenants: given(key.key_tenants().into_iter().map(TenantGrant::from).collect()),
                user_id: key.user_id().map(String::from),
                custom_claims: members(key.custom_claims()),
                // The service's own words are not checked.
                permitted_ips: given(arguments::texts(key.permitted_ips())),
                custom_attributes: members(key.custom_attributes()),
            },
            ..Self::new(key.name(), expiry)
        }
    }

    /// Replaces the expiry: a twin's, say.
    pub fn expiry(mut self, expiry: impl Into<Expiry>) -> Self {
        self.expiry = expiry.into();
        self
    }

    /// Adds a project-level role. The service ignores these where the key has tenants.
    pub fn role(self, role: impl Into<String>) -> Self {
        self.roles([role.into()])
    }

    /// Adds project-level roles.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.optional.role_names.get_or_insert_default().extend(arguments::texts(roles));
        self
    }

    /// Associates the key with a tenant.
    pub fn tenant(self, tenant_id: impl Into<String>) -> Self {
        self.tenants([TenantGrant::new(tenant_id)])
    }

    /// Associates the key with a tenant, with roles there.
    pub fn tenant_roles<R: Into<String>>(
        self,
        tenant_id: impl Into<String>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.tenants([TenantGrant::with_roles(tenant_id, roles)])
    }

    /// Adds associations with tenants.
    pub fn tenants(mut self, tenants: impl IntoIterator<Item = TenantGrant>) -> Self {
        self.optional.key_tenants.get_or_insert_default().extend(tenants);
        self
    }

    /// Binds the key to a user, whose authorization it then takes.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.optional.user_id = Some(user_id.into());
        self
    }

    /// Adds a claim that every token of the key carries at its top level.
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = arguments::value("custom_claims", value, &mut self.invalid);
        self.optional
            .custom_claims
            .get_or_insert_default()
            .extend(value.map(|value| (name.into(), value)));
        self
    }

    /// Adds claims: the members of a map or a struct.
    pub fn claims(mut self, claims: impl Serialize) -> Self {
        let claims = arguments::members("custom_claims", claims, &mut self.invalid);
        self.optional.custom_claims.get_or_insert_default().extend(claims);
        self
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Puts a text at the end of the description that no other key's has, such as
    /// [`Context::marker`](crate::Context::marker). Where the outcome is unknown,
    /// [`FindUnconfirmed`](crate::FindUnconfirmed) then finds this very key, whatever the clocks say.
    pub fn marker(mut self, marker: impl Into<String>) -> Self {
        let marker = marker.into();
        if marker.trim().is_empty() {
            self.invalid.get_or_insert(Error::invalid_argument("marker", "is empty"));
        }
        self.marker = Some(marker);
        self
    }

    /// Adds an address or CIDR block the key may be exchanged from; without any, it may be from
    /// everywhere.
    pub fn permitted_ip(self, address: impl Into<String>) -> Self {
        self.permitted_ips([address.into()])
    }

    /// Adds addresses and CIDR blocks.
    pub fn permitted_ips<A: Into<String>>(
        mut self,
        addresses: impl IntoIterator<Item = A>,
    ) -> Self {
        let addresses = arguments::texts(addresses);
        if let Some(error) = addresses.iter().find_map(|a| permitted_ip::check(a).err()) {
            self.invalid.get_or_insert(error);
        }
        self.optional.permitted_ips.get_or_insert_default().extend(addresses);
        self
    }

    /// Adds a custom attribute of the project's.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = arguments::value("custom_attributes", value, &mut self.invalid);
        self.optional
            .custom_attributes
            .get_or_insert_default()
            .extend(value.map(|value| (name.into(), value)));
        self
    }

    /// Adds custom attributes: the members of a map or a struct.
    pub fn attributes(mut self, attributes: impl Serialize) -> Self {
        let attributes = arguments::members("custom_attributes", attributes, &mut self.invalid);
        self.optional.custom_attributes.get_or_insert_default().extend(attributes);
        self
    }
}

impl Endpoint for CreateAccessKey {
    type Output = CreatedAccessKey;

    fn operation(&self) -> Operation {
        Operation::new("create access key", Class::OneShot).in_doubt(
            "the key may exist, and then nobody holds its secret. Do not just create it again: \
             look for it with find_unconfirmed, then rotate it for a new secret, or delete it",
        )
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn target(&self) -> Option<Target> {
        let name = self.name.clone();
        Some(match self.marker.clone() {
            Some(marker) => Target::Marked { name, marker },
            None => Target::Name(name),
        })
    }

    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            name: &'a str,
            expire_time: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: Option<Cow<'a, str>>,
            #[serde(flatten)]
            optional: &'a Optional,
        }
        if self.name.is_empty() {
            return Err(Error::invalid_argument("name", "is empty"));
        }
        if let Some(error) = &self.invalid {
            return Err(error.clone());
        }
        let expire_time = self.expiry.unix_seconds(first)?;
        let description = match (self.description.as_deref(), self.marker.as_deref()) {
            (Some(text), Some(marker)) if !text.is_empty() => {
                Some(format!("{text} {marker}").into())
            }
            (text, marker) => marker.or(text).map(Cow::Borrowed),
        };
        let body = Body { name: &self.name, expire_time, description, optional: &self.optional };
        post(config, "/v1/mgmt/accesskey/create", &body)
    }

    fn warnings(&self, now: Now) -> Vec<String> {
        let roles = self.optional.role_names.as_ref().is_some_and(|roles| !roles.is_empty());
        let tenants = self.optional.key_tenants.as_ref().is_some_and(|tenants| !tenants.is_empty());
        let beside = hardly_meant::roles_beside_tenants(roles, tenants);
        hardly_meant::expiry(self.expiry, now).into_iter().chain(beside).collect()
    }

    fn parse(&self, body: &[u8]) -> Result<CreatedAccessKey, Error> {
        answer::parse_created(body)
    }

    fn salvage(&self, body: &[u8]) -> Option<Salvaged> {
        answer::salvage(body)
    }
}
