//! Which audiences a token may be for.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::excerpt::{excerpt, excerpts};
use super::{Claims, TokenError};
use crate::json::object;

/// What a token's `aud` must contain. Values are compared byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// A token without `aud`, or whose audience holds the project id. The default.
    #[default]
    Project,
    /// One of these values; a token without `aud` is refused. An empty list accepts nothing, and is
    /// refused where a configuration or a request is made with it.
    AnyOf(Vec<String>),
    /// Whatever it holds; `aud` is not looked at.
    Unchecked,
}

impl Audience {
    /// One of these values must be in the token's audience.
    ///
    /// ```
    /// use descope_core::jwt::Audience;
    /// let audience = Audience::any_of(["https://api.example.com"]);
    /// ```
    pub fn any_of<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::AnyOf(values.into_iter().map(Into::into).collect())
    }

    /// Whether no token can have it: most likely a setting that is empty.
    pub(crate) fn accepts_nothing(&self) -> bool {
        matches!(self, Self::AnyOf(values) if values.is_empty())
    }

    pub(super) fn check(&self, claims: &Claims, project_id: &str) -> Result<(), TokenError> {
        let accepted = |value: &str| match self {
            Self::Project => value == project_id,
            Self::AnyOf(values) => values.iter().any(|accepted| accepted == value),
            Self::Unchecked => true,
        };
        let aud = claims.audience_member();
        match (self, aud) {
            (Self::Unchecked, _) | (Self::Project, None) => return Ok(()),
            (Self::AnyOf(_), None) => return Err(TokenError::MissingClaim { claim: "aud" }),
            (_, Some(value)) => {
                let list = value.starts_with('[')
                    && object::elements(value).all(|element| object::string(element).is_some());
                if !list && object::string(value).is_none() {
                    let expected = "a string or a list of strings";
                    return Err(TokenError::WrongType { claim: "aud", expected });
                }
            }
        }
        if claims.audience().any(|value| accepted(&value)) {
            Ok(())
        } else {
            Err(TokenError::WrongAudience {
                audience: excerpts(claims.audience()),
                accepted: match self {
                    Self::AnyOf(values) => format!("one of {}", excerpts(values)),
                    _ => format!("the project {}", excerpt(project_id)),
                },
            })
        }
    }
}
