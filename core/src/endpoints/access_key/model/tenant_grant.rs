//! What a key is given: tenants with roles, and the addresses it may be used from.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde::Serialize;

use crate::Error;

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

/// Collects texts.
pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// Refuses what is neither an address nor a CIDR block.
pub(super) fn check_permitted_ip(text: &str) -> Result<(), Error> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let widest = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return Err(not_an_address(text)),
    };
    match prefix {
        Some(prefix) if !is_prefix_length(prefix, widest) => Err(not_an_address(text)),
        _ => Ok(()),
    }
}

fn is_prefix_length(text: &str, widest: u8) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u8>().is_ok_and(|length| length <= widest)
}

fn not_an_address(text: &str) -> Error {
    Error::invalid_argument(
        "permitted_ips",
        format!("holds {text:?}, which is neither an IP address nor a CIDR block"),
    )
}
