//! An error with what caused it, in the order in which one asks.

use std::error::Error as _;

use descope_blocking::Error;

/// What follows, in the error's text, on what failed.
const FOLLOWS: [&str; 2] = ["; OUTCOME UNKNOWN: ", "; nothing was sent"];

/// The error's text. Its causes come right after what failed, before what may now be true.
pub(super) fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut causes = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes += &format!(": {cause}");
        source = cause.source();
    }
    // The last, as a name may hold such words.
    let end = FOLLOWS.iter().filter_map(|follows| text.rfind(follows)).max();
    text.insert_str(end.unwrap_or(text.len()), &causes);
    text
}
