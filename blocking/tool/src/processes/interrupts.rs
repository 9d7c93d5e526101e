//! SIGINT, SIGTERM and SIGHUP, while more is under way than this process: they end it with what may
//! now be true on the service, or are the child's to decide.

use std::io;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::output::Output;
use crate::failure::Failure;

/// What an interrupt does.
#[cfg_attr(not(unix), allow(dead_code, reason = "only signals are caught"))]
pub(crate) enum OnInterrupt {
    /// It is told, and ends the program.
    Ends(Box<dyn Fn() -> Failure + Send>),
    /// It goes to this child, which ends or goes on.
    #[cfg(unix)]
    GoesTo(rustix::process::Pid),
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
        *self.lock() = next;
    }

    /// Starts a child, which from its first moment on is sent them.
    pub(crate) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        let mut next = self.lock();
        let child = command.spawn()?;
        #[cfg(unix)]
        let to = OnInterrupt::GoesTo(rustix::process::Pid::from_child(&child));
        #[cfg(not(unix))]
        let to = OnInterrupt::Waits;
        *next = to;
        Ok(child)
    }

    fn lock(&self) -> MutexGuard<'_, OnInterrupt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
mod unix {
    use std::os::fd::AsFd;
    use std::process::exit;
    use std::sync::mpsc;
    use std::{fs, thread};

    use rustix::process::{Pid, Signal, getpgrp, kill_process};
    use rustix::termios::tcgetpgrp;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::{Interrupts, OnInterrupt};
    use crate::app::output::Output;
    use crate::processes::ignored_signals::is_ignored;

    pub(super) fn listen(out: Output, interrupts: Interrupts) {
        let (catches, caught) = mpsc::channel();
        // Where they cannot be caught, or no thread can be started, signals do what they always did:
        // that is why they are registered in the thread, which nothing takes back.
        let thread = thread::Builder::new().spawn(move || {
            let signals = [SIGINT, SIGTERM, SIGHUP].into_iter();
            let taken = signals.filter(|signal| !is_ignored(*signal));
            let Ok(mut signals) = Signals::new(taken) else { return };
            let _ = catches.send(());
            for signal in signals.forever() {
                match &*interrupts.lock() {
                    OnInterrupt::Ends(failure) => {
                        let failure = failure();
                        out.failure(&failure);
                        exit(failure.exit() as i32);
                    }
                    OnInterrupt::GoesTo(child) => pass(signal, *child),
                    OnInterrupt::Waits => {}
                }
            }
        });
        drop(thread);
        // From here on they are caught, or never.
        let _ = caught.recv();
    }

    fn pass(signal: i32, child: Pid) {
        let signal = match signal {
            SIGINT => Signal::INT,
            SIGHUP => Signal::HUP,
            _ => Signal::TERM,
        };
        // Ctrl-C reaches all that run in the foreground of a terminal: twice would be a second one.
        if signal == Signal::INT && is_in_foreground() {
            return;
        }
        // One that has ended meanwhile takes no signal.
        let _ = kill_process(child, signal);
    }

    fn is_in_foreground() -> bool {
        let terminal = fs::File::open("/dev/tty");
        terminal.is_ok_and(|it| tcgetpgrp(it.as_fd()).is_ok_and(|group| group == getpgrp()))
    }
}
