//! The stored keys, in the order of their creation, found by id and by cleartext.

use std::collections::{BTreeMap, HashMap};

use crate::Key;

#[derive(Default)]
pub(crate) struct Store {
    keys: BTreeMap<u64, Key>,
    by_id: HashMap<String, u64>,
    by_cleartext: HashMap<String, u64>,
    next: u64,
}

impl Store {
    /// Adds a key, or replaces the one with the same id.
    pub(crate) fn insert(&mut self, key: Key) {
        self.remove(&key.id);
        self.by_id.insert(key.id.clone(), self.next);
        self.by_cleartext.insert(key.cleartext.clone(), self.next);
        self.keys.insert(self.next, key);
        self.next += 1;
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Key> {
        self.keys.get(self.by_id.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Key> {
        self.keys.get_mut(self.by_id.get(id)?)
    }

    pub(crate) fn by_cleartext(&self, cleartext: &str) -> Option<&Key> {
        self.keys.get(self.by_cleartext.get(cleartext)?)
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, cleartext: &str) -> Key {
        Key::new(id).with_id(id).with_cleartext(cleartext)
    }

    #[test]
    fn a_replaced_secret_finds_nothing() {
        let mut store = Store::default();
        store.insert(key("a", "old"));
        store.replace_cleartext("a", "new".to_owned());
        assert!(store.by_cleartext("old").is_none());
        assert_eq!(store.by_cleartext("new").unwrap().id, "a");
        assert!(store.remove("a") && !store.remove("a"));
        assert!(store.by_cleartext("new").is_none());
    }

    #[test]
    fn keys_come_in_the_order_of_their_creation() {
        let mut store = Store::default();
        for id in ["z", "a", "m"] {
            store.insert(key(id, id));
        }
        store.insert(key("z", "again"));
        let ids: Vec<&str> = store.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids, ["a", "m", "z"]);
        assert!(store.by_cleartext("z").is_none());
    }
}
