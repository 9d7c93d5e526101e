//! Where a token source has its access key from.

mod command_run;
mod key_file;
mod watched;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use descope_core::{Error, Secret};

use self::command_run::CommandRun;
pub(crate) use self::watched::WatchedKey;

/// Where a token source gets its access key: a value, or a place where it can change.
///
/// When it changes, the new key is exchanged once while the old token goes on serving, so that no
/// call fails.
///
/// ```no_run
/// use descope_blocking::{AccessKeySource, Client};
///
/// let client = Client::from_env()?;
/// let tokens = client.token_source(AccessKeySource::file("/run/secrets/descope-key"));
/// # Ok::<(), descope_blocking::Error>(())
/// ```
///
/// What cannot be read, is empty, or holds other than visible ASCII counts as unchanged, once a key is
/// known. A key that was refused with 401 or 403 is read again at once.
#[derive(Clone)]
#[must_use]
pub struct AccessKeySource {
    place: Place,
    every: Duration,
}

#[derive(Clone)]
enum Place {
    Value(Result<Secret, Error>),
    /// Read on the thread of a caller.
    Read(Arc<Read>),
    /// Run on a thread of its own.
    Command(CommandRun),
}

type Read = dyn Fn() -> Result<Secret, Error> + Send + Sync;

impl AccessKeySource {
    /// The key in this variable of the environment, as it is now.
    pub fn env(name: &'static str) -> Self {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        let key = value.map(|value| Secret::new(value.to_string_lossy().into_owned()));
        let key = key.ok_or_else(|| Error::invalid_argument(name, "is not set"));
        Self { place: Place::Value(key), every: Duration::MAX }
    }

    /// The key in this file, which is looked at every 10 s at most, when a token is asked for.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::read(move || key_file::read(&path))
    }

    /// The key that this command writes to its standard output. It is run on a thread of its own, every
    /// 5 minutes at most, when a token is asked for, and is killed after 10 s. Nobody waits for it who
    /// has a valid token. What it writes to standard error goes to this program's.
    pub fn command<A: Into<OsString>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let run = CommandRun::new(program.as_ref(), arguments, command_run::LIMIT);
        Self { place: Place::Command(run), every: Duration::from_secs(300) }
    }

    /// The key that this tells, every 10 s at most, on the thread of one who asks for a token. Others
    /// go on meanwhile, but it should not take long.
    pub fn from_fn(key: impl Fn() -> Result<Secret, Error> + Send + Sync + 'static) -> Self {
        Self::read(key)
    }

    fn read(read: impl Fn() -> Result<Secret, Error> + Send + Sync + 'static) -> Self {
        Self { place: Place::Read(Arc::new(read)), every: Duration::from_secs(10) }
    }

    /// How often it is looked at, at most.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }
}

macro_rules! value {
    ($($text:ty),*) => {$(
        impl From<$text> for AccessKeySource {
            fn from(key: $text) -> Self {
                Self { place: Place::Value(Ok(key.into())), every: Duration::MAX }
            }
        }
    )*};
}
value!(Secret, &Secret, String, &str);

impl fmt::Debug for AccessKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeySource").field("every", &self.every).finish_non_exhaustive()
    }
}
