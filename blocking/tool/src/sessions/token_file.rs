//! A session token kept in a file: for one user, one access key and one set of options.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::Secret;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::sessions::held_token::Held;

pub(crate) struct TokenFile {
    path: PathBuf,
    /// Whether nobody else has a reason to write there.
    own: bool,
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
    /// The file at this path, or one of its own for this identity in the user's cache folder, where
    /// there is one.
    pub(crate) fn new(path: Option<PathBuf>, access_key: &Secret, identity: &str) -> Option<Self> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, access_key.expose().trim().as_bytes());
        let own = path.is_none();
        let path = match path {
            Some(path) => path,
            None => {
                let name = hex(hmac::sign(&key, identity.as_bytes()).as_ref());
                cache_folder()?.join(&name[..32]).with_extension("json")
            }
        };
        Some(Self { path, own, key, identity: identity.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is held there for this identity; of a damaged file, nothing. `warn` is told why a file
    /// is passed over.
    ///
    /// Fails where the file is of another kind: it is not to be replaced by a token.
    pub(crate) fn load(&self, warn: impl Fn(String)) -> Result<Option<Held>, Failure> {
        let path = self.path.display();
        let (bytes, private) = match self.read() {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                warn(format!("the token in {path} is not used: {error}"));
                return Ok(None);
            }
        };
        let Ok(Sealed { held, seal }) = serde_json::from_slice(&bytes) else {
            return match self.own || is_damaged(&bytes) {
                true => Ok(None),
                false => {
                    let why = format!("{path} exists, and holds no token of this tool's");
                    Err(Failure::Usage(why))
                }
            };
        };
        if !private {
            warn(format!("{path} can be read by others; its token is not used, and replaced"));
            return Ok(None);
        }
        Ok(Some(held).filter(|held| self.seal(held) == seal))
    }

    /// The file's content, and whether it is the user's alone.
    fn read(&self) -> io::Result<(Vec<u8>, bool)> {
        self.check_kind()?;
        let file = File::open(&self.path)?;
        let private = is_private(&file)?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok((bytes, private))
    }

    /// A device or a pipe is neither read, which may never end, nor replaced.
    fn check_kind(&self) -> io::Result<()> {
        match fs::metadata(&self.path)?.is_file() {
            true => Ok(()),
            false => Err(io::Error::other("it is no regular file")),
        }
    }

    /// Does the work while no other process does it for this file. It is told so, or that it is not
    /// alone: that another was at it longer than this process has patience.
    pub(crate) fn alone<T>(&self, patience: Duration, work: impl FnOnce(bool) -> T) -> T {
        let (path, began) = (self.lock_path(), Instant::now());
        // Where no lock can be had, each process is for itself.
        let Ok(file) = open_lock(&path) else { return work(true) };
        let mut lock = fd_lock::RwLock::new(file);
        loop {
            match lock.try_write() {
                Ok(held) => {
                    let done = work(true);
                    // Who waits for it has it open; the next finds the token. One with something in it
                    // is somebody's own.
                    if held.metadata().is_ok_and(|file| file.len() == 0) {
                        drop(fs::remove_file(&path));
                    }
                    return done;
                }
                Err(error) if error.kind() != ErrorKind::WouldBlock => return work(true),
                Err(_) if began.elapsed() >= patience => return work(false),
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn lock_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        path.into()
    }

    /// Replaces the file at one stroke by one that only the user can read.
    pub(crate) fn store(&self, held: &Held) -> io::Result<()> {
        if let Err(error) = self.check_kind() {
            if error.kind() != ErrorKind::NotFound {
                return Err(error);
            }
        }
        let sealed = Sealed { held: held.clone(), seal: self.seal(held) };
        let mut file = tempfile::NamedTempFile::new_in(folder(&self.path)?)?;
        file.write_all(serde_json::to_string(&sealed)?.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    fn seal(&self, held: &Held) -> String {
        let Held { token, key_id, obtained_at, expires_at } = held;
        let text = serde_json::json!([self.identity, token, key_id, obtained_at, expires_at]);
        hex(hmac::sign(&self.key, text.to_string().as_bytes()).as_ref())
    }
}

/// More than any token; what is longer is none.
const MAX_BYTES: u64 = 1 << 20;

/// Whether it is what a crash leaves of a token: nothing, zeros, or a part.
fn is_damaged(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.starts_with(br#"{"token":""#)
}

/// The folder of a path. One that is made is the user's alone.
fn folder(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    Ok(folder)
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    folder(path)?;
    options.open(path)
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

fn cache_folder() -> Option<PathBuf> {
    let folder =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".cache")));
    Some(base?.join("descope-keys"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
