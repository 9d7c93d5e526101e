//! What a body that is not the service's says, in one line.

use alloc::string::String;
use core::fmt;

/// The first line of a text; of markup its title, or else what stands between its tags. `None` where
/// that is empty.
pub(super) fn headline(body: &str) -> Option<String> {
    let body = body.trim_start();
    let line = match (body.starts_with('<'), title(body)) {
        (true, Some(title)) => words(title),
        (true, None) => words(&between_tags(body)),
        (false, _) => body.lines().next().unwrap_or_default().trim_end().into(),
    };
    (!line.is_empty()).then(|| without_secrets(&line))
}

/// A page may quote what it stopped: long words of letters and digits are left out.
fn without_secrets(line: &str) -> String {
    const LONG: usize = 16;
    let is_in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut text = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !is_in_word(c)).unwrap_or(rest.len()));
        let has = |what: fn(&u8) -> bool| word.bytes().any(|byte| what(&byte));
        if word.len() >= LONG && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) {
            text.push('…');
        } else {
            text.push_str(word);
        }
        let between = after.find(is_in_word).unwrap_or(after.len());
        text.push_str(&after[..between]);
        rest = &after[between..];
    }
    text
}

fn title(markup: &str) -> Option<&str> {
    // Folding to lower case would change lengths elsewhere.
    let find = |text: &str, tag: &str| {
        text.as_bytes().windows(tag.len()).position(|at| at.eq_ignore_ascii_case(tag.as_bytes()))
    };
    let after = &markup[find(markup, "<title")?..];
    let content = &after[after.find('>')? + 1..];
    Some(&content[..find(content, "</title")?])
}

fn between_tags(markup: &str) -> String {
    let mut text = String::new();
    for part in markup.split('<').skip(1) {
        text.extend(part.split_once('>').into_iter().flat_map(|(_, after)| [" ", after]));
    }
    text
}

/// With single spaces between them.
fn words(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    words
}

/// The beginning of a text of somebody else's, in one line.
pub(super) struct Excerpt<'a>(pub(super) &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LENGTH: usize = 300;
        for character in self.0.chars().take(LENGTH) {
            match character {
                '"' | '\'' | '\\' => write!(f, "{character}")?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        if self.0.chars().nth(LENGTH).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_by_its_title() {
        for (body, line) in [
            ("error code: 1010", Some("error code: 1010")),
            ("\r\n first \r\nsecond", Some("first")),
            ("<html><head><TITLE lang=en>\n Just a\n moment... </Title>", Some("Just a moment...")),
            ("<title>never ends", Some("never ends")),
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code> <Message>Gone</Message>",
                Some("NoSuchKey Gone"),
            ),
            ("<title></title><p>x", None),
            ("{\"a\":1}", Some("{\"a\":1}")),
            ("no K2aBcDeFgHiJkLmNoPqR here, é", Some("no … here, é")),
            (
                "interrelationships-and 1234567890123456",
                Some("interrelationships-and 1234567890123456"),
            ),
            ("İ<title>x</title>", Some("İ<title>x</title>")),
            ("<p>İ<title>é</title>", Some("é")),
            ("", None),
            ("<", None),
        ] {
            assert_eq!(headline(body).as_deref(), line, "{body}");
        }
    }
}
