//! What a request is told of how to authenticate: the values of `WWW-Authenticate`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use http::HeaderValue;

use crate::jwt::Algorithm;

/// How a credential is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    Dpop,
}

impl Scheme {
    /// That of a name, which is not case-sensitive (RFC 9110 section 11.1).
    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|scheme| scheme.name().as_bytes().eq_ignore_ascii_case(name))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// The challenge without an error's code, for a request that has no credential.
    pub(crate) fn offer(self) -> HeaderValue {
        self.challenge(Vec::new())
    }

    pub(crate) fn error(self, code: &str) -> HeaderValue {
        self.challenge([format!("error=\"{code}\"")].into())
    }

    /// That of a good credential which does not allow what was asked for. `scope` is what would.
    pub(crate) fn insufficient(self, scope: Option<&str>) -> HeaderValue {
        let mut parameters: Vec<_> = ["error=\"insufficient_scope\"".into()].into();
        parameters.extend(scope.filter(|scope| is_scope(scope)).map(|s| format!("scope=\"{s}\"")));
        self.challenge(parameters)
    }

    fn challenge(self, mut parameters: Vec<String>) -> HeaderValue {
        if self == Self::Dpop {
            let algorithms: Vec<_> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
            parameters.push(format!("algs=\"{}\"", algorithms.join(" ")));
        }
        let text = match parameters.is_empty() {
            true => self.name().into(),
            false => format!("{} {}", self.name(), parameters.join(", ")),
        };
        HeaderValue::try_from(text).expect("every part is visible ASCII")
    }
}

/// Whether a text can stand in a challenge (RFC 6750 section 3).
fn is_scope(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}
