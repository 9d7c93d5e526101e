//! Secrets where none belong: they are neither shown nor sent.

use std::ffi::OsString;

/// How each is given.
pub(crate) const HOW: &str = "\
No secret is an argument: other users can see it, and it stays in the shell's history.
A session token comes on standard input: descope-keys validate < FILE
So does a cleartext that has leaked: descope-keys leaked < FILE
An access key comes from DESCOPE_ACCESS_KEY or --access-key-file FILE, a management key from
DESCOPE_MANAGEMENT_KEY or --management-key-file FILE (- is standard input).";

/// The number of the first argument that holds a secret. What comes after `--` is another program's.
pub(crate) fn in_arguments(arguments: &[OsString]) -> Option<usize> {
    let mut own = arguments.iter().take_while(|argument| *argument != "--");
    own.position(|argument| is_in(&argument.to_string_lossy()))
}

/// Whether a text holds a token, a key's cleartext, or a credential of the environment.
pub(crate) fn is_in(text: &str) -> bool {
    let credentials =
        ["DESCOPE_ACCESS_KEY", "DESCOPE_MANAGEMENT_KEY", "DESCOPE_AUTH_MANAGEMENT_KEY"];
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    words.into_iter().any(|word| is_token(word) || is_cleartext(word))
        || credentials.iter().filter_map(|name| std::env::var(name).ok()).any(|credential| {
            // What is shorter is no real one, and may stand anywhere.
            let credential = credential.trim();
            credential.len() >= 16 && text.contains(credential)
        })
}

/// A JSON object in base64url, and more.
fn is_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.contains('.')
}

/// Longer than any id, and with the head of one.
fn is_cleartext(word: &str) -> bool {
    let mut head = word.chars();
    word.len() >= MIN_CLEARTEXT
        && head.next() == Some('K')
        && head.next().is_some_and(|second| second.is_ascii_digit())
}

/// An id of the service has 28 characters.
pub(crate) const MIN_CLEARTEXT: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const CLEARTEXT: &str = "K2mjKIt0aDUDPogWoaQ5cIKfCkoVZuFd6rNef9eH3qkkY1KLf4x0Vtf1";

    #[test]
    fn secrets_are_recognised_wherever_they_stand() {
        for text in [
            CLEARTEXT.to_owned(),
            format!("--access-key={CLEARTEXT}"),
            format!("\u{feff}'{CLEARTEXT}'\r\n"),
            format!("DESCOPE_ACCESS_KEY={CLEARTEXT}"),
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJLMmEifQ.c2lnbmF0dXJl".to_owned(),
            "Bearer eyJhbGciOiJSUzI1NiJ9.e30.".to_owned(),
        ] {
            assert!(is_in(&text), "{text}");
        }
        for text in
            ["K2rAtszOkPoR0Fy5ywTcaHXV65Jx", "create", "--claim=eyJ=1", "Keys of the farm", ""]
        {
            assert!(!is_in(text), "{text}");
        }
    }

    #[test]
    fn what_another_program_is_given_is_its_own() {
        let position = |arguments: &[&str]| {
            in_arguments(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
        };
        assert_eq!(position(&["load", CLEARTEXT]), Some(1));
        assert_eq!(position(&["replace", "K2a", "--", "put", CLEARTEXT]), None);
    }
}
