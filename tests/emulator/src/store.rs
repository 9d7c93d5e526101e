//! The stored keys, in the order of their creation, found by id and by cleartext. Whoever is given
//! one is told the time, so that its status is right.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::{Key, Status};

#[derive(Default)]
pub(crate) struct Store {
    keys: BTreeMap<u64, Key>,
    by_id: HashMap<String, u64>,
    by_cleartext: HashMap<String, u64>,
    next: u64,
}

impl Store {
    /// Adds a key, or replaces the one with the same id.
    ///
    /// # Panics
    ///
    /// When another key has the same cleartext.
    pub(crate) fn insert(&mut self, key: Key) {
        self.remove(&key.id);
        assert!(
            !self.has_cleartext_of_another(&key),
            "the access key {:?} has the cleartext of another one",
            key.id
        );
        self.by_id.insert(key.id.clone(), self.next);
        self.by_cleartext.insert(key.cleartext.clone(), self.next);
        self.keys.insert(self.next, key);
        self.next += 1;
    }

    /// Whether a key with another id has this key's cleartext.
    pub(crate) fn has_cleartext_of_another(&self, key: &Key) -> bool {
        let other = self.by_cleartext.get(&key.cleartext).and_then(|place| self.keys.get(place));
        other.is_some_and(|other| other.id != key.id)
    }

    pub(crate) fn get(&mut self, id: &str, now: Duration) -> Option<&mut Key> {
        let key = self.keys.get_mut(self.by_id.get(id)?)?;
        key.refresh(now);
        Some(key)
    }

    pub(crate) fn by_cleartext(&mut self, cleartext: &str, now: Duration) -> Option<&Key> {
        let key = self.keys.get_mut(self.by_cleartext.get(cleartext)?)?;
        key.refresh(now);
        Some(key)
    }

    /// All keys, in the order of their creation.
    pub(crate) fn all(&mut self, now: Duration) -> impl Iterator<Item = &Key> {
        self.keys.values_mut().map(move |key| {
            key.refresh(now);
            &*key
        })
    }

    /// Sets whether a key may be used; says whether it exists.
    pub(crate) fn set_active(&mut self, id: &str, active: bool) -> bool {
        let status = if active { Status::Active } else { Status::Inactive };
        let key = self.by_id.get(id).and_then(|place| self.keys.get_mut(place));
        key.map(|key| key.status = status).is_some()
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(key) = self.by_id.remove(id).and_then(|place| self.keys.remove(&place)) else {
            return false;
        };
        self.by_cleartext.remove(&key.cleartext);
        true
    }

    /// Replaces a key's secret; the old one is dead at once.
    pub(crate) fn replace_cleartext(&mut self, id: &str, cleartext: String) {
        let Some(place) = self.by_id.get(id) else { return };
        let Some(key) = self.keys.get_mut(place) else { return };
        self.by_cleartext.remove(&key.cleartext);
        self.by_cleartext.insert(cleartext.clone(), *place);
        key.cleartext = cleartext;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1000);

    fn key(id: &str, cleartext: &str) -> Key {
        Key::new(id).with_id(id).with_cleartext(cleartext)
    }

    #[test]
    fn a_replaced_secret_finds_nothing() {
        let mut store = Store::default();
        store.insert(key("a", "old"));
        store.replace_cleartext("a", "new".to_owned());
        assert!(store.by_cleartext("old", NOW).is_none());
        assert_eq!(store.by_cleartext("new", NOW).unwrap().id, "a");
        assert!(store.remove("a") && !store.remove("a"));
        assert!(store.by_cleartext("new", NOW).is_none());
    }

    #[test]
    fn keys_come_in_the_order_of_their_creation() {
        let mut store = Store::default();
        for id in ["z", "a", "m"] {
            store.insert(key(id, id));
        }
        store.insert(key("z", "again"));
        let ids: Vec<&str> = store.all(NOW).map(|key| key.id.as_str()).collect();
        assert_eq!(ids, ["a", "m", "z"]);
        assert!(store.by_cleartext("z", NOW).is_none());
    }

    #[test]
    #[should_panic(expected = "has the cleartext of another one")]
    fn a_cleartext_belongs_to_one_key() {
        let mut store = Store::default();
        store.insert(key("a", "same"));
        store.insert(key("b", "same"));
    }
}
