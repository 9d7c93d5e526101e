//! What one endpoint of the service is: its request, its answer, and when it may be retried.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use http::{Request, Response};

use crate::base::{Now, Operation, RequestKind, Secret, Target};
use crate::config::Config;
use crate::error::Error;

/// One endpoint with its arguments. It builds the request and reads the answer, and sends nothing.
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

    /// What of the arguments is hardly meant, though the service takes it: a sentence each. It goes
    /// out as given; a driver logs these, and a program may ask.
    fn warnings(&self, _now: Now) -> Vec<String> {
        Vec::new()
    }

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
    fn salvage(&self, _body: &[u8]) -> Option<Salvaged> {
        None
    }

    /// The success that a final `error` amounts to when an earlier attempt may have been carried
    /// out: the service's "not found" to a delete is what was asked for.
    fn settled_by(&self, _error: &Error) -> Option<Self::Output> {
        None
    }

    /// What to look at where somebody else answered in the service's place (a 2xx that cannot be
    /// used, a 4xx that is `Intermediary`): the state itself tells whether the call has brought about
    /// what it was for. Each look is taken once, within the call's deadline; `None` where none would
    /// tell.
    fn proof(&self) -> Option<Proof<Self::Output>> {
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

    fn warnings(&self, now: Now) -> Vec<String> {
        (**self).warnings(now)
    }

    fn parse(&self, body: &[u8]) -> Result<Self::Output, Error> {
        (**self).parse(body)
    }

    fn parse_answer(&self, answer: &Response<Vec<u8>>, now: Now) -> Result<Self::Output, Error> {
        (**self).parse_answer(answer, now)
    }

    fn salvage(&self, body: &[u8]) -> Option<Salvaged> {
        (**self).salvage(body)
    }

    fn settled_by(&self, error: &Error) -> Option<Self::Output> {
        (**self).settled_by(error)
    }

    fn proof(&self) -> Option<Proof<Self::Output>> {
        (**self).proof()
    }
}

/// A look at a state: whether it is the one that was asked for. Its refusals count through
/// [`Endpoint::settled_by`].
pub type Look = Box<dyn Endpoint<Output = bool> + Send + Sync>;

/// Proof that a call took effect, although its own answer does not show it.
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

/// A secret from an answer that cannot be used otherwise.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Salvaged {
    /// The cleartext.
    pub cleartext: Secret,
    /// The id of the key that the answer is about, where it can be read.
    pub id: Option<String>,
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

impl Auth<'_> {
    /// The kind of the requests that are authorized so.
    pub(crate) const fn request_kind(self) -> RequestKind {
        match self {
            Self::Management => RequestKind::Management,
            Self::AccessKey(_) => RequestKind::Exchange,
            Self::Project => RequestKind::SigningKeys,
        }
    }
}
