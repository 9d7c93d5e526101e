//! Foreign text in messages.

use alloc::string::String;

/// A few foreign texts for a message.
pub(super) fn excerpts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    const SHOWN: usize = 4;
    let mut shown = String::new();
    for (index, text) in texts.into_iter().enumerate() {
        match index {
            0 => {}
            SHOWN => {
                shown.push_str(", …");
                break;
            }
            _ => shown.push_str(", "),
        }
        shown.push_str(&excerpt(text.as_ref()));
    }
    if shown.is_empty() { "(empty)".into() } else { shown }
}

/// Foreign text for a message: quoted, escaped, at most 64 characters of it.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(64) {
        None => alloc::format!("{text:?}"),
        Some((end, _)) => alloc::format!("{:?}…", &text[..end]),
    }
}
