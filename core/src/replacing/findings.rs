//! What a run finds: the old key, those that say that they replace it, and what is deployed.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::endpoints::access_key::tags::{self, Tag};
use crate::endpoints::access_key::{AccessKey, Status, UnreadableAccessKey};
use crate::error::Error;

/// What was read, or why it was not.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The id of the old key.
    pub(super) id: String,
    /// The old key.
    pub(super) old: Result<AccessKey, Error>,
    /// The key that the old one is itself to replace, by its tag.
    pub(super) replaces: Option<Result<AccessKey, Error>>,
    /// When the old key is to be retired by its tag, and the successor that is named there.
    pub(super) due: Option<(i64, Result<AccessKey, Error>)>,
    /// Every key that says of itself that it replaces the old one.
    pub(super) named: Result<Vec<AccessKey>, Error>,
    /// Every key that the search found and that cannot be read.
    pub(super) unreadable: Vec<UnreadableAccessKey>,
    /// Which secret is deployed.
    pub(super) proof: Proof,
}

impl Found {
    /// A key is inactive or gone by its own word, whatever a search says that lags.
    pub(super) fn is_not_active(&mut self, key: &AccessKey, loaded: Result<AccessKey, Error>) {
        if let Ok(named) = &mut self.named {
            named.retain(|named| named.id() != key.id());
        }
        if let Some((_, successor)) = &mut self.due {
            if successor.as_ref().is_ok_and(|successor| successor.id() == key.id()) {
                *successor = loaded;
            }
        }
    }
}

/// What is known of the secret that is deployed.
#[derive(Debug, Clone)]
#[cfg_attr(not(any(feature = "jwt", test)), expect(dead_code, reason = "an exchange tells it"))]
pub(super) enum Proof {
    /// It was not asked for so far.
    Unasked,
    /// Nobody can tell.
    None,
    /// The service refuses it.
    Refused,
    /// It is that of the key with this id.
    Key(String),
    /// It could not be told this time.
    Failed(Error),
}

/// The keys of a line, as far as they count.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// Active, and to replace the old key: those of runs that did not end.
    pub(super) successors: Vec<&'a AccessKey>,
    /// Active, and has replaced it.
    pub(super) replaced: Vec<&'a AccessKey>,
    /// Active, and only says so: not alike, or older than the old key.
    pub(super) strangers: Vec<&'a AccessKey>,
}

impl<'a> Line<'a> {
    /// Sorts keys that name the old one in a tag. With no old key to compare with all of them count.
    pub(super) fn of(id: &str, old: Option<&AccessKey>, named: &'a [AccessKey]) -> Self {
        let mut line = Self::default();
        for key in named.iter().filter(|key| is_active(key) && key.id() != id) {
            let replaced = tags::of(key).any(|tag| tag == Tag::Replaced { old: id });
            match old {
                Some(old) if !counts(key, old) => line.strangers.push(key),
                _ if replaced => line.replaced.push(key),
                _ => line.successors.push(key),
            }
        }
        line.successors.sort_by_key(|key| order(key));
        line.replaced.sort_by_key(|key| order(key));
        line
    }

    /// A key of another run that a run gives way to: one that has ended since the keys were `known`,
    /// or that has not begun later. (The service counts in seconds. Of two of the same second either
    /// may have looked before the other began: both give way where both see each other.)
    pub(super) fn rival_of(&self, own: &AccessKey, known: &[AccessKey]) -> Option<&'a AccessKey> {
        let successors = self
            .successors
            .iter()
            .filter(|key| key.id() != own.id() && key.created_time() <= own.created_time());
        let mut all = self.replaced.iter().chain(successors).copied();
        all.find(|key| !known.iter().any(|known| known.id() == key.id()))
    }
}

/// A key that cannot be read, and of this one's name, may be a successor.
pub(super) fn refuse_hidden(
    unreadable: &[UnreadableAccessKey],
    old: Option<&AccessKey>,
) -> Result<(), Error> {
    let may_be_alike = |key: &&UnreadableAccessKey| match (&key.name, old) {
        (Some(name), Some(old)) => name == old.name(),
        _ => true,
    };
    match unreadable.iter().find(may_be_alike) {
        Some(key) => Err(Error::decode(format!("{key}, and it may be a successor"))),
        None => Ok(()),
    }
}

/// Whether a key may be exchanged, as far as the service says so.
pub(super) fn is_active(key: &AccessKey) -> bool {
    key.status() == Status::Active
}

/// When a key is to be retired, and for which successor.
pub(super) fn due_tag(key: &AccessKey) -> Option<(i64, &str)> {
    tags::of(key).find_map(|tag| match tag {
        Tag::RetireAfter { at, successor } => Some((at, successor)),
        _ => None,
    })
}

/// The id of the key that this one is to replace.
pub(super) fn replacing_tag(key: &AccessKey) -> Option<&str> {
    tags::of(key).find_map(|tag| match tag {
        Tag::Replacing { old, .. } => Some(old),
        _ => None,
    })
}

/// Whether a key that says that it replaces another can be believed. Descriptions are input of
/// strangers. (Two keys of one second cannot be told apart by age.)
pub(super) fn counts(key: &AccessKey, old: &AccessKey) -> bool {
    alike(key, old) && key.created_time() >= old.created_time()
}

/// Whether two keys agree in what a successor takes from the old key and nobody changes meanwhile.
pub(super) fn alike(one: &AccessKey, other: &AccessKey) -> bool {
    type Tenant<'a> = (&'a str, Vec<&'a str>);
    fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
        list.sort_unstable();
        list
    }
    let tenants = |key| -> Vec<Tenant<'_>> {
        let key: &AccessKey = key;
        let tenants = key.key_tenants().into_iter();
        sorted(tenants.map(|t| (t.tenant_id(), sorted(t.role_names()))).collect())
    };
    one.name() == other.name()
        && one.user_id() == other.user_id()
        && sorted(one.role_names()) == sorted(other.role_names())
        && tenants(one) == tenants(other)
}

/// Which was first.
pub(super) fn order(key: &AccessKey) -> (i64, &str) {
    (key.created_time(), key.id())
}
