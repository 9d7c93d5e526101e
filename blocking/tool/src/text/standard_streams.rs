//! Standard output and standard error, written so that what cannot be written is an answer and no
//! panic, as it is with `println`.

use std::fmt::Display;
use std::io::{self, Write};

#[cfg(unix)]
pub(crate) use unix::Stdout;
#[cfg(not(unix))]
pub(crate) type Stdout = io::Stdout;

/// Standard output itself. std's own takes one that is open for reading alone for one that took
/// everything.
#[cfg(unix)]
pub(crate) fn stdout() -> io::Result<Stdout> {
    use std::os::fd::AsFd;
    Ok(Stdout(io::stdout().as_fd().try_clone_to_owned()?.into()))
}

#[cfg(not(unix))]
pub(crate) fn stdout() -> io::Result<Stdout> {
    Ok(io::stdout())
}

/// Standard output, unless it is certain to lose what is written to it.
#[cfg(unix)]
pub(crate) fn kept_stdout() -> io::Result<Stdout> {
    use std::os::unix::fs::MetadataExt;
    const EBADF: i32 = 9;
    let Stdout(mut out) = stdout()?;
    // Open for reading alone, it takes not even nothing.
    if let Err(error) = out.write(b"") {
        if error.raw_os_error() == Some(EBADF) {
            return Err(io::Error::new(error.kind(), "standard output is closed or read-only"));
        }
    }
    // One that was closed is /dev/null since before `main`: std opens it.
    let null = std::fs::metadata("/dev/null");
    match null.is_ok_and(|null| out.metadata().is_ok_and(|out| out.rdev() == null.rdev())) {
        true => Err(io::Error::other("standard output is /dev/null or closed")),
        false => Ok(Stdout(out)),
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, ErrorKind, Write};

    use rustix::event::{PollFd, PollFlags, poll};

    /// Waits where it is full, also where whoever shares it has made it one that does not block.
    pub(crate) struct Stdout(pub(super) File);

    impl Write for Stdout {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            loop {
                match self.0.write(bytes) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    done => return done,
                }
                match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn kept_stdout() -> io::Result<Stdout> {
    stdout()
}

/// Lets a file that grows over its limit (`ulimit -f`) be an error, as a full disk is one, and not the
/// end of the program.
pub(crate) fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        let unread = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        // Where it cannot be registered, the signal does what it always did.
        drop(signal_hook::flag::register(signal_hook::consts::SIGXFSZ, unread));
    }
}

/// Writes data to standard output, with colours where they are wanted.
#[cfg(unix)]
pub(crate) fn print(text: &str) -> io::Result<()> {
    let text = match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string().into(),
        _ => std::borrow::Cow::from(text),
    };
    let mut out = stdout()?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes data to standard output, with colours where they are wanted.
#[cfg(not(unix))]
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(stdout()?);
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Tells a line on standard error.
pub(crate) fn tell(text: impl Display) -> io::Result<()> {
    // At one go, so that the lines of several processes do not mix.
    anstream::stderr().write_all(format!("{text}\n").as_bytes())
}

/// Tells a line on standard error, or else on standard output, or else on the terminal: for what
/// nobody can find out later.
pub(crate) fn tell_somewhere(text: &str) {
    let told = tell(text).or_else(|_| print(&format!("{text}\n")));
    #[cfg(unix)]
    let told = told.or_else(|_| {
        let mut terminal = std::fs::OpenOptions::new().write(true).open("/dev/tty")?;
        writeln!(terminal, "{}", anstream::adapter::strip_str(text))
    });
    // There is nobody left to tell.
    drop(told);
}
