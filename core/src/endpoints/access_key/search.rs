//! Searches access keys.

use alloc::string::String;
use alloc::vec::Vec;

use http::Request;
use serde::Serialize;

use super::{AccessKey, FoundAccessKeys};
use crate::base::{Class, Now, Operation};
use crate::call::request::post;
use crate::call::{Auth, Endpoint};
use crate::config::Config;
use crate::endpoints::arguments;
use crate::error::Error;
use crate::json::body::Members;

/// Searches for access keys. Without a filter it finds all of them; several filters narrow the
/// result together.
///
/// One answer holds every match. It is an error if one of its keys cannot be read, or if it says
/// that it is incomplete (a `total` above the number of keys, although no page was asked for).
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct SearchAccessKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creating_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_attributes: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<Vec<SortField>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip)]
    invalid: Option<Error>,
}

/// One field to sort by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SortField {
    field: String,
    desc: bool,
}

impl SortField {
    /// From the least to the greatest. The field is named as the service does: `createdTime`.
    pub fn ascending(field: impl Into<String>) -> Self {
        Self { field: field.into(), desc: false }
    }

    /// From the greatest to the least.
    pub fn descending(field: impl Into<String>) -> Self {
        Self { field: field.into(), desc: true }
    }
}

impl SearchAccessKeys {
    /// All keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keys associated with this tenant, or another one that is asked for.
    pub fn tenant(self, tenant_id: impl Into<String>) -> Self {
        self.tenants([tenant_id.into()])
    }

    /// Keys associated with any of these tenants.
    pub fn tenants<T: Into<String>>(mut self, tenant_ids: impl IntoIterator<Item = T>) -> Self {
        self.tenant_ids.get_or_insert_default().extend(arguments::texts(tenant_ids));
        self
    }

    /// Keys bound to this user.
    pub fn bound_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.bound_user_id = Some(user_id.into());
        self
    }

    /// Keys that this user created.
    pub fn creating_user(mut self, user: impl Into<String>) -> Self {
        self.creating_user = Some(user.into());
        self
    }

    /// Keys with this custom attribute.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = arguments::value("custom_attributes", value, &mut self.invalid);
        self.custom_attributes
            .get_or_insert_default()
            .extend(value.map(|value| (name.into(), value)));
        self
    }

    /// Keys with these custom attributes: the members of a map or a struct.
    pub fn attributes(mut self, attributes: impl Serialize) -> Self {
        let attributes = arguments::members("custom_attributes", attributes, &mut self.invalid);
        self.custom_attributes.get_or_insert_default().extend(attributes);
        self
    }

    /// Keys in which the service finds this text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sorts by a field, after those that were given before.
    pub fn sort(mut self, field: SortField) -> Self {
        self.sort.get_or_insert_default().push(field);
        self
    }

    /// Asks for one page of an answer, counted from 0. Undocumented by the service; its own web
    /// console sends it.
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// Asks for at most this many keys in a page. Undocumented likewise.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl Endpoint for SearchAccessKeys {
    type Output = Vec<AccessKey>;

    fn operation(&self) -> Operation {
        Operation::new("search access keys", Class::Read).bulk()
    }

    fn auth(&self) -> Auth<'_> {
        Auth::Management
    }

    fn request(&self, config: &Config, _first: Now) -> Result<Request<Vec<u8>>, Error> {
        match &self.invalid {
            Some(error) => Err(error.clone()),
            None => post(config, "/v1/mgmt/accesskey/search", self),
        }
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<AccessKey>, Error> {
        let found = FoundAccessKeys::parse(body)?;
        if self.page.is_some() || self.limit.is_some() { found.whole() } else { found.all() }
    }
}
