//! A session token kept in a file: for one user, one access key and one set of options.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use descope_blocking::{Secret, TokenLimits};
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Held {
    pub(crate) token: String,
    pub(crate) key_id: String,
    /// Unix seconds, by this machine's clock.
    pub(crate) obtained_at: i64,
    /// Unix seconds: the token's `exp`.
    pub(crate) expires_at: i64,
}

/// When a token is replaced. In seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// None is used for longer than this.
    pub(crate) max_age: i64,
    /// What has no more left than this is replaced; by default, as the SDK's token source does it.
    pub(crate) min_left: Option<i64>,
}

impl Held {
    /// Whether it can be used with no thought of a new one.
    pub(crate) fn is_fresh(&self, now: i64, limits: Limits) -> bool {
        let max_margin = seconds(TokenLimits::default().max_margin);
        let margin = (self.life(limits) / 5).min(max_margin);
        self.has_left(limits.min_left.unwrap_or(margin), now, limits)
    }

    /// Whether it still serves when there is no new one: it must not expire on the way to a peer.
    pub(crate) fn is_usable(&self, now: i64, limits: Limits) -> bool {
        self.has_left((self.life(limits) / 20).min(10), now, limits)
    }

    fn has_left(&self, margin: i64, now: i64, limits: Limits) -> bool {
        // A token from the future is one from before the clock was set back.
        now >= self.obtained_at && now < self.obtained_at + self.life(limits) - margin
    }

    fn life(&self, limits: Limits) -> i64 {
        self.expires_at.saturating_sub(self.obtained_at).min(limits.max_age)
    }
}

/// Whole seconds, few enough for their sums with times to stay within 64 bits.
pub(crate) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).min(1 << 40)
}

pub(crate) struct TokenFile {
    path: PathBuf,
    /// The access key seals the file: what another key, project or set of options has left there,
    /// or somebody has changed, is no token of ours.
    key: hmac::Key,
    identity: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    held: Held,
    seal: String,
}

impl TokenFile {
    /// The file at this path, or one of its own for this identity in the user's cache folder.
    pub(crate) fn new(
        path: Option<PathBuf>,
        access_key: &Secret,
        identity: &str,
    ) -> Result<Self, Failure> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, access_key.expose().trim().as_bytes());
        let path = match path {
            Some(path) => path,
            None => {
                let name = hex(hmac::sign(&key, identity.as_bytes()).as_ref());
                cache_folder()?.join(&name[..32]).with_extension("json")
            }
        };
        Ok(Self { path, key, identity: identity.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is held there for this identity. `warn` is told why a file is passed over.
    ///
    /// Fails where the file is of another kind: it is not to be replaced by a token.
    pub(crate) fn load(&self, warn: impl Fn(String)) -> Result<Option<Held>, Failure> {
        let path = self.path.display();
        let (text, private) = match self.read() {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                warn(format!("the token in {path} is not used: {error}"));
                return Ok(None);
            }
        };
        if text.is_empty() {
            return Ok(None);
        }
        let Sealed { held, seal } = serde_json::from_str(&text).map_err(|_| {
            Failure::Usage(format!("{path} exists, and holds no token of this tool's"))
        })?;
        if !private {
            warn(format!("{path} can be read by others; its token is not used, and replaced"));
            return Ok(None);
        }
        Ok(Some(held).filter(|held| self.seal(held) == seal))
    }

    /// The file's text, and whether it is the user's alone.
    fn read(&self) -> io::Result<(String, bool)> {
        let mut file = File::open(&self.path)?;
        let private = is_private(&file)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok((text, private))
    }

    /// Replaces the file at one stroke by one that only the user can read.
    pub(crate) fn store(&self, held: &Held) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
        let sealed = Sealed { held: held.clone(), seal: self.seal(held) };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string(&sealed)?.as_bytes())?;
        file.persist(&self.path)?;
        Ok(())
    }

    fn seal(&self, held: &Held) -> String {
        let Held { token, key_id, obtained_at, expires_at } = held;
        let text = serde_json::json!([self.identity, token, key_id, obtained_at, expires_at]);
        hex(hmac::sign(&self.key, text.to_string().as_bytes()).as_ref())
    }
}

/// Whether nobody but its owner can read or write it.
fn is_private(file: &File) -> io::Result<bool> {
    let metadata: fs::Metadata = file.metadata()?;
    #[cfg(unix)]
    let private = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 == 0;
    // Elsewhere the user's folders are the user's alone.
    #[cfg(not(unix))]
    let private = metadata.is_file();
    Ok(private)
}

fn cache_folder() -> Result<PathBuf, Failure> {
    let folder =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".cache")));
    match base {
        Some(base) => Ok(base.join("descope-keys")),
        None => Err(Failure::Usage("there is no HOME; name a file: --cache FILE".to_owned())),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(obtained_at: i64, expires_at: i64) -> Held {
        Held { token: String::new(), key_id: String::new(), obtained_at, expires_at }
    }

    #[test]
    fn a_token_is_fresh_until_a_fifth_of_its_life_is_left() {
        let (held, limits) = (held(1000, 1600), Limits { max_age: 3600, min_left: None });
        let fresh = |now| held.is_fresh(now, limits);
        assert_eq!([999, 1000, 1479, 1480].map(fresh), [false, true, true, false]);
        let usable = |now| held.is_usable(now, limits);
        assert_eq!([999, 1480, 1589, 1590].map(usable), [false, true, true, false]);
    }

    #[test]
    fn the_limits_bound_age_and_what_is_left() {
        let held = held(0, i64::MAX);
        let fresh = |now, max_age, min_left| held.is_fresh(now, Limits { max_age, min_left });
        assert_eq!([3299, 3300].map(|now| fresh(now, 3600, None)), [true, false]);
        assert_eq!([3599, 3600].map(|now| fresh(now, 3600, Some(0))), [true, false]);
        assert_eq!([99, 100].map(|now| fresh(now, 3600, Some(3500))), [true, false]);
        assert!(fresh(1 << 39, seconds(Duration::MAX), None));
    }
}
