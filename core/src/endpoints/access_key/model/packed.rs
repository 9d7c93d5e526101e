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
    numbers: Numbers,
    texts: u32,
}

/// In half the room where all of them fit, as they do but for enormous keys.
#[derive(Clone, PartialEq, Eq)]
enum Numbers {
    Short(Box<[u16]>),
    Long(Box<[u32]>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Short(Box::default())
    }
}

impl Numbers {
    /// `None` when one does not fit.
    fn new(numbers: impl ExactSizeIterator<Item = usize> + Clone) -> Option<Self> {
        let short = numbers.clone().map(|number| u16::try_from(number).ok());
        match short.collect() {
            Some(numbers) => Some(Self::Short(numbers)),
            None => numbers.map(|it| u32::try_from(it).ok()).collect::<Option<_>>().map(Self::Long),
        }
    }

    fn get(&self, index: usize) -> Option<usize> {
        match self {
            Self::Short(numbers) => numbers.get(index).map(|number| usize::from(*number)),
            Self::Long(numbers) => numbers.get(index).map(|number| *number as usize),
        }
    }
}

impl Packed {
    /// `None` when they are longer than 4 GiB in all.
    pub(super) fn new<'a, I>(texts: I, places: impl Iterator<Item = usize>) -> Option<Self>
    where
        I: Iterator<Item = &'a str> + Clone,
    {
        let mut text = String::with_capacity(texts.clone().map(str::len).sum());
        let mut numbers = Vec::with_capacity(2 * texts.size_hint().0);
        for part in texts {
            text.push_str(part);
            numbers.push(text.len());
        }
        let texts = u32::try_from(numbers.len()).ok()?;
        numbers.extend(places);
        Some(Self { text: text.into(), numbers: Numbers::new(numbers.into_iter())?, texts })
    }

    /// The text at a place; empty where there is none.
    pub(super) fn get(&self, place: usize) -> &str {
        let end = |place: usize| match self.numbers.get(place) {
            Some(end) if place < self.len() => end,
            _ => self.text.len(),
        };
        let start = place.checked_sub(1).map_or(0, end);
        self.text.get(start..end(place)).unwrap_or_default()
    }

    /// The place that was to be remembered as this one, from 0.
    pub(super) fn remembered(&self, index: usize) -> Option<usize> {
        self.numbers.get(self.len() + index)
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
    fn texts_are_found_at_their_place_however_long() {
        let long = "x".repeat(70_000);
        for first in ["a", &long] {
            let texts = [first, "", "ключ", "z"];
            let packed = Packed::new(texts.into_iter(), [2, 3].into_iter()).unwrap();
            assert_eq!(packed.len(), 4);
            let found: Vec<&str> = (0..6).map(|place| packed.get(place)).collect();
            assert_eq!(found, [first, "", "ключ", "z", "", ""]);
            let remembered = [0, 1, 2].map(|index| packed.remembered(index));
            assert_eq!(remembered, [Some(2), Some(3), None]);
        }
    }
}
