//! Many texts in one allocation: of a hundred thousand keys each has some twenty, most of them short.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Texts, by their place, and some places to remember.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Packed {
    text: Box<str>,
    /// Where each text ends, and behind those the places to remember.
    numbers: Box<[u32]>,
    texts: u32,
}

impl Packed {
    /// `None` when they are longer than 4 GiB in all.
    pub(super) fn new<'a, I>(texts: I, places: impl ExactSizeIterator<Item = usize>) -> Option<Self>
    where
        I: Iterator<Item = &'a str> + Clone,
    {
        let length = texts.clone().map(str::len).sum();
        u32::try_from(length).ok()?;
        let count = texts.clone().count();
        let mut text = String::with_capacity(length);
        let mut numbers = Vec::with_capacity(count + places.len());
        for part in texts {
            text.push_str(part);
            // All of it fits, so a part does.
            numbers.push(text.len() as u32);
        }
        for place in places {
            numbers.push(u32::try_from(place).ok()?);
        }
        let texts = u32::try_from(count).ok()?;
        Some(Self { text: text.into(), numbers: numbers.into(), texts })
    }

    /// The text at a place; empty where there is none.
    pub(super) fn get(&self, place: usize) -> &str {
        let ends = &self.numbers[..self.len()];
        let end = |place: usize| ends.get(place).map_or(self.text.len(), |end| *end as usize);
        let start = place.checked_sub(1).map_or(0, end);
        self.text.get(start..end(place)).unwrap_or_default()
    }

    /// The places that were to be remembered.
    pub(super) fn places(&self) -> &[u32] {
        &self.numbers[self.len()..]
    }

    /// The texts at several places.
    pub(super) fn range(&self, places: Range<usize>) -> Vec<&str> {
        places.map(|place| self.get(place)).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.texts as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_at_their_place() {
        let packed = Packed::new(["a", "", "ключ", "z"].into_iter(), [2, 3].into_iter()).unwrap();
        assert_eq!((packed.len(), packed.places()), (4, &[2, 3][..]));
        let found: Vec<&str> = (0..6).map(|place| packed.get(place)).collect();
        assert_eq!(found, ["a", "", "ключ", "z", "", ""]);
    }
}
