//! Permitted addresses of an access key: single addresses and CIDR blocks.

use std::net::IpAddr;

/// A block of addresses; a single address is a block of its full width.
struct Block {
    network: IpAddr,
    prefix: u32,
}

impl Block {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= width)?
            }
            Some(_) => return None,
        };
        Some(Self { network, prefix })
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u32::from(network) ^ u32::from(address);
                differ.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = u128::from(network) ^ u128::from(address);
                differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

pub(crate) fn is_valid(text: &str) -> bool {
    Block::parse(text).is_some()
}

/// Whether a caller at `address` may use a key with these permitted addresses; with none, all may.
pub(crate) fn allows(permitted: &[String], address: IpAddr) -> bool {
    let address = address.to_canonical();
    permitted.is_empty()
        || permitted.iter().filter_map(|text| Block::parse(text)).any(|block| block.holds(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(permitted: &[&str], address: &str) -> bool {
        let permitted: Vec<String> = permitted.iter().map(ToString::to_string).collect();
        allows(&permitted, address.parse().unwrap())
    }

    #[test]
    fn blocks_are_matched_by_prefix() {
        assert!(allowed(&[], "203.0.113.9"));
        assert!(allowed(&["10.0.0.0/8"], "10.255.0.1"));
        assert!(!allowed(&["10.0.0.0/8"], "11.0.0.0"));
        assert!(allowed(&["10.1.2.3"], "10.1.2.3"));
        assert!(!allowed(&["10.1.2.3"], "10.1.2.4"));
        assert!(allowed(&["0.0.0.0/0"], "198.51.100.7"));
        assert!(!allowed(&["0.0.0.0/0"], "::1"));
        assert!(allowed(&["2001:db8::/33"], "2001:db8:7fff::1"));
        assert!(!allowed(&["2001:db8::/33"], "2001:db8:8000::1"));
        assert!(allowed(&["::/0"], "::1"));
        assert!(allowed(&["192.0.2.1", "::1"], "::1"));
        assert!(allowed(&["127.0.0.1"], "::ffff:127.0.0.1"));
    }

    #[test]
    fn malformed_blocks_are_refused() {
        for text in ["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "host"] {
            assert!(!is_valid(text), "{text}");
        }
        assert!(is_valid("10.0.0.0/8") && is_valid("::1") && is_valid("2001:db8::/0"));
    }
}
