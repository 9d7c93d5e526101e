//! What settles an answer that proves nothing: a look at the state itself.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;

use crate::call::Endpoint;

/// A look at a state: whether it is the one that was asked for. Its refusals count through
/// [`Endpoint::settled_by`].
pub type Look = Box<dyn Endpoint<Output = bool> + Send + Sync>;

/// What shows that a call has brought about what it was for, though its own answer does not.
pub struct Proof<T> {
    pub(crate) looks: VecDeque<Look>,
    pub(crate) output: T,
}

impl<T> Proof<T> {
    /// When each of these looks tells that the state is the one asked for, the call ends in `output`.
    #[must_use]
    pub fn new(looks: impl IntoIterator<Item = Look>, output: T) -> Self {
        Self { looks: looks.into_iter().collect(), output }
    }
}

impl<T> fmt::Debug for Proof<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof").field("looks", &self.looks.len()).finish_non_exhaustive()
    }
}
