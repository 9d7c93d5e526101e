//! What the SDK says to programmers, said to whoever types commands.

/// The SDK's words, and the program's.
const WORDS: [(&str, &str); 5] = [
    ("look for it with find_unconfirmed", "look for it with find-unconfirmed"),
    (": it is in this error, keep it", ""),
    (" (see `Limits`)", ""),
    ("say `Expiry::Never`", "say --never-expires"),
    ("give its successor an expiry", "give the new one an expiry, such as --expires-in 30d"),
];

/// A message of the SDK's, with commands and options in place of functions.
pub(crate) fn in_own_words(message: &str) -> String {
    WORDS.iter().fold(message.to_owned(), |text, (theirs, own)| text.replace(theirs, own))
}
