//! The claims of a validated token.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::grants::Grants;
use super::read_claim::read_claim;
use super::{NumericDate, Tenant, TokenError, UntrustedClaims};
use crate::json::object::Span;
use crate::json::object::{self, Object, Text};

/// The one claim that must not be trusted: the key's holder chose it at the exchange.
const LOGIN_CLAIMS: &str = "nsec";

/// The claims of a token that passed [`TokenRules`](super::TokenRules); there is no other way to
/// get one.
///
/// Cheap to clone. Claims that are not read are never decoded; roles and permissions are read from
/// the text at each check, without allocating. A claim of another type than it should have grants
/// nothing. `Debug` shows issuer, subject and times.
#[derive(Clone)]
pub struct Claims(Arc<Inner>);

struct Inner {
    object: Object,
    issuer: Option<Text>,
    subject: Option<Text>,
    key_id: Option<Text>,
    current_tenant: Option<Text>,
    audience: Option<Span>,
    confirmation: Option<Span>,
    expires_at: NumericDate,
    issued_at: Option<NumericDate>,
    not_before: Option<NumericDate>,
}

impl Claims {
    /// Reads claims whose signature was checked. Times are checked for their type here.
    pub(super) fn parse(payload: Vec<u8>) -> Result<Self, TokenError> {
        let text =
            String::from_utf8(payload).map_err(|_| TokenError::malformed("claims", "not UTF-8"))?;
        let object = Object::parse(text).map_err(|error| TokenError::json("claims", error))?;
        let [audience, confirmation, dct, exp, iat, iss, nbf, sub, dsub] =
            object.pick(["aud", "cnf", "dct", "exp", "iat", "iss", "nbf", "sub", "dsub"]);
        let text = |value: Option<Span>| value.and_then(|value| object.text(value));
        let time = |claim, value: Option<Span>| match value {
            None => Ok(None),
            Some(value) => NumericDate::parse(object.raw(value))
                .map(Some)
                .ok_or(TokenError::WrongType { claim, expected: "a number" }),
        };
        Ok(Self(Arc::new(Inner {
            issuer: text(iss),
            subject: text(sub),
            key_id: text(dsub.or(sub)),
            current_tenant: text(dct),
            audience,
            confirmation,
            expires_at: time("exp", exp)?.ok_or(TokenError::MissingClaim { claim: "exp" })?,
            issued_at: time("iat", iat)?,
            not_before: time("nbf", nbf)?,
            object,
        })))
    }

