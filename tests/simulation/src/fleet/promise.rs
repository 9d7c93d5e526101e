//! What a scenario's run must keep to.

/// A number that was measured, and its bound.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// What is measured.
    pub what: &'static str,
    /// What was measured; infinite where something never came.
    pub measured: f64,
    /// The most that it may be.
    pub at_most: f64,
}

impl Promise {
    /// A number that is to be small.
    #[must_use]
    pub const fn at_most(at_most: f64, what: &'static str, measured: f64) -> Self {
        Self { what, measured, at_most }
    }

    /// Something that is never to happen.
    #[must_use]
    pub const fn never(what: &'static str, times: u64) -> Self {
        Self::at_most(0.0, what, times as f64)
    }

    /// Whether it is kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.measured <= self.at_most
    }
}
