//! Roles and permissions, wherever in the claims they stand.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::json::object;

/// A `roles` and a `permissions` member as JSON. What is not a list grants nothing, nor does an
/// element that is not a string.
#[derive(Clone, Copy, Default)]
pub(super) struct Grants<'a> {
    pub(super) roles: Option<&'a str>,
    pub(super) permissions: Option<&'a str>,
}

impl<'a> Grants<'a> {
    /// Of a tenant's entry.
    pub(super) fn of(entry: &'a str) -> Self {
        let member = |name| object::member(entry, name);
        Self { roles: member("roles"), permissions: member("permissions") }
    }

    pub(super) fn roles(self) -> impl Iterator<Item = Cow<'a, str>> {
        strings(self.roles)
    }

    pub(super) fn permissions(self) -> impl Iterator<Item = Cow<'a, str>> {
        strings(self.permissions)
    }

    pub(super) fn has_role(self, role: &str) -> bool {
        self.roles().any(|held| held == role)
    }

    pub(super) fn has_permission(self, permission: &str) -> bool {
        self.permissions().any(|held| held == permission)
    }

    pub(super) fn has_all_roles<R: AsRef<str>>(self, roles: impl IntoIterator<Item = R>) -> bool {
        roles.into_iter().all(|role| self.has_role(role.as_ref()))
    }

    pub(super) fn has_all_permissions<P: AsRef<str>>(
        self,
        permissions: impl IntoIterator<Item = P>,
    ) -> bool {
        permissions.into_iter().all(|permission| self.has_permission(permission.as_ref()))
    }

    pub(super) fn matched_roles<R: AsRef<str>>(self, roles: impl IntoIterator<Item = R>) -> Vec<R> {
        roles.into_iter().filter(|role| self.has_role(role.as_ref())).collect()
    }

    pub(super) fn matched_permissions<P: AsRef<str>>(
        self,
        permissions: impl IntoIterator<Item = P>,
    ) -> Vec<P> {
        let held = |permission: &P| self.has_permission(permission.as_ref());
        permissions.into_iter().filter(held).collect()
    }
}

fn strings(list: Option<&str>) -> impl Iterator<Item = Cow<'_, str>> {
    object::elements(list.unwrap_or("null")).filter_map(object::string)
}
