//! Why a key was not replaced, and which keys there are now.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error as StdError;
use core::fmt;

use crate::error::Error;

/// What is shared with those who clone an error.
type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a key was not replaced, and which keys there are now. What is said here of the service holds
/// unless somebody else changes it.
///
/// To run it again is always right: the next run finds what this one left. `Debug` and `Display` show
/// no secret, as long as those of the deployment's error show none.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The keys, or the secret that is deployed, could not be read, or the key is not one to replace:
    /// inactive, or expired with no new expiry given (`InvalidArgument`). Nothing was changed.
    Read(Error),
    /// The successor was not created, and nothing deployed. The old key is as it was.
    ///
    /// Where [`Error::is_outcome_unknown`], there may be a successor whose secret nobody has. A later
    /// run retires it.
    Create(Error),
    /// The key is itself the successor of one that is still active. Nothing was changed: replace that
    /// one, so that there are not two replacements of one deployment.
    #[non_exhaustive]
    Unfinished {
        /// The key to replace.
        of: String,
    },
    /// Another run is under way, or ended a short while ago. Nothing was changed. See
    /// [`ReplaceAccessKey::takeover`](crate::ReplaceAccessKey::takeover) and
    /// [`resume`](crate::ReplaceAccessKey::resume).
    #[non_exhaustive]
    Busy {
        /// The other run's successor.
        successor: String,
        /// When it was created, in Unix seconds.
        since: i64,
        /// This run's own successor, which nobody has the secret of, where it could not be deleted
        /// again.
        left: Option<String>,
    },
    /// The secret that is deployed is that of another key: somebody else deploys there. Nothing was
    /// changed.
    #[non_exhaustive]
    DeployedElsewhere {
        /// The key whose secret is deployed.
        id: String,
    },
    /// So many runs left a successor behind that deploying seems to fail each time. Nothing was
    /// changed.
    #[non_exhaustive]
    TooMany {
        /// Their successors.
        successors: Vec<String>,
    },
    /// The key was replaced before.
    #[non_exhaustive]
    AlreadyReplaced {
        /// The key that replaced it.
        by: String,
        /// When the old key is to be retired, in Unix seconds, where it is in its grace.
        due: Option<i64>,
        /// Successors that were never deployed, and that are retired now.
        retired: Vec<String>,
    },
    /// The secret was not deployed, and its successor is deleted again. The old key is as it was.
    #[non_exhaustive]
    RolledBack {
        /// The deployment's error.
        cause: Cause,
        /// The id that the successor had.
        successor: String,
    },
    /// The secret was not deployed, and its successor could not be deleted again. The old key is as
    /// it was.
    #[non_exhaustive]
    SuccessorLeft {
        /// The deployment's error, or what else kept it from being deployed.
        cause: Cause,
        /// The id of the successor.
        successor: String,
        /// Why it could not be deleted.
        error: Error,
    },
    /// The deployment failed, and the secret may be deployed, in some places or all. So both keys
    /// stay, and both work. The next run deploys again, or finds out what is in use.
    #[non_exhaustive]
    MayBeDeployed {
        /// The deployment's error.
        cause: Cause,
        /// The id of the successor.
        successor: String,
    },
    /// The secret was deployed, but another run has retired its key meanwhile. Nothing else was
    /// retired.
    #[non_exhaustive]
    Overtaken {
        /// The id of the successor.
        successor: String,
        /// It was activated again, since its secret is what is deployed.
        activated: bool,
    },
    /// The successor's secret is deployed, but not all earlier keys could be retired.
    #[non_exhaustive]
    OldLeft {
        /// The id of the successor, which is in use.
        successor: String,
        /// The keys that may be active still, the old one among them.
        left: Vec<String>,
        /// Why the first of them could not be retired.
        error: Error,
    },
}

impl fmt::Display for ReplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("replace access key: ")?;
        match self {
            Self::Read(error) => write!(f, "nothing was changed: {error}"),
            Self::Create(error) => write!(f, "the old key is as it was: {error}"),
            Self::Unfinished { of } => write!(
                f,
                "nothing was changed: the key is itself to replace {of:?}, which is still active; \
                 replace that one first"
            ),
            Self::Busy { successor, left, .. } => {
                write!(
                    f,
                    "another run is under way, or has just ended, with the new key {successor:?}"
                )?;
                match left {
                    Some(left) => {
                        write!(f, "; the new key {left:?} of this run could not be deleted again")
                    }
                    None => f.write_str("; nothing was changed"),
                }
            }
            Self::DeployedElsewhere { id } => write!(
                f,
                "nothing was changed: the secret that is deployed is that of the key {id:?}"
            ),
            Self::TooMany { successors } => write!(
                f,
                "nothing was changed: {} earlier runs have left new keys that may be deployed: \
                 {successors:?}",
                successors.len()
            ),
            Self::AlreadyReplaced { by, due: None, .. } => {
                write!(f, "the key was replaced before, by {by:?}")
            }
            Self::AlreadyReplaced { by, due: Some(due), .. } => write!(
                f,
                "the key was replaced before, by {by:?}, and is to be retired at Unix time {due}"
            ),
            Self::RolledBack { cause, successor } => write!(
                f,
                "the new secret was not deployed: {cause}; the new key {successor:?} was deleted \
                 again, the old key is as it was"
            ),
            Self::SuccessorLeft { cause, successor, error } => write!(
                f,
                "the new secret was not deployed: {cause}; the old key is as it was, but the new \
                 key {successor:?} could not be deleted again and may be live ({error})"
            ),
            Self::MayBeDeployed { cause, successor } => write!(
                f,
                "the new secret may be deployed or not: {cause}; both the old key and the new key \
                 {successor:?} work. Run it again"
            ),
            Self::Overtaken { successor, activated } => {
                write!(
                    f,
                    "the secret of the new key {successor:?} was deployed, but another run has \
                     retired that key; nothing else was retired"
                )?;
                if *activated {
                    f.write_str(". It is what is deployed, so it was activated again")?;
                }
                Ok(())
            }
            Self::OldLeft { successor, left, error } => write!(
                f,
                "the secret of the new key {successor:?} is deployed, but these could not be \
                 retired and may still be live: {left:?} ({error}). Run it again"
            ),
        }
    }
}

impl StdError for ReplaceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::RolledBack { cause, .. }
            | Self::SuccessorLeft { cause, .. }
            | Self::MayBeDeployed { cause, .. } => Some(&**cause),
            Self::Read(error) | Self::Create(error) | Self::OldLeft { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for ReplaceError {
    /// Of what is read.
    fn from(error: Error) -> Self {
        Self::Read(error)
    }
}

/// Why a secret was not deployed, or may not be. Made from any error by `?`, which then counts as
/// "may be deployed": the new key stays until a later deployment has returned.
///
/// It is no [`std::error::Error`](core::error::Error), so that it can be made from all of them.
pub struct DeployError {
    pub(super) cause: Box<dyn StdError + Send + Sync>,
    pub(super) not_deployed: bool,
}

impl DeployError {
    /// The secret is certainly deployed nowhere: the new key is deleted again.
    pub fn not_deployed(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into(), not_deployed: true }
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for DeployError {
    fn from(cause: E) -> Self {
        Self { cause: cause.into(), not_deployed: false }
    }
}

impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl fmt::Debug for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeployError")
            .field("cause", &self.cause)
            .field("not_deployed", &self.not_deployed)
            .finish()
    }
}
