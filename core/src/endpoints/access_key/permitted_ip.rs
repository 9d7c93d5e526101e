//! The addresses that a key may be used from.

use alloc::format;
use core::net::IpAddr;

use crate::error::Error;

/// Refuses what is neither an address nor a CIDR block.
pub(super) fn check(text: &str) -> Result<(), Error> {
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
