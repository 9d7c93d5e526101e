//! The error of a replacement: why the key was not replaced, and which keys exist now.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error as StdError;
use core::fmt;

use crate::base::UtcTime;
use crate::error::Error;

/// Shared, so that the error can be cloned.
type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a key was not replaced, and which keys exist now, unless somebody else changes them.
///
/// Running the replacement again is always safe: the next run finds what this one left behind.
/// `Debug` and `Display` show no secret, as long as those of the deployment's error show none.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The keys or the deployed secret could not be read, or the key cannot be replaced because it is
    /// inactive, or has expired and no new expiry was given (`InvalidArgument`). Nothing was changed.
    Read(Error),
    /// The successor was not created, and nothing was deployed. The old key is unchanged.
    ///
    /// If [`Error::is_outcome_unknown`] is true, a successor may exist whose secret nobody has. A later
    /// run retires it.
    Create(Error),
    /// The key is itself the successor of a key that is still active. Nothing was changed. Replace
    /// that key instead, so that one deployment does not have two replacements.
    #[non_exhaustive]
    Unfinished {
        /// The key to replace.
        of: String,
    },
    /// Another run is under way, or ended a short time ago. Nothing was changed. See
    /// [`ReplaceAccessKey::takeover`](crate::ReplaceAccessKey::takeover) and
    /// [`resume`](crate::ReplaceAccessKey::resume).
    #[non_exhaustive]
    Busy {
        /// The other run's successor.
        successor: String,
        /// When it was created, in Unix seconds.
        since: i64,
        /// This run's own successor, if it could not be deleted. Nobody has its secret.
        left: Option<String>,
    },
    /// The deployed secret belongs to another key: somebody else deploys there too. Nothing was
    /// changed.
    #[non_exhaustive]
    DeployedElsewhere {
        /// The key whose secret is deployed.
        id: String,
    },
    /// So many runs left a successor behind that the deployment probably fails every time. Nothing
    /// was changed. Mend the deployment, delete the successors that are not deployed, and run again.
    #[non_exhaustive]
    TooMany {
        /// Their successors.
        successors: Vec<String>,
    },
    /// The key has already been replaced.
    #[non_exhaustive]
    AlreadyReplaced {
        /// The key that replaced it.
        by: String,
        /// When the old key is to be retired, in Unix seconds, if its grace period is not over.
        due: Option<i64>,
        /// Successors that were never deployed, and that this run retired.
        retired: Vec<String>,
    },
    /// The secret was not deployed, and the successor was deleted. The old key is unchanged.
    #[non_exhaustive]
    RolledBack {
        /// The deployment's error.
        cause: Cause,
        /// The id that the successor had.
        successor: String,
    },
    /// The secret was not deployed, and the successor could not be deleted. The old key is unchanged.
    #[non_exhaustive]
    SuccessorLeft {
        /// Why it was not deployed, mostly the deployment's error.
        cause: Cause,
        /// The id of the successor.
        successor: String,
        /// Why it could not be deleted.
        error: Error,
    },
    /// The deployment failed, but the secret may have reached some places or all. Both keys stay
    /// active. The next run deploys again, or finds out which secret is in use.
    #[non_exhaustive]
    MayBeDeployed {
        /// The deployment's error.
        cause: Cause,
        /// The id of the successor.
        successor: String,
    },
    /// The secret was deployed, but another run retired its key in the meantime. Nothing else was
    /// retired.
    #[non_exhaustive]
    Overtaken {
        /// The id of the successor.
        successor: String,
        /// Whether it was activated again, because its secret is deployed.
        activated: bool,
    },
    /// The successor's secret is deployed, but not all earlier keys could be retired.
    #[non_exhaustive]
    OldLeft {
        /// The id of the successor, which is in use.
        successor: String,
        /// The keys that may still be active, the old one among them.
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
            Self::Create(error) => write!(f, "the old key is unchanged: {error}"),
            Self::Unfinished { of } => write!(
                f,
                "nothing was changed: this key was itself made to replace {of:?}, which is still \
                 active; replace that one first"
            ),
            Self::Busy { successor, left, .. } => {
                write!(
                    f,
                    "another run is under way, or has just ended, with the new key {successor:?}: \
                     wait for it, then run again"
                )?;
                match left {
                    Some(left) => {
                        write!(f, "; the new key {left:?} of this run could not be deleted")
                    }
                    None => f.write_str("; nothing was changed"),
                }
            }
            Self::DeployedElsewhere { id } => {
                write!(
                    f,
                    "nothing was changed: the deployed secret belongs to the key {id:?}: find out \
                     what else deploys there"
                )
            }
            Self::TooMany { successors } => write!(
                f,
                "nothing was changed: earlier runs left {} new keys whose secrets may be deployed: \
                 {successors:?}. Mend the deployment, delete those that are not deployed, and run \
                 again",
                successors.len()
            ),
            Self::AlreadyReplaced { by, due: None, .. } => {
                write!(f, "the key has already been replaced by {by:?}: replace that key instead")
            }
            Self::AlreadyReplaced { by, due: Some(due), .. } => write!(
                f,
                "the key has already been replaced by {by:?}, and will be due for retirement at {}",
                UtcTime(*due)
            ),
            Self::RolledBack { cause, successor } => write!(
                f,
                "the new secret was not deployed: {cause}; the new key {successor:?} was deleted, \
                 and the old key is unchanged"
            ),
            Self::SuccessorLeft { cause, successor, error } => write!(
                f,
                "the new secret was not deployed: {cause}; the old key is unchanged, but the new \
                 key {successor:?} could not be deleted and may be live ({error})"
            ),
            Self::MayBeDeployed { cause, successor } => write!(
                f,
                "it is not known whether the new secret was deployed: {cause}; both the old key \
                 and the new key {successor:?} work. Run it again with `resume`, or without it after the takeover time"
            ),
            Self::Overtaken { successor, activated } => {
                write!(
                    f,
                    "the secret of the new key {successor:?} was deployed, but another run has \
                     retired that key; nothing else was retired"
                )?;
                if *activated {
                    f.write_str(". As its secret is deployed, it was activated again")?;
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

/// Why a secret was not deployed, or may not have been. `?` makes it from any error; it then counts
/// as "may be deployed", and the new key stays until a later deployment has returned.
///
/// It is no [`std::error::Error`](core::error::Error), so that it can be made from all of them.
pub struct DeployError {
    pub(super) cause: Box<dyn StdError + Send + Sync>,
    pub(super) not_deployed: bool,
}

impl DeployError {
    /// The secret is certainly deployed nowhere: the new key is deleted.
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
