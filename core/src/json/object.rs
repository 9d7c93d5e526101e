//! JSON as a token carries it: one walk over the text checks its grammar (RFC 8259), its depth, and
//! that no member of the outermost object is given twice, and notes where each member is.
//!
//! A parser into values keeps the last of two members, or looks only for the members it knows; here
//! both are refused, and what nobody reads is never decoded.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

pub(crate) use super::walk::{JsonError, Span};
use super::walk::{Quoted, Walk};

/// A JSON object and where its members are.
#[derive(Clone)]
pub(crate) struct Object {
    text: String,
    /// In the [`order`] of their names.
    members: Vec<Member>,
}

#[derive(Clone)]
struct Member {
    name: Text,
    value: Span,
}

/// A string of an [`Object`]: a part of its text, or decoded where it held escapes.
#[derive(Clone)]
pub(crate) enum Text {
    Plain(Span),
    Decoded(Box<str>),
}

impl Object {
    /// Checks the whole text, which must hold one object and nothing but white space around it.
    pub(crate) fn parse(text: impl Into<String>) -> Result<Self, JsonError> {
        let text = text.into();
        let mut walk = Walk::over(&text);
        if u32::try_from(text.len()).is_err() {
            return Err(walk.error("is over 4 GiB"));
        }
        let mut members = Vec::with_capacity(16);
        walk.space();
        walk.expect(b'{', "expected an object")?;
        walk.space();
        let mut more = !walk.take(b'}');
        while more {
            let name = walk.name()?;
            let name = match decode(name, &text) {
                Some(Cow::Borrowed(_)) => Text::Plain(name.content),
                Some(Cow::Owned(decoded)) => Text::Decoded(decoded.into_boxed_str()),
                None => return Err(walk.error("a name that is not Unicode before")),
            };
            members.push(Member { name, value: walk.value(1)? });
            walk.space();
            more = walk.take(b',');
            if more {
                walk.space();
            } else {
                walk.expect(b'}', "expected a comma or the object's end")?;
            }
        }
        walk.space();
        if walk.at != text.len() {
            return Err(walk.error("expected nothing more"));
        }
        members.sort_unstable_by(|a, b| order(a.name.of(&text), b.name.of(&text)));
        if let Some(pair) = members.windows(2).find(|p| p[0].name.of(&text) == p[1].name.of(&text))
        {
            let at = pair[0].value.start.max(pair[1].value.start) as usize;
            return Err(JsonError { what: "a member that was given before, with its value", at });
        }
        Ok(Self { text, members })
    }

    /// The member's value as it stands in the text.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.span(name).map(|span| span.of(&self.text))
    }

    /// The member where it is a string. Escapes that are no Unicode (a lone surrogate) are none.
    pub(crate) fn string(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).and_then(string)
    }

    /// The members of these names, which are in [`order`], in one pass.
    pub(crate) fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<Span>; N] {
        debug_assert!(names.is_sorted_by(|a, b| order(a, b).is_lt()));
        let mut wanted = names.iter().zip(0..).peekable();
        let mut found = [None; N];
        for member in &self.members {
            let name = member.name.of(&self.text);
            while let Some((_, at)) = wanted.next_if(|(wanted, _)| order(wanted, name).is_le()) {
                if names[at] == name {
                    found[at] = Some(member.value);
                }
            }
        }
        found
    }

    /// A member's value as it stands in the text.
    pub(crate) fn raw(&self, value: Span) -> &str {
        value.of(&self.text)
    }

    /// A member that is a string, to be read with [`resolve`](Self::resolve).
    pub(crate) fn text(&self, value: Span) -> Option<Text> {
        Some(match string(self.raw(value))? {
            Cow::Borrowed(_) => Text::Plain(Span { start: value.start + 1, end: value.end - 1 }),
            Cow::Owned(decoded) => Text::Decoded(decoded.into_boxed_str()),
        })
    }

    pub(crate) fn resolve<'a>(&'a self, text: &'a Text) -> &'a str {
        text.of(&self.text)
    }

    /// Names and values, shorter names first.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|m| (m.name.of(&self.text), m.value.of(&self.text)))
    }

    /// Bytes held on the heap, roughly.
    pub(crate) fn size(&self) -> usize {
        self.text.capacity() + self.members.capacity() * size_of::<Member>()
    }

    fn span(&self, name: &str) -> Option<Span> {
        let found = self.members.binary_search_by(|m| order(m.name.of(&self.text), name)).ok()?;
        Some(self.members[found].value)
    }
}

impl Text {
    fn of<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Plain(span) => span.of(text),
            Self::Decoded(decoded) => decoded,
        }
    }
}

/// Shorter names first, which settles most comparisons without looking at the names.
fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// A checked value as a string; `None` where it is another type.
pub(crate) fn string(value: &str) -> Option<Cow<'_, str>> {
    let content = value.strip_prefix('"')?.strip_suffix('"')?;
    if content.contains('\\') {
        serde_json::from_str::<String>(value).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(content))
    }
}

fn decode(quoted: Quoted, text: &str) -> Option<Cow<'_, str>> {
    let Quoted { content, escaped } = quoted;
    if !escaped {
        return Some(Cow::Borrowed(content.of(text)));
    }
    string(Span { start: content.start - 1, end: content.end + 1 }.of(text))
}

/// The elements of a checked value that is an array; none where it is another type.
pub(crate) fn elements(value: &str) -> impl Iterator<Item = &str> {
    let mut walk = Walk::inside(value, b'[');
    core::iter::from_fn(move || {
        let element = walk.at_item().then(|| walk.value(1))?;
        Some(element.ok()?.of(value))
    })
}

