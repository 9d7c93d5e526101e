//! Texts that others wrote, made safe to show on a terminal.

/// A foreign text on one line, with nothing in it that a terminal obeys: control characters, and
/// those that turn the direction of writing, are replaced.
pub(crate) fn shown(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        assert_eq!(shown("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
        assert_eq!(shown("caf\u{e9} 部署 \"x\""), "caf\u{e9} 部署 \"x\"");
    }
}
