//! The stored keys, in the order of their creation, found by id and by cleartext. Whoever is given
//! one is told the time, so that its status is right. A search can see them as they were a while ago.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use crate::{Key, Status};

/// How many characters an id of the service has at least.
pub(crate) const ID_CHARACTERS: usize = 27;

#[derive(Default)]
pub(crate) struct Store {
    keys: BTreeMap<u64, Key>,
    by_id: HashMap<String, u64>,
    by_cleartext: HashMap<String, u64>,
    next: u64,
    /// Ids that are shorter than the service's, and were seeded.
    short_ids: HashSet<String>,
    /// How long a change is hidden from searches.
    pub(crate) search_lag: Duration,
    /// What searches still see, oldest first, by place.
    before: BTreeMap<u64, Vec<Before>>,
}

/// A key before a change; none before its creation.
struct Before {
    key: Option<Key>,
    seen_until: Duration,
}

impl Store {
    /// Adds a key, or replaces the one with the same id; searches see it at once.
    ///
    /// # Panics
    ///
    /// When another key has the same cleartext.
    pub(crate) fn seed(&mut self, key: Key) {
        if key.id.chars().count() < ID_CHARACTERS {
            self.short_ids.insert(key.id.clone());
        }
        self.take(&key.id);
        self.put(key);
    }

    /// Adds a key that has just been created.
    pub(crate) fn create(&mut self, key: Key, now: Duration) {
        self.remember(self.next, None, now);
        self.put(key);
    }

    /// Whether the service could have made this id, or it was seeded.
    pub(crate) fn is_well_formed(&self, id: &str) -> bool {
        id.chars().count() >= ID_CHARACTERS || self.short_ids.contains(id)
    }

    /// Whether a key with another id has this key's cleartext.
    pub(crate) fn has_cleartext_of_another(&self, key: &Key) -> bool {
        let other = self.by_cleartext.get(&key.cleartext).and_then(|place| self.keys.get(place));
        other.is_some_and(|other| other.id != key.id)
    }

    pub(crate) fn get(&mut self, id: &str, now: Duration) -> Option<&Key> {
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

    /// All keys as a search sees them now.
    pub(crate) fn searched(&mut self, now: Duration) -> Vec<&Key> {
        self.before.retain(|_, states| {
            states.retain(|state| now < state.seen_until);
            !states.is_empty()
        });
        let mut seen: BTreeMap<u64, Option<&mut Key>> =
            self.keys.iter_mut().map(|(place, key)| (*place, Some(key))).collect();
        for (place, states) in &mut self.before {
            seen.insert(*place, states.first_mut().and_then(|state| state.key.as_mut()));
        }
        let seen = seen.into_values().flatten().map(|key| {
            key.refresh(now);
            &*key
        });
        seen.collect()
    }

    /// Changes a key; none where it does not exist.
    pub(crate) fn change(
        &mut self,
        id: &str,
        now: Duration,
        change: impl FnOnce(&mut Key),
    ) -> Option<&Key> {
        let place = *self.by_id.get(id)?;
        self.remember(place, self.keys.get(&place).cloned(), now);
        let key = self.keys.get_mut(&place)?;
        change(key);
        key.refresh(now);
        Some(key)
    }

    /// Sets whether a key may be used; says whether it exists.
    pub(crate) fn set_active(&mut self, id: &str, active: bool, now: Duration) -> bool {
        let status = if active { Status::Active } else { Status::Inactive };
        self.change(id, now, |key| key.status = status).is_some()
    }

    /// Deletes a key; says whether it existed.
    pub(crate) fn remove(&mut self, id: &str, now: Duration) -> bool {
        let Some((place, key)) = self.take(id) else { return false };
        self.remember(place, Some(key), now);
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

    fn put(&mut self, key: Key) {
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

    fn take(&mut self, id: &str) -> Option<(u64, Key)> {
        let place = self.by_id.remove(id)?;
        let key = self.keys.remove(&place)?;
        self.by_cleartext.remove(&key.cleartext);
        Some((place, key))
    }

    fn remember(&mut self, place: u64, key: Option<Key>, now: Duration) {
        if self.search_lag > Duration::ZERO {
            let seen_until = now.saturating_add(self.search_lag);
            self.before.entry(place).or_default().push(Before { key, seen_until });
        }
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
        store.seed(key("a", "old"));
        store.replace_cleartext("a", "new".to_owned());
        assert!(store.by_cleartext("old", NOW).is_none());
        assert_eq!(store.by_cleartext("new", NOW).unwrap().id, "a");
        assert!(store.remove("a", NOW) && !store.remove("a", NOW));
        assert!(store.by_cleartext("new", NOW).is_none());
    }

    #[test]
    fn keys_come_in_the_order_of_their_creation() {
        let mut store = Store::default();
        for id in ["z", "a", "m"] {
            store.seed(key(id, id));
        }
        store.seed(key("z", "again"));
        let ids: Vec<&str> = store.all(NOW).map(|key| key.id.as_str()).collect();
        assert_eq!(ids, ["a", "m", "z"]);
        assert!(store.by_cleartext("z", NOW).is_none());
    }

    #[test]
    #[should_panic(expected = "has the cleartext of another one")]
    fn a_cleartext_belongs_to_one_key() {
        let mut store = Store::default();
        store.seed(key("a", "same"));
        store.seed(key("b", "same"));
    }

    #[test]
    fn short_ids_are_well_formed_once_they_were_seeded() {
        let mut store = Store::default();
        store.seed(key("a", "a"));
        store.remove("a", NOW);
        assert!(store.is_well_formed("a") && !store.is_well_formed("b"));
        assert!(store.is_well_formed(&"x".repeat(27)) && !store.is_well_formed(&"ä".repeat(26)));
    }

    #[test]
    fn a_search_sees_each_change_after_its_lag() {
        let mut store = Store { search_lag: Duration::from_secs(5), ..Store::default() };
        let at = |seconds| NOW + Duration::from_secs(seconds);
        store.seed(key("old", "old"));
        store.create(key("new", "new"), at(0));
        store.change("old", at(2), |key| key.name = "renamed".to_owned());
        store.set_active("old", false, at(4));
        store.remove("new", at(6));
        let mut seen = |seconds| {
            let keys = store.searched(at(seconds)).into_iter();
            keys.map(|key| format!("{}:{:?} ", key.name, key.status)).collect::<String>()
        };
        assert_eq!(seen(4), "old:Active ");
        assert_eq!(seen(5), "old:Active new:Active ");
        assert_eq!(seen(7), "renamed:Active new:Active ");
        assert_eq!(seen(9), "renamed:Inactive new:Active ");
        assert_eq!(seen(11), "renamed:Inactive ");
        assert!(store.before.is_empty(), "nothing is kept for longer");
    }
}
