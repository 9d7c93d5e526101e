//! What the SDK says to programmers, said to whoever types commands.

use descope_blocking::descope_core::ReplaceAccessKey;

/// The SDK's words, and the program's.
const WORDS: [(&str, &str); 6] = [
    (": wait for it, then run again", ""),
    ("look for it with find_unconfirmed", "look for it with find-unconfirmed"),
    (": it is in this error, keep it", ""),
    (" (see `Limits`)", ""),
    ("say `Expiry::Never`", "say --never-expires"),
    ("give its successor an expiry", "give the new one an expiry, such as --expires-in 30d"),
];

/// A message of the SDK's, with commands and options in place of functions.
pub(crate) fn in_own_words(message: &str) -> String {
    let message = message.replace("Run it again", &run_again());
    WORDS.iter().fold(message, |text, (theirs, own)| text.replace(theirs, own))
}

/// How a replacement that did not end goes on.
pub(super) fn run_again() -> String {
    let minutes = ReplaceAccessKey::TAKEOVER.as_secs() / 60;
    let takeover = match minutes % 60 {
        0 => format!("{} h", minutes / 60),
        _ => format!("{minutes} min"),
    };
    format!("Run it again with --resume, or without it after the takeover time ({takeover})")
}
