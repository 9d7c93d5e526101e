//! What people wrote of a key.

use alloc::string::String;

use super::{AccessKey, tags};

impl AccessKey {
    /// The description without what this SDK writes into it: the tags of replacements, and the markers
    /// of [`Context::marker`](crate::Context::marker).
    #[must_use]
    pub fn plain_description(&self) -> String {
        let text = tags::without(self.description().unwrap_or_default(), |_| true);
        let words = text.split_inclusive(char::is_whitespace);
        let plain: String = words.filter(|word| !is_marker(word.trim_end())).collect();
        plain.trim().into()
    }
}

fn is_marker(word: &str) -> bool {
    let digits = word.strip_prefix("marker-");
    digits.is_some_and(|it| it.len() == 32 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_people_wrote_is_left() {
        let marker = format!("marker-{}", "0a".repeat(16));
        for (description, plain) in [
            ("the farm,\n  its nodes".into(), "the farm,\n  its nodes"),
            (format!("the farm {marker}"), "the farm"),
            (format!("the farm {marker} [replacing K2old 00c0ffee]"), "the farm"),
            (format!("the [retire after 1000, for K2new] farm\n{marker}"), "the farm"),
            (format!("{marker} and marker-0a"), "and marker-0a"),
            (marker, ""),
            ("".into(), ""),
        ] {
            let key = json!({"id": "K2a", "name": "a", "description": description});
            let key: AccessKey = serde_json::from_value(key).unwrap();
            assert_eq!(key.plain_description(), plain, "{description}");
        }
        let key: AccessKey = serde_json::from_value(json!({"id": "K2a", "name": "a"})).unwrap();
        assert_eq!(key.plain_description(), "");
    }
}
