//! SIGINT and SIGTERM, while more is under way than this process: they end it with what may now be
//! true on the service.

use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::Failure;
use crate::output::Output;

/// What an interrupt does.
pub(crate) enum OnInterrupt {
    /// It is told, and ends the program.
    Ends(Box<dyn Fn() -> Failure + Send>),
    /// Nothing: what is under way is a moment from its end.
    Waits,
}

impl OnInterrupt {
    pub(crate) fn ends(failure: impl Fn() -> Failure + Send + 'static) -> Self {
        Self::Ends(Box::new(failure))
    }
}

#[derive(Clone)]
pub(crate) struct Interrupts(Arc<Mutex<OnInterrupt>>);

impl Interrupts {
    /// From here to the end of the program.
    pub(crate) fn watch(out: Output, first: OnInterrupt) -> Self {
        let interrupts = Self(Arc::new(Mutex::new(first)));
        #[cfg(unix)]
        unix::listen(out, interrupts.clone());
        #[cfg(not(unix))]
        let _ = out;
        interrupts
    }

    /// What the next one does. Once this has returned, none does anything else.
    pub(crate) fn set(&self, next: OnInterrupt) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

#[cfg(unix)]
mod unix {
    use std::process::exit;
    use std::sync::PoisonError;
    use std::thread;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::{Interrupts, OnInterrupt};
    use crate::output::Output;

    pub(super) fn listen(out: Output, interrupts: Interrupts) {
        // Where they cannot be caught, signals do what they always did.
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
        thread::spawn(move || {
            for _ in signals.forever() {
                let now = interrupts.0.lock().unwrap_or_else(PoisonError::into_inner);
                match &*now {
                    OnInterrupt::Ends(failure) => {
                        let failure = failure();
                        out.failure(&failure);
                        exit(failure.exit() as i32);
                    }
                    OnInterrupt::Waits => {}
                }
            }
        });
    }
}
