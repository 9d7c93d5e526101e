//! The sample, as the guide shows it.

// sample
use descope_blocking::{AccessKey, Client, Error, Expiry, ReplaceAccessKey, ReplaceError};
use descope_blocking::{RetireDue, SearchAccessKeys, Secret, Status};

/// Where the programs find their secrets, each by the name of its key. No two keys share a name.
pub trait Vault {
    fn read(&self, name: &str) -> Option<Secret>;
    fn write(&self, name: &str, secret: &Secret) -> std::io::Result<()>;
}

pub fn replace_old_keys(client: &Client, vault: &impl Vault, days: i64) -> Result<(), Error> {
    let keys = client.access_keys();
    let all = keys.search(&SearchAccessKeys::new())?;
    let due = keys.retire_due(RetireDue::new().among(&all))?;
    due.left.iter().for_each(|left| eprintln!("{left:?}"));
    let before = client.now().unix_seconds() - days * 86_400;
    let is_old = |key: &&AccessKey| key.status() == Status::Active && key.created_time() < before;
    for key in all.iter().filter(is_old) {
        let replace = ReplaceAccessKey::new(key.id())
            .expiry(Expiry::days(90)) // without it, the new key expires when the old one does
            .among(&all)
            .read_back(|| vault.read(key.name()));
        match keys.replace(replace, |new| Ok(vault.write(key.name(), &new.cleartext)?)) {
            Ok(replaced) => println!("{} has replaced {}", replaced.key.id(), key.id()),
            Err(ReplaceError::AlreadyReplaced { by, .. }) => println!("{by} replaces {}", key.id()),
            Err(error) => eprintln!("{}: {error}", key.id()), // the next run goes on from there
        }
    }
    Ok(())
}
// end
