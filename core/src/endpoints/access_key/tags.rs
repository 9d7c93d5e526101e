//! Tags in a key's description, by which the next run of a replacement knows what an earlier one did.
//!
//! At most 64 ASCII bytes each, and found anywhere: people append to descriptions.

use alloc::string::String;
use core::fmt::{self, Write};
use core::ops::Range;

use super::AccessKey;

/// The most bytes of a tag.
const LONGEST: usize = 64;
/// The most bytes of an id that each tag has room for.
const LONGEST_ID: usize = 33;
/// A description may grow to this many bytes.
const AMPLE: usize = 256;

/// What a tag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag<'a> {
    /// On a new key: it is to replace the old one. `run` is random.
    Replacing { old: &'a str, run: u32 },
    /// On a new key: it has replaced the old one.
    Replaced { old: &'a str },
    /// On an old key: when it is to be retired, in Unix seconds, if that successor is active then.
    RetireAfter { at: i64, successor: &'a str },
}

impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replacing { old, run } => write!(f, "[replacing {old} {run:08x}]"),
            Self::Replaced { old } => write!(f, "[replaced {old}]"),
            Self::RetireAfter { at, successor } => {
                write!(f, "[retire after {at}, for {successor}]")
            }
        }
    }
}

/// Whether an id can stand in a tag.
pub(crate) fn has_room_for(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_graphic() && !b"[],".contains(&b))
}

/// The tags of a key, in their order.
pub(crate) fn of(key: &AccessKey) -> impl Iterator<Item = Tag<'_>> {
    found(key.description().unwrap_or_default()).map(|(_, tag)| tag)
}

