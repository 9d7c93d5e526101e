//! What a token says of one tenant.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::grants::Grants;

/// A tenant as a token sees it: whether the key is associated with it, and what it may do there.
///
/// Every check needs the association: without it nothing is granted, and
/// [`has_all_roles`](Self::has_all_roles) is false even for an empty list. A token whose current
/// tenant (`dct`) is this one, and that has no `tenants` claim, is associated with it, and the
/// token's top-level roles and permissions are those of the tenant. A `tenants` claim that is there
/// has the last word: null, empty or of another type it names no tenant, whatever `dct` says.
#[derive(Clone, Copy)]
pub struct Tenant<'a> {
    grants: Option<Grants<'a>>,
}

impl<'a> Tenant<'a> {
    /// From its entry in the `tenants` claim, where there is one. What is no object is none.
    pub(super) fn of(entry: Option<&'a str>) -> Self {
        Self { grants: entry.filter(|value| value.starts_with('{')).map(Grants::of) }
    }

    pub(super) fn current(grants: Grants<'a>) -> Self {
        Self { grants: Some(grants) }
    }

    /// Whether the key is associated with the tenant.
    #[must_use]
    pub fn is_associated(self) -> bool {
        self.grants.is_some()
    }

    /// The roles in the tenant.
    pub fn roles(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.granted().roles()
    }

    /// The permissions in the tenant.
    pub fn permissions(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.granted().permissions()
    }

    /// Whether the key has this role in the tenant.
    #[must_use]
    pub fn has_role(self, role: &str) -> bool {
        self.granted().has_role(role)
    }

    /// Whether the key is associated with the tenant and has every one of these roles in it. An
    /// empty list asks for the association alone.
    #[must_use]
    pub fn has_all_roles<R: AsRef<str>>(self, roles: impl IntoIterator<Item = R>) -> bool {
        self.is_associated() && self.granted().has_all_roles(roles)
    }

    /// Those of these roles that the key has in the tenant, in the given order.
    #[must_use]
    pub fn matched_roles<R: AsRef<str>>(self, roles: impl IntoIterator<Item = R>) -> Vec<R> {
        self.granted().matched_roles(roles)
    }

    /// Whether the key has this permission in the tenant.
    #[must_use]
    pub fn has_permission(self, permission: &str) -> bool {
        self.granted().has_permission(permission)
    }

    /// Whether the key is associated with the tenant and has every one of these permissions in it.
    /// An empty list asks for the association alone.
    #[must_use]
    pub fn has_all_permissions<P: AsRef<str>>(
        self,
        permissions: impl IntoIterator<Item = P>,
    ) -> bool {
        self.is_associated() && self.granted().has_all_permissions(permissions)
    }

    /// Those of these permissions that the key has in the tenant, in the given order.
    #[must_use]
    pub fn matched_permissions<P: AsRef<str>>(
        self,
        permissions: impl IntoIterator<Item = P>,
    ) -> Vec<P> {
        self.granted().matched_permissions(permissions)
    }

    fn granted(self) -> Grants<'a> {
        self.grants.unwrap_or_default()
    }
}

impl fmt::Debug for Tenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<_> = self.roles().collect();
        f.debug_struct("Tenant")
            .field("is_associated", &self.is_associated())
            .field("roles", &roles)
            .finish_non_exhaustive()
    }
}
