//! What curl's exit codes mean (curl(1), "EXIT CODES").

use descope_blocking::descope_core::FailureKind::{
    BodyTooLarge, Certificate, Closed, Coding, Connect, ConnectTimeout, HeaderTooLarge, Malformed,
    Resolve, Timeout, Tls,
};
use descope_blocking::descope_core::{Failure, FailureKind};

/// A failure from curl's exit code, of which there is none when a signal ended it, and from its
/// standard error.
pub(crate) fn failure(code: Option<i32>, message: &str, https: bool) -> Failure {
    // 2 and 26: it could not read its configuration, and so never began.
    let stood = !matches!(code, Some(2 | 26)) && stood(message, https);
    let kind = kind(code, stood);
    // Where curl itself says that no connection stood, it cannot have written a request.
    let failure = if stood { Failure::new(kind) } else { Failure::not_sent(kind) };
    match message.lines().find(|line| line.starts_with("curl: (")) {
        Some(line) => failure.with_source(line),
        None => failure.with_source(format!("curl ended with {code:?}")),
    }
}

/// Whether a connection stood, TLS included. True unless curl has said how long it took to make, and
/// that was no time.
fn stood(message: &str, https: bool) -> bool {
    told(message, if https { "appconnect=" } else { "connect=" }) != Some(0.0)
}

/// A number of those that curl writes when it is done.
pub(crate) fn told<T: std::str::FromStr>(message: &str, name: &str) -> Option<T> {
    message.lines().last()?.split(' ').find_map(|word| word.strip_prefix(name)?.parse().ok())
}

fn kind(code: Option<i32>, stood: bool) -> FailureKind {
    match code {
        Some(5 | 6) => Resolve,
        Some(28) => {
            if stood {
                Timeout
            } else {
                ConnectTimeout
            }
        }
        Some(35) => Tls,
        // The server's certificate, or what it is checked with.
        Some(51 | 60 | 77 | 82 | 83 | 90 | 91) => Certificate,
        // 1: what came back is no HTTP/1, as curl says after it has connected.
        Some(1) if stood => Malformed,
        Some(8) => Malformed,
        Some(61) => Coding,
        Some(63) => BodyTooLarge,
        Some(100) => HeaderTooLarge,
        // 7 and 97: the host or a proxy refuses. Without a connection, whatever else it is.
        _ if !stood => Connect,
        // 18, 52, 55, 56: cut, empty, lost in sending, lost in receiving.
        _ => Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_was_sent_only_where_curl_proves_it() {
        let none = "curl: (28) Timeout was reached\nconnect=0.000000 appconnect=0.000000\n";
        let tcp = "connect=0.000120 appconnect=0.000000\n";
        let both = "connect=0.000120 appconnect=0.010000\n";
        for (code, message, https, kind, sent) in [
            (Some(28), none, false, ConnectTimeout, false),
            (Some(28), tcp, true, ConnectTimeout, false),
            (Some(28), tcp, false, Timeout, true),
            (Some(28), both, true, Timeout, true),
            (Some(28), "", true, Timeout, true),
            (Some(6), none, true, Resolve, false),
            (Some(7), none, true, Connect, false),
            (Some(60), tcp, true, Certificate, false),
            (Some(35), tcp, true, Tls, false),
            // A proxy that refuses to make a tunnel.
            (Some(56), tcp, true, Connect, false),
            (Some(56), both, true, Closed, true),
            (Some(52), tcp, false, Closed, true),
            (Some(1), tcp, false, Malformed, true),
            (Some(1), none, false, Connect, false),
            (Some(26), "", true, Connect, false),
            (Some(99), both, true, Closed, true),
            (None, "", true, Closed, true),
        ] {
            let failure = failure(code, message, https);
            assert_eq!((failure.kind, failure.sent), (kind, sent), "{code:?} {message:?} {https}");
        }
    }

    #[test]
    fn the_source_is_curls_own_words() {
        let failure = failure(Some(7), "Warning: x\ncurl: (7) Failed\nconnect=0.0", false);
        assert_eq!(failure.source.unwrap().to_string(), "curl: (7) Failed");
    }
}