/// A text without the tags that `taken` names. What people wrote around them stays.
pub(crate) fn without(text: &str, taken: impl Fn(Tag<'_>) -> bool) -> String {
    let mut kept = String::new();
    let mut end = 0;
    for (place, _) in found(text).filter(|(_, tag)| taken(*tag)) {
        // With the space that was put before it.
        kept.push_str(text[end..place.start].trim_end_matches(' '));
        end = place.end;
    }
    if end == 0 {
        return String::from(text);
    }
    kept.push_str(&text[end..]);
    String::from(kept.trim_start_matches(' '))
}

/// A description without its tags, short enough for another to follow: it gets no longer than the
/// service took it before. One that has had a tag has room for another.
pub(crate) fn text_before_a_tag(description: &str, taken: impl Fn(Tag<'_>) -> bool) -> String {
    let mut text = without(description, taken);
    if found(description).next().is_none() {
        let most = description.len().max(AMPLE) - (LONGEST + 1);
        let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.truncate(text.trim_end().len());
    }
    text
}

/// A key's description with a tag at its end, in place of those that `taken` names.
pub(crate) fn retagged(key: &AccessKey, taken: impl Fn(Tag<'_>) -> bool, tag: Tag<'_>) -> String {
    let description = key.description().unwrap_or_default();
    let mut retagged = text_before_a_tag(description, taken);
    if !retagged.is_empty() {
        retagged.push(' ');
    }
    // Writing to a `String` does not fail.
    let _ = write!(retagged, "{tag}");
    retagged
}

fn found(text: &str) -> impl Iterator<Item = (Range<usize>, Tag<'_>)> {
    text.match_indices('[').filter_map(|(start, _)| {
        let end = start + text[start..].find(']').filter(|end| *end < LONGEST)? + 1;
        Some((start..end, parse(&text[start + 1..end - 1])?))
    })
}

fn parse(inner: &str) -> Option<Tag<'_>> {
    let mut words = inner.split(' ');
    let tag = match words.next()? {
        "replacing" => {
            let (old, run) = (words.next()?, words.next()?);
            let hex = run.len() == 8 && run.bytes().all(|b| b.is_ascii_hexdigit());
            Tag::Replacing { old, run: u32::from_str_radix(run, 16).ok().filter(|_| hex)? }
        }
        "replaced" => Tag::Replaced { old: words.next()? },
        "retire" => {
            words.next().filter(|word| *word == "after")?;
            let at = words.next()?.strip_suffix(',')?;
            let at = at.parse().ok().filter(|_| at.bytes().all(|b| b.is_ascii_digit()))?;
            words.next().filter(|word| *word == "for")?;
            Tag::RetireAfter { at, successor: words.next()? }
        }
        _ => return None,
    };
    let (Tag::Replacing { old: id, .. }
    | Tag::Replaced { old: id }
    | Tag::RetireAfter { successor: id, .. }) = tag;
    (words.next().is_none() && has_room_for(id)).then_some(tag)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    const OLD: &str = "K2aBcDeFgHiJkLmNoPqRsTuVwXyZ01234";

    fn tags(text: &str) -> Vec<Tag<'_>> {
        found(text).map(|(_, tag)| tag).collect()
    }

    fn key(description: &str) -> AccessKey {
        let json = serde_json::json!({"id": "K2", "name": "ci", "description": description});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_is_written_and_read_in_64_ascii_bytes() {
        assert!(has_room_for(OLD) && OLD.len() == LONGEST_ID);
        for (tag, text) in [
            (Tag::Replacing { old: OLD, run: 0xbeef }, format!("[replacing {OLD} 0000beef]")),
            (Tag::Replaced { old: OLD }, format!("[replaced {OLD}]")),
            (
                Tag::RetireAfter { at: 9_999_999_999, successor: OLD },
                format!("[retire after 9999999999, for {OLD}]"),
            ),
        ] {
            assert_eq!(tag.to_string(), text);
            assert!(text.len() <= LONGEST && text.is_ascii(), "{text}");
            assert_eq!(tags(&format!("ключ [x] [{text}] and more")), [tag]);
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        let long = "K".repeat(LONGEST_ID + 1);
        for text in [
            "",
            "[replacing K2]",
            "[replacing K2 0000beef",
            "[replacing K2 beef]",
            "[replacing K2 +000beef]",
            "[replacing K2 0000beef more]",
            "[replacing  0000beef]",
            "[Replacing K2 0000beef]",
            "replacing K2 0000beef]",
            "[replaced]",
            "[replaced ]",
            "[replaced K2 K3]",
            "[replaced ключ]",
            &format!("[replaced {long}]"),
            "[retire after soon, for K2]",
            "[retire after -5, for K2]",
            "[retire after +5, for K2]",
            "[retire after 99999999999999999999, for K2]",
            "[retire after 5 for K2]",
            "[retire after 5, for ]",
            "[retire at 5, for K2]",
        ] {
            assert_eq!(tags(text), [], "{text}");
        }
        assert!(!has_room_for("") && !has_room_for(&long) && !has_room_for("K 2"));
    }

    #[test]
    fn they_are_taken_off_and_the_text_around_them_stays() {
        for (text, without_them) in [
            ("deploys [replacing K2 0000beef]", "deploys"),
            ("[replaced K2]", ""),
            ("[replaced K2] deploys", "deploys"),
            ("a [replaced K2] b [replaced K3] c", "a b c"),
            (" as it was ", " as it was "),
            ("[replaced K2", "[replaced K2"),
        ] {
            assert_eq!(without(text, |_| true), without_them, "{text}");
        }
        let kept = without("a [replaced K2] [replaced K3]", |t| t == Tag::Replaced { old: "K2" });
        assert_eq!(kept, "a [replaced K3]");
    }

    #[test]
    fn a_text_is_shortened_and_the_tag_never() {
        let tag = Tag::Replaced { old: OLD };
        for length in [0, 1, AMPLE - LONGEST, AMPLE, 1000] {
            let text = "ы".repeat(length);
            let tagged = retagged(&key(&text), |_| true, tag);
            assert!(tagged.len() <= text.len().max(AMPLE), "{length}");
            assert_eq!(tags(&tagged), [tag]);
            // Again and again it loses nothing more.
            let again = retagged(&key(&tagged), |_| true, Tag::Replaced { old: OLD });
            assert_eq!(again, tagged);
        }
        assert_eq!(retagged(&key("deploys"), |_| true, tag), format!("deploys [replaced {OLD}]"));
    }
}
