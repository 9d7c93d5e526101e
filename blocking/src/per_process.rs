//! State that a forked child makes again. What it inherits is a copy of the moment of the fork: locks that
//! nobody will release, waits for threads that do not exist, connections that are its parent's.

use std::sync::OnceLock;

/// A value for each process that has asked for one: the first one's, and behind it those of the
/// children that descend from it. It has no lock that a fork could leave taken.
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    process: u32,
    /// None only while it is dropped.
    value: Option<T>,
    child: OnceLock<Box<Self>>,
}

impl<T> PerProcess<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: std::process::id(), value: Some(value), child: OnceLock::new() }
    }

    /// This process's own. In a forked child that has none yet it is made from its parent's, of which
    /// nothing may be used that is behind a lock.
    pub(crate) fn get(&self, anew: impl FnOnce(&T) -> T) -> &T {
        let latest = self.last();
        if latest.process == std::process::id() {
            return latest.inherited();
        }
        // Made first: a fork in the midst of it then leaves nothing begun.
        let own = Box::new(Self::new(anew(latest.inherited())));
        latest.child.get_or_init(|| own).inherited()
    }

    /// What was last made, were it by the parent.
    pub(crate) fn inherited(&self) -> &T {
        self.last().value.as_ref().expect("it is there until it is dropped")
    }

    fn last(&self) -> &Self {
        let mut last = self;
        while let Some(child) = last.child.get() {
            last = child;
        }
        last
    }
}

/// The parent's is leaked: to drop it is to end what goes on in the parent.
impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    type State = PerProcess<Rc<String>>;

    /// As a child finds it: made by another process.
    fn inherited(value: Rc<String>) -> State {
        let process = std::process::id().wrapping_add(1);
        PerProcess { process, value: Some(value), child: OnceLock::new() }
    }

    #[test]
    fn a_child_makes_its_own_once() {
        let state = inherited(Rc::new("parent's".to_owned()));
        assert_eq!(**state.inherited(), "parent's");
        let own = state.get(|parents| Rc::new(format!("child's of {parents}")));
        assert_eq!(**own, "child's of parent's");
        let again = state.get(|_| panic!("it is made twice"));
        assert!(Rc::ptr_eq(own, again) && Rc::ptr_eq(own, state.inherited()));
    }

    #[test]
    fn what_a_parent_made_is_not_dropped() {
        let (parents, own) = (Rc::default(), Rc::default());
        drop(inherited(Rc::clone(&parents)));
        drop(State::new(Rc::clone(&own)));
        assert_eq!((Rc::strong_count(&parents), Rc::strong_count(&own)), (2, 1));
    }
}