    /// `iss` as it came; it names the project.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.text(&self.0.issuer).unwrap_or_default()
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text(&self.0.subject)
    }

    /// The id of the access key: `dsub` where it is there, else `sub`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.text(&self.0.key_id)
    }

    /// The values of `aud`, be it a string or a list.
    pub fn audience(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let value = self.audience_member().unwrap_or("null");
        object::string(value).into_iter().chain(object::elements(value).filter_map(object::string))
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> NumericDate {
        self.0.expires_at
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.0.issued_at
    }

    /// `nbf`.
    #[must_use]
    pub fn not_before(&self) -> Option<NumericDate> {
        self.0.not_before
    }

    /// The tenant that was selected for this token (`dct`).
    #[must_use]
    pub fn current_tenant(&self) -> Option<&str> {
        self.text(&self.0.current_tenant)
    }

    /// What the token says of a tenant. A tenant that it does not name is one that the key is not
    /// associated with and that grants nothing.
    #[must_use]
    pub fn tenant(&self, id: &str) -> Tenant<'_> {
        match self.member("tenants") {
            Some(tenants) => Tenant::of(object::member(tenants, id)),
            None if self.current_tenant() == Some(id) => Tenant::current(self.grants()),
            None => Tenant::of(None),
        }
    }

    /// The ids of the tenants that the key is associated with.
    pub fn tenants(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let tenants = self.member("tenants");
        let current = if tenants.is_none() { self.current_tenant() } else { None };
        let associated = |(_, value): &(_, &str)| value.starts_with('{');
        object::members(tenants.unwrap_or("null"))
            .filter(associated)
            .map(|(id, _)| id)
            .chain(current.map(Cow::Borrowed))
    }

    /// The project-level roles. A tenant's are at [`tenant`](Self::tenant).
    pub fn roles(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.grants().roles()
    }

    /// The project-level permissions.
    pub fn permissions(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.grants().permissions()
    }

    /// Whether the key has this role at project level.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.grants().has_role(role)
    }

    /// Whether the key has every one of these roles at project level; true for none.
    #[must_use]
    pub fn has_all_roles<R: AsRef<str>>(&self, roles: impl IntoIterator<Item = R>) -> bool {
        self.grants().has_all_roles(roles)
    }

    /// Those of these roles that the key has at project level, in the given order.
    #[must_use]
    pub fn matched_roles<R: AsRef<str>>(&self, roles: impl IntoIterator<Item = R>) -> Vec<R> {
        self.grants().matched_roles(roles)
    }

    /// Whether the key has this permission at project level.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.grants().has_permission(permission)
    }

    /// Whether the key has every one of these permissions at project level; true for none.
    #[must_use]
    pub fn has_all_permissions<P: AsRef<str>>(
        &self,
        permissions: impl IntoIterator<Item = P>,
    ) -> bool {
        self.grants().has_all_permissions(permissions)
    }

    /// Those of these permissions that the key has at project level, in the given order.
    #[must_use]
    pub fn matched_permissions<P: AsRef<str>>(
        &self,
        permissions: impl IntoIterator<Item = P>,
    ) -> Vec<P> {
        self.grants().matched_permissions(permissions)
    }

    /// Whether the `scope` claim (RFC 8693: words with a space between them) holds every word of
    /// this one. No word is none that it could hold: false. Words compare byte for byte.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let granted = self.member("scope").and_then(object::string).unwrap_or_default();
        let words = |text| str::split(text, ' ').filter(|word: &&str| !word.is_empty());
        let mut asked = words(scope).peekable();
        asked.peek().is_some() && asked.all(|word| words(&granted).any(|held| held == word))
    }

    /// Reads any claim by its name, for example one of the key's own custom claims, as a type of
    /// the caller's. `None` where the token does not have it. Integers are exact to 64 bits.
    ///
    /// `nsec` is not found here: see [`untrusted_login_claims`](Self::untrusted_login_claims).
    ///
    /// # Errors
    /// [`TokenError::UnreadableClaim`] where it is of another type.
    pub fn get<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<Option<T>, TokenError> {
        if name == LOGIN_CLAIMS {
            return Ok(None);
        }
        self.member(name).map(|value| read_claim(name, value)).transpose()
    }

    /// The names of the claims, `nsec` left out.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.object.members().map(|(name, _)| name).filter(|name| *name != LOGIN_CLAIMS)
    }

    /// All claims as values, `nsec` left out.
    ///
    /// # Errors
    /// [`TokenError::UnreadableClaim`] where a claim holds what the values cannot: a number of
    /// hundreds of digits, an escape that is no Unicode.
    pub fn to_map(&self) -> Result<Map<String, Value>, TokenError> {
        let members = self.0.object.members().filter(|(name, _)| *name != LOGIN_CLAIMS);
        members.map(|(name, value)| Ok((name.into(), read_claim(name, value)?))).collect()
    }

    /// The claims that whoever held the key added at the exchange (`nsec`). They say what the
    /// caller says of itself: **never authorize by them**.
    #[must_use]
    pub fn untrusted_login_claims(&self) -> UntrustedClaims<'_> {
        UntrustedClaims::new(self.member(LOGIN_CLAIMS))
    }

    /// The JSON of `aud`.
    pub(super) fn audience_member(&self) -> Option<&str> {
        self.0.audience.map(|value| self.0.object.raw(value))
    }

    /// The JSON of `cnf`.
    pub(super) fn confirmation_member(&self) -> Option<&str> {
        self.0.confirmation.map(|value| self.0.object.raw(value))
    }

    /// The JSON of any claim.
    pub(super) fn member(&self, name: &str) -> Option<&str> {
        self.0.object.get(name)
    }

    /// How much of the token's life is left.
    pub(crate) fn lives_for(&self, unix_now: Duration) -> Duration {
        let expires = u64::try_from(self.expires_at().unix_seconds()).unwrap_or(0);
        Duration::from_secs(expires).saturating_sub(unix_now)
    }

    /// Bytes held, roughly.
    pub(crate) fn size(&self) -> usize {
        size_of::<Inner>() + self.0.object.size()
    }

    fn grants(&self) -> Grants<'_> {
        Grants { roles: self.member("roles"), permissions: self.member("permissions") }
    }

    fn text<'a>(&'a self, text: &'a Option<Text>) -> Option<&'a str> {
        text.as_ref().map(|text| self.0.object.resolve(text))
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .field("issued_at", &self.issued_at())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
