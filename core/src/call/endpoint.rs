//! What one endpoint of the service is: its request, its answer, and when it may be sent again.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use http::{Request, Response};

use crate::{Config, Error, Now, Secret};

/// One endpoint with its arguments. It builds a request and reads the answer; it sends nothing.
///
/// Implemented for references too: a blocking caller borrows its arguments, an async one moves them.
pub trait Endpoint {
    /// What a successful answer holds.
    type Output;

    /// Name, class and size of the operation.
    fn operation(&self) -> Operation;

    /// The credential it needs; a missing one is found before anything is sent.
    fn auth(&self) -> Auth<'_>;

    /// What it acts on, for errors.
    fn target(&self) -> Option<Target> {
        None
    }

    /// Builds the request, without the headers that all requests have. It is built afresh for each
    /// attempt; `first` is when the call began, so that a time relative to it does not move.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, naming the field, when an argument cannot be sent.
    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error>;

    /// Reads the body of a 2xx answer.
    ///
    /// # Errors
    ///
    /// `Decode` when the body is not what the call promises.
    fn parse(&self, body: &[u8]) -> Result<Self::Output, Error>;

    /// Reads a 2xx answer that came at `now`. Only an endpoint that needs more of it than the body
    /// has its own.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    fn parse_answer(&self, answer: &Response<Vec<u8>>, _now: Now) -> Result<Self::Output, Error> {
        self.parse(answer.body())
    }

    /// The secret in a 2xx answer that cannot be used as a whole, or that was cut.
    fn salvage(&self, _body: &[u8]) -> Option<Secret> {
        None
    }

    /// The success that a final `error` amounts to when an earlier attempt may have been carried
    /// out: "not found" from a delete is what was asked for.
    fn settled_by(&self, _error: &Error) -> Option<Self::Output> {
        None
    }
}

impl<E: Endpoint + ?Sized> Endpoint for &E {
    type Output = E::Output;

    fn operation(&self) -> Operation {
        (**self).operation()
    }

    fn auth(&self) -> Auth<'_> {
        (**self).auth()
    }

    fn target(&self) -> Option<Target> {
        (**self).target()
    }

    fn request(&self, config: &Config, first: Now) -> Result<Request<Vec<u8>>, Error> {
        (**self).request(config, first)
    }

    fn parse(&self, body: &[u8]) -> Result<Self::Output, Error> {
        (**self).parse(body)
    }

    fn parse_answer(&self, answer: &Response<Vec<u8>>, now: Now) -> Result<Self::Output, Error> {
        (**self).parse_answer(answer, now)
    }

    fn salvage(&self, body: &[u8]) -> Option<Secret> {
        (**self).salvage(body)
    }

    fn settled_by(&self, error: &Error) -> Option<Self::Output> {
        (**self).settled_by(error)
    }
}

/// Which bearer a request carries.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Auth<'a> {
    /// Project id and management key.
    Management,
    /// Project id and this access key's cleartext, then the auth management key where one is
    /// configured.
    AccessKey(&'a Secret),
    /// The project id alone.
    Project,
}

/// What an operation is called, when it may be sent again, and how large its answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// What it does, in words: "create access key".
    pub name: &'static str,
    /// When it may be sent again.
    pub class: Class,
    /// Whether its answer holds many keys: it then has the longer deadline and the larger bound.
    pub bulk: bool,
    /// What may be true, and what to do, when its outcome is unknown.
    pub in_doubt: &'static str,
}

impl Operation {
    /// An operation with an answer of ordinary size.
    #[must_use]
    pub const fn new(name: &'static str, class: Class) -> Self {
        Self { name, class, bulk: false, in_doubt: "it may have been done; doing it again is safe" }
    }

    /// The same with an answer that holds many keys.
    #[must_use]
    pub const fn bulk(self) -> Self {
        Self { bulk: true, ..self }
    }

    /// The same with words for an unknown outcome.
    #[must_use]
    pub const fn in_doubt(self, in_doubt: &'static str) -> Self {
        Self { in_doubt, ..self }
    }
}

/// When an operation may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// It changes nothing: sent again after any transient failure.
    Read,
    /// Done twice it leaves what done once leaves: sent again after any transient failure.
    Convergent,
    /// It makes a secret that is delivered once: never sent again after `Unknown`.
    OneShot,
}

/// What an operation acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The access key with this id.
    Id(String),
    /// The access keys with these ids.
    Ids(Vec<String>),
    /// The access key that is to have this name.
    Name(String),
    /// The same, with a marker in its description that no other key has.
    Marked {
        /// The name.
        name: String,
        /// The marker.
        marker: String,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id:?}"),
            Self::Ids(ids) => write!(f, "({} keys)", ids.len()),
            Self::Name(name) | Self::Marked { name, .. } => write!(f, "named {name:?}"),
        }
    }
}
