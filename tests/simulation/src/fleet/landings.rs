//! Workers whose flight has landed.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Flights that land tell it, and the loop takes the workers who waited for them.
#[derive(Default)]
pub(crate) struct Landings(Arc<Mutex<Vec<usize>>>);

struct Landing {
    worker: usize,
    landed: Arc<Mutex<Vec<usize>>>,
}

impl Landings {
    /// For the flight that this worker waits for.
    pub(crate) fn waker(&self, worker: usize) -> Waker {
        Waker::from(Arc::new(Landing { worker, landed: Arc::clone(&self.0) }))
    }

    /// The workers to wake, in the order in which their flights landed.
    pub(crate) fn take(&self) -> Vec<usize> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wake for Landing {
    fn wake(self: Arc<Self>) {
        self.landed.lock().unwrap_or_else(PoisonError::into_inner).push(self.worker);
    }
}
