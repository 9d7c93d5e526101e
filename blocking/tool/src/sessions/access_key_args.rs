//! Where the access key comes from: never the command line, which others can see.

use std::path::PathBuf;

use clap::Args;
use descope_blocking::Secret;
use descope_emulator::SAMPLE_ACCESS_KEY;

use crate::app::App;
use crate::app::connection::Setting;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct AccessKeyArgs {
    /// A file with the access key, instead of DESCOPE_ACCESS_KEY; - is standard input
    #[arg(long, value_name = "FILE")]
    access_key_file: Option<PathBuf>,
}

impl AccessKeyArgs {
    pub(crate) fn find(&self, app: &App) -> Result<Option<Setting>, Failure> {
        match &self.access_key_file {
            Some(path) => {
                let key = app.input.secret("the access key", path)?;
                Ok(Some(Setting::new(key, path.display().to_string())))
            }
            None if app.is_emulated() => {
                Ok(Some(Setting::new(SAMPLE_ACCESS_KEY, "a sample key of the emulator")))
            }
            None => Ok(Setting::env("DESCOPE_ACCESS_KEY")),
        }
    }

    pub(crate) fn read(&self, app: &App) -> Result<Secret, Failure> {
        self.find(app)?.map(|setting| setting.value).ok_or(Failure::NoCredential(
            "no access key: set DESCOPE_ACCESS_KEY, or give --access-key-file FILE (- is standard \
             input)",
        ))
    }
}
