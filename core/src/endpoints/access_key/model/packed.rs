//! Many texts in one allocation: of a hundred thousand keys each has some twenty, most of them short.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Texts, by their place.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Packed {
    text: Box<str>,
    /// Where each ends.
    ends: Box<[u32]>,
}

impl Packed {
    /// `None` when they are longer than 4 GiB in all.
    pub(super) fn new<'a, I>(texts: I) -> Option<Self>
    where
        I: Iterator<Item = &'a str> + Clone,
    {
        let length = texts.clone().map(str::len).sum();
        u32::try_from(length).ok()?;
        let mut text = String::with_capacity(length);
        let mut ends = Vec::with_capacity(texts.clone().count());
        for part in texts {
            text.push_str(part);
            // All of it fits, so a part does.
            ends.push(text.len() as u32);
        }
        Some(Self { text: text.into(), ends: ends.into() })
    }

    /// The text at a place; empty where there is none.
    pub(super) fn get(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).map_or(self.text.len(), |end| *end as usize);
        let start = place.checked_sub(1).map_or(0, end);
        self.text.get(start..end(place)).unwrap_or_default()
    }

    /// The texts at several places.
    pub(super) fn range(&self, places: Range<usize>) -> Vec<&str> {
        places.map(|place| self.get(place)).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_at_their_place() {
        let packed = Packed::new(["a", "", "ключ", "z"].into_iter()).unwrap();
        assert_eq!(packed.len(), 4);
        let found: Vec<&str> = (0..6).map(|place| packed.get(place)).collect();
        assert_eq!(found, ["a", "", "ключ", "z", "", ""]);
    }
}