/// The members of a checked value that is an object, in its order; none where it is another type.
pub(crate) fn members(value: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut walk = Walk::inside(value, b'{');
    core::iter::from_fn(move || {
        loop {
            if !walk.at_item() {
                return None;
            }
            let name = walk.name().ok()?;
            let member = walk.value(1).ok()?.of(value);
            if let Some(name) = decode(name, value) {
                return Some((name, member));
            }
        }
    })
}

/// A member of a checked value that is an object. The last counts where it is given twice, as
/// parsers into values have it.
pub(crate) fn member<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    members(value).filter(|(n, _)| n == name).last().map(|(_, member)| member)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    fn error(text: &str) -> String {
        Object::parse(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn members_are_found_by_their_decoded_names() {
        let object =
            Object::parse(r#" { "b" : [1, {"c":2}] ,"\u0061":"x\\ty","": -0.5e+3 } "#).unwrap();
        assert_eq!(object.get("b"), Some(r#"[1, {"c":2}]"#));
        assert_eq!(object.get("a"), Some(r#""x\\ty""#));
        assert_eq!(object.get(""), Some("-0.5e+3"));
        assert_eq!(object.get("c"), None);
        assert_eq!(object.string("a").as_deref(), Some(r"x\ty"));
        assert_eq!(object.string("b"), None);
        let text = object.text(object.pick(["a"])[0].unwrap()).unwrap();
        assert_eq!(object.resolve(&text), r"x\ty");
        let names: Vec<_> = object.members().map(|(name, _)| name).collect();
        assert_eq!(names, ["", "a", "b"]);
    }

    #[test]
    fn what_the_grammar_does_not_have_is_refused_where_it_stands() {
        for (text, expected) in [
            ("", "expected an object at byte 0"),
            ("[]", "expected an object at byte 0"),
            ("{", "expected a member's name at byte 1"),
            ("{,}", "expected a member's name at byte 1"),
            ("{}x", "expected nothing more at byte 2"),
            (r#"{"a"1}"#, "expected a colon at byte 4"),
            (r#"{"a":}"#, "expected a value at byte 5"),
            (r#"{"a":1 2}"#, "expected a comma or the object's end at byte 7"),
            (r#"{"a":1,}"#, "expected a member's name at byte 7"),
            (r#"{"a":[1}"#, "expected a comma or the end of an object or array at byte 7"),
            (r#"{"a":{"b":1]}"#, "expected a comma or the end of an object or array at byte 11"),
            (r#"{"a":[1,]}"#, "expected a value at byte 8"),
            (r#"{"a":[,1]}"#, "expected a value at byte 6"),
            (r#"{"a":{"b"}}"#, "expected a colon at byte 9"),
            (r#"{"a":{"b":1,}}"#, "expected a member's name at byte 12"),
            (r#"{"a":{1:1}}"#, "expected a member's name at byte 6"),
            (r#"{"a":[[]"#, "expected a comma or the end of an object or array at byte 8"),
            (r#"{"a":"b}"#, "a string without its end at byte 8"),
            (r#"{"a":"\q"}"#, "an unknown escape at byte 7"),
            (r#"{"a":"\u12g4"}"#, "expected four hexadecimal digits after at byte 7"),
            (r#"{"a":"\u12"#, "expected four hexadecimal digits after at byte 7"),
            ("{\"a\":\"\u{1f}\"}", "a control character at byte 6"),
            (r#"{"a":01}"#, "expected a comma or the object's end at byte 6"),
            (r#"{"a":1.}"#, "expected a digit at byte 7"),
            (r#"{"a":1e}"#, "expected a digit at byte 7"),
            (r#"{"a":-}"#, "expected a value at byte 5"),
            (r#"{"a":+1}"#, "expected a value at byte 5"),
            (r#"{"a":.5}"#, "expected a value at byte 5"),
            (r#"{"a":tru}"#, "expected a value at byte 5"),
            (r#"{"a":True}"#, "expected a value at byte 5"),
            ("{\"a\":\u{a0}1}", "expected a value at byte 5"),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn a_member_given_twice_is_refused_at_the_top_and_nowhere_else() {
        let expected = "a member that was given before, with its value at byte 11";
        assert_eq!(error(r#"{"a":1,"a":2}"#), expected);
        assert!(error(r#"{"\u0061":1,"a":2}"#).starts_with("a member that was given before"));
        assert_eq!(error(r#"{"a":1,"A":2,"x":{"a":1,"a":2},"y":[{"a":1,"a":2}]}"#), "");
    }

    #[test]
    fn levels_are_counted_from_the_outermost_object() {
        let nested = |levels: usize| {
            format!(r#"{{"a":{}1{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        assert_eq!(error(&nested(128)), "");
        assert_eq!(error(&nested(129)), "more than 128 levels at byte 132");
    }

    #[test]
    fn items_of_a_checked_value_are_walked_in_order() {
        let list: Vec<_> = elements(r#"[1 , "a]",{"b":[2]}, [ ] ]"#).collect();
        assert_eq!(list, ["1", r#""a]""#, r#"{"b":[2]}"#, "[ ]"]);
        let object = r#"{ "x" : 1,"\u0079":{"z":[]} , "\ud800":2,"w":"}" }"#;
        let object: Vec<_> = members(object).collect();
        assert_eq!(object.len(), 3);
        assert_eq!((&*object[1].0, object[1].1), ("y", r#"{"z":[]}"#));
        assert_eq!((&*object[2].0, object[2].1), ("w", r#""}""#));
        for other in ["1", "null", r#""[1]""#, "{}", "[]"] {
            assert_eq!(elements(other).count() + members(other).count(), 0, "{other}");
        }
    }
}
