//! Bodies: one JSON object each way. Answers are read strictly as JSON and leniently as a contract:
//! unknown members, absent members and nulls are fine; wrong types, members given twice and
//! invalid UTF-8 are not.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::str::Utf8Error;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON object's members.
pub type Members = Map<String, Value>;

/// Reads an answer's body.
pub(crate) fn from_body<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Unreadable> {
    // Skipped members are not checked by the parser, so the whole text is.
    let text = core::str::from_utf8(body).map_err(Unreadable::NotUtf8)?;
    match serde_json::from_str::<Object<T>>(text) {
        Ok(Object(value)) => Ok(value),
        Err(error) => Err(Unreadable::NotAsPromised(describe(text, &error))),
    }
}

/// Why a body cannot be read. Nothing of it is shown: it may hold a cleartext.
#[derive(Debug)]
pub(crate) enum Unreadable {
    NotUtf8(Utf8Error),
    /// The text says in which way.
    NotAsPromised(String),
}

/// Where and what, without quoting the answer.
fn describe(text: &str, error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        _ if text.trim().is_empty() => "is empty",
        _ if text.trim_start().starts_with('<') => {
            "is markup, not JSON: does the base URL point at the service?"
        }
        _ if text.starts_with('\u{feff}') => {
            "is not JSON: it begins with a byte order mark, which RFC 8259 does not allow"
        }
        Category::Eof => "is JSON that ends too early",
        Category::Data => "is JSON, but not what the call promises",
        // The parser of values is stricter than the grammar.
        Category::Syntax if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            "is JSON with a number out of range, more than 128 levels, or half a character"
        }
        Category::Syntax | Category::Io => "is not JSON",
    };
    alloc::format!("the answer {what} (line {}, column {})", error.line(), error.column())
}

/// The members of the object that a text begins: those that are whole where the text ends.
pub(crate) fn beginning(text: &[u8]) -> Members {
    struct Collector<'a>(&'a mut Members);
    impl<'de> Visitor<'de> for Collector<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some((name, value)) = map.next_entry()? {
                self.0.insert(name, value);
            }
            Ok(())
        }
    }
    let mut members = Members::new();
    // Where it ends is where the text does.
    let _ = serde_json::Deserializer::from_slice(text).deserialize_map(Collector(&mut members));
    members
}

/// A JSON object and nothing else; a derived struct would take an array too.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// A text, borrowed from the answer where it has no escapes.
#[derive(Debug, Default, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.into())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// An answer that promises nothing: an object without members. Whoever puts members into it is not
/// the service.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// Absent and null are the default.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text; absent, null and empty are `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// A list whose nulls are left out; null is the empty list.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct ListVisitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list or null")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element::<Option<T>>()? {
                list.extend(item);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

/// A list of objects, as [`list`].
pub(crate) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(list::<D, Object<T>>(deserializer)?.into_iter().map(|Object(value)| value).collect())
}

/// Unix seconds: a JSON number, or a string of digits (proto3's int64). Null is 0.
pub(crate) fn unix_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct SecondsVisitor;
    impl Visitor<'_> for SecondsVisitor {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Unix seconds within 64 bits")
        }

        fn visit_unit<E>(self) -> Result<i64, E> {
            Ok(0)
        }

        fn visit_i64<E>(self, seconds: i64) -> Result<i64, E> {
            Ok(seconds)
        }

        fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<i64, E> {
            i64::try_from(seconds).map_err(|_| E::custom("out of range"))
        }

        fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<i64, E> {
            // 2^63 is the first float that an i64 does not hold; the casts are exact below it.
            let whole = seconds as i64;
            if seconds.abs() < 9_223_372_036_854_775_808.0 && whole as f64 == seconds {
                Ok(whole)
            } else {
                Err(E::custom("not whole seconds within 64 bits"))
            }
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
            text.parse().map_err(|_| E::custom("not whole seconds within 64 bits"))
        }
    }
    deserializer.deserialize_any(SecondsVisitor)
}
