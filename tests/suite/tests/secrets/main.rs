//! No credential, cleartext or token is seen where it is not asked for: in what every public type
//! prints, and in errors, however the server echoes it.

mod echoes;
mod types;

/// Everything that must not be seen, and no visible part of it.
#[track_caller]
pub(crate) fn assert_hidden(shown: &str, secrets: &[&str]) {
    for secret in secrets {
        let parts = secret.as_bytes().windows(8).map(|part| std::str::from_utf8(part).unwrap());
        for part in parts {
            assert!(!shown.contains(part), "{part:?} of {secret:?} is seen in {shown}");
        }
    }
}
