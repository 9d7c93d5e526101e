//! `NO_PROXY`, read as curl documents it since 7.86: hosts with all that is beneath them, addresses,
//! blocks of addresses, or a single star. There are no ports and no other stars. Commas or blanks
//! separate.

use std::net::IpAddr;

#[derive(Clone, Default, Debug)]
pub(super) struct NoProxy(String);

impl NoProxy {
    pub(super) fn new(list: String) -> Self {
        Self(list)
    }

    pub(super) fn holds(&self, host: &str) -> bool {
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address: Option<IpAddr> = literal.unwrap_or(host).parse().ok();
        let mut entries = self.0.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        self.0 == "*"
            || entries.any(|entry| match address {
                Some(address) => is_in(address, entry),
                None => is_beneath(host, entry),
            })
    }
}

fn is_beneath(host: &str, entry: &str) -> bool {
    let bare = |host: &str| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let (host, entry) = (bare(host), bare(entry));
    let domain = entry.strip_prefix('.').unwrap_or(&entry);
    let above = if domain.is_empty() { None } else { host.strip_suffix(domain) };
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// An address, or a block of them such as 10.0.0.0/8.
fn is_in(address: IpAddr, entry: &str) -> bool {
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (entry, Some(0)),
    };
    let (Ok(network), Some(bits)) = (network.parse::<IpAddr>(), bits) else { return false };
    let (difference, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits() ^ network.to_bits()), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits() ^ network.to_bits(), 128),
        _ => return false,
    };
    match bits {
        // For curl a block of no bits is an address.
        0 => difference == 0,
        bits => bits <= width && difference.checked_shr(width - bits).unwrap_or(0) == 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// List, host, and whether the host is in the list. All names lead to loopback in the test.
    const TABLE: &[(&str, &str, bool)] = &[
        ("api.descope.com", "api.descope.com", true),
        ("descope.com", "api.descope.com", true),
        (".descope.com", "api.descope.com", true),
        (".descope.com", "descope.com", true),
        ("DESCOPE.com.", "api.descope.com", true),
        ("descope.com", "api.descope.com.", true),
        ("cope.com", "api.descope.com", false),
        ("com.descope", "api.descope.com", false),
        ("x.api.descope.com", "api.descope.com", false),
        ("*.descope.com", "api.descope.com", false),
        ("*descope.com", "api.descope.com", false),
        ("descope.*", "api.descope.com", false),
        ("*", "api.descope.com", true),
        ("a,*", "api.descope.com", false),
        (" *", "api.descope.com", false),
        ("* ", "api.descope.com", false),
        ("", "api.descope.com", false),
        (",", "api.descope.com", false),
        (".", "api.descope.com", false),
        ("a, b ,descope.com", "api.descope.com", true),
        ("a,,descope.com", "api.descope.com", true),
        ("localhost descope.com", "api.descope.com", true),
        ("localhost\tdescope.com", "api.descope.com", true),
        ("  descope.com  ", "api.descope.com", true),
        ("descope.com:443", "api.descope.com", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.11", false),
        ("127.0.0.1:443", "127.0.0.1", false),
        ("127.0.0.0/8", "127.1.2.3", true),
        ("127.1.2.3/8", "127.200.0.1", true),
        ("127.1.0.0/16", "127.2.0.1", false),
        ("127.1.2.3/32", "127.1.2.3", true),
        ("127.1.2.0/31", "127.1.2.1", true),
        ("127.1.2.0/31", "127.1.2.2", false),
        ("127.1.2.3/33", "127.1.2.3", false),
        ("127.0.0.0/0", "127.1.2.3", false),
        ("10.0.0.0/8", "127.1.2.3", false),
        ("a 127.0.0.0/8,b", "127.1.2.3", true),
        ("127", "127.0.0.1", false),
        ("0.0.1", "127.0.0.1", false),
        ("::1", "[::1]", true),
        ("::2", "[::1]", false),
        ("::/64", "[::1]", true),
        ("::/127", "[::1]", true),
        ("::/128", "[::1]", false),
        ("::1/129", "[::1]", false),
        ("fd00::/8", "[::1]", false),
        ("::ffff:127.0.0.1", "127.0.0.1", false),
    ];

    #[test]
    fn a_list_holds_what_curl_documents() {
        for (list, host, is_held) in TABLE {
            assert_eq!(NoProxy::new((*list).to_owned()).holds(host), *is_held, "{list:?} {host}");
        }
    }

    #[test]
    fn the_table_is_that_of_an_installed_curl() {
        if !has_curl() {
            println!("skipped: no curl of 7.88 or later is installed");
            return;
        }
        // Blocks of IPv6 are documented, and 7.88 finds none.
        let is_block = |list: &str| list.contains("::") && list.contains('/');
        for (list, host, is_held) in TABLE.iter().filter(|(list, ..)| !is_block(list)) {
            assert_eq!(!curl_asks_the_proxy(list, host), *is_held, "{list:?} {host}");
        }
    }

    fn has_curl() -> bool {
        let Ok(output) = Command::new("curl").arg("--version").output() else { return false };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.split([' ', '.']).skip(1).map(|part| part.parse().unwrap_or(0));
        (numbers.next(), numbers.next()) >= (Some(7), Some(88))
    }

    /// The proxy closes what it accepts. Directly there is nobody on the port.
    fn curl_asks_the_proxy(list: &str, host: &str) -> bool {
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = proxy.local_addr().unwrap().port();
        let nobody = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
        let listening = thread::spawn(move || {
            let (mut client, _) = proxy.accept().unwrap();
            let mut line = [0; 7];
            client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            client.read_exact(&mut line).is_ok() && line == *b"CONNECT"
        });
        let mut curl = Command::new("curl");
        for name in ["ALL_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
            curl.env_remove(name).env_remove(name.to_lowercase());
        }
        curl.args(["--silent", "--disable", "--connect-timeout", "5"])
            .args(["--resolve", &format!("*:{nobody}:127.0.0.1")])
            .arg(format!("https://{host}:{nobody}"))
            .env("HTTPS_PROXY", format!("http://127.0.0.1:{port}"))
            .env("NO_PROXY", list)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        curl.status().unwrap();
        // So that the proxy comes to an end where curl has not come by.
        drop(std::net::TcpStream::connect(("127.0.0.1", port)));
        listening.join().unwrap()
    }
}
