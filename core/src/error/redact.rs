//! Finds credentials in a text that a server sent, however it wrote them: as they are, or escaped as
//! in JSON, HTML or a URL, over and over.

use alloc::string::String;
use alloc::vec::Vec;

pub(crate) const REPLACEMENT: &str = "[redacted]";
/// A credential that the text's end cuts off is told by this many of its characters.
const TELLING: usize = 4;
/// Backslashes, or other escapes of escapes, in a row.
const DEEPEST: usize = 8;

/// The text with every credential replaced. Credentials are visible ASCII.
pub(crate) fn scrub(text: &str, credentials: &[&str]) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match credentials.iter().filter_map(|credential| written(rest, credential)).max() {
            Some(length) => {
                clean.push_str(REPLACEMENT);
                rest = &rest[length..];
            }
            None => {
                clean.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    clean
}

/// Whether the text holds the word in any writing.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.char_indices().any(|(at, _)| written(&text[at..], word).is_some())
}

/// How many bytes at the beginning of the text write the word.
fn written(text: &str, word: &str) -> Option<usize> {
    let mut bytes = word.bytes();
    let first = bytes.next()?;
    // At most places, this is all there is to do.
    if !text.bytes().next().is_some_and(|byte| byte == first || b"\\%&".contains(&byte)) {
        return None;
    }
    let mut ends = after(text, first);
    let mut cut_off = false;
    for (count, byte) in bytes.enumerate() {
        cut_off |= count + 1 >= TELLING && ends.iter().any(|rest| is_cut_off(rest));
        let mut next: Vec<_> = ends.iter().flat_map(|rest| after(rest, byte)).collect();
        next.dedup();
        ends = next;
        if ends.is_empty() {
            break;
        }
    }
    let whole = ends.iter().map(|rest| text.len() - rest.len()).max();
    whole.or(cut_off.then_some(text.len()))
}

/// At the text's end, or in an escape that the end may have cut off.
fn is_cut_off(rest: &str) -> bool {
    const LONGEST_ESCAPE: usize = 16;
    rest.is_empty() || (rest.len() < LONGEST_ESCAPE && rest.starts_with(['\\', '%', '&']))
}

/// What may follow in the text after one writing of this character.
fn after(text: &str, byte: u8) -> Vec<&str> {
    let mut ends = Vec::new();
    ends.extend(text.strip_prefix(char::from(byte)));
    match text.as_bytes().first() {
        Some(b'\\') => {
            let content = text.trim_start_matches('\\');
            if byte == b'\\' {
                let run = (text.len() - content.len()).min(DEEPEST);
                ends.extend((2..=run).map(|length| &text[length..]));
            }
            if b"\"/'".contains(&byte) {
                ends.extend(content.strip_prefix(char::from(byte)));
            }
            ends.extend(content.strip_prefix("u00").and_then(|digits| after_hex(digits, byte)));
        }
        Some(b'%') => {
            let mut content = &text[1..];
            for _ in 0..DEEPEST {
                ends.extend(after_hex(content, byte));
                let Some(inner) = content.strip_prefix("25") else { break };
                content = inner;
            }
        }
        Some(b'&') => {
            let mut content = &text[1..];
            for _ in 0..DEEPEST {
                ends.extend(after_entity(content, byte));
                let Some(inner) = content.strip_prefix("amp;") else { break };
                content = inner;
            }
        }
        _ => {}
    }
    ends
}

fn after_hex(text: &str, byte: u8) -> Option<&str> {
    let value = u8::from_str_radix(text.get(..2)?, 16).ok()?;
    (value == byte).then(|| &text[2..])
}

/// After an HTML entity, of which the `&` has been read.
fn after_entity(text: &str, byte: u8) -> Option<&str> {
    let (entity, rest) = text.split_at_checked(text.find(';')?)?;
    let value = match entity.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u8::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => match entity {
            "amp" => b'&',
            "apos" => b'\'',
            "gt" => b'>',
            "lt" => b'<',
            "quot" => b'"',
            _ => return None,
        },
    };
    (value == byte).then(|| &rest[1..])
}
