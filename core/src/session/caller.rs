//! Whoever was let in, and what is asked of it.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::challenge::Scheme;
use super::rejection::Rejection;
use crate::jwt::Claims;

/// An authenticated caller. Each requirement returns it, or a 403.
///
/// ```
/// use descope_core::{Caller, Rejection};
///
/// fn deployer(caller: Caller) -> Result<Caller, Rejection> {
///     caller.with_scope("deploy")?.in_tenant("acme")?.with_role("deployer")
/// }
/// ```
#[derive(Clone)]
pub struct Caller {
    claims: Claims,
    scheme: Scheme,
    tenant: Option<String>,
}

impl Caller {
    pub(crate) fn new(claims: Claims, scheme: Scheme) -> Self {
        Self { claims, scheme, tenant: None }
    }

    /// What its token says, or the token that its access key was exchanged for.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The claims alone.
    #[must_use]
    pub fn into_claims(self) -> Claims {
        self.claims
    }

    /// Requires that the key is associated with this tenant. Roles and permissions that are required
    /// after this are those in it.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn in_tenant(mut self, id: &str) -> Result<Self, Rejection> {
        let held = self.claims.tenant(id).is_associated();
        self.tenant = Some(id.into());
        self.require(held, || format!("the tenant {id:?}"))
    }

    /// Requires this role: in the tenant that was required before, else at project level.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn with_role(self, role: &str) -> Result<Self, Rejection> {
        let held = match &self.tenant {
            Some(tenant) => self.claims.tenant(tenant).has_role(role),
            None => self.claims.has_role(role),
        };
        self.require(held, || format!("the role {role:?}"))
    }

    /// Requires this permission: in the tenant that was required before, else at project level.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn with_permission(self, permission: &str) -> Result<Self, Rejection> {
        let held = match &self.tenant {
            Some(tenant) => self.claims.tenant(tenant).has_permission(permission),
            None => self.claims.has_permission(permission),
        };
        self.require(held, || format!("the permission {permission:?}"))
    }

    /// Requires every word of this scope, as [`Claims::has_scope`] does. The client is told which.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn with_scope(self, scope: &str) -> Result<Self, Rejection> {
        match self.claims.has_scope(scope) {
            true => Ok(self),
            false => {
                let missing = format!("the scope {scope:?}");
                Err(Rejection::insufficient(self.scheme, missing, Some(scope)))
            }
        }
    }

    /// Requires this value in the audience, beside what every token's audience must hold.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn with_audience(self, audience: &str) -> Result<Self, Rejection> {
        let held = self.claims.audience().any(|value| value == audience);
        self.require(held, || format!("the audience {audience:?}"))
    }

    /// Requires whatever else the claims can tell; `what` names it in the log.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn with(self, what: &str, holds: impl FnOnce(&Claims) -> bool) -> Result<Self, Rejection> {
        let held = holds(&self.claims);
        self.require(held, || what.into())
    }

    fn require(self, held: bool, missing: impl FnOnce() -> String) -> Result<Self, Rejection> {
        match held {
            true => Ok(self),
            false => Err(Rejection::insufficient(self.scheme, missing(), None)),
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("claims", &self.claims).finish_non_exhaustive()
    }
}
