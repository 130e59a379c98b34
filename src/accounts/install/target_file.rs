//! The file to add the key to: the one that the server reads.

use super::error::Error;
use crate::accounts::remote_file::RemoteFile;
use crate::accounts::survey::{Survey, USUAL};

/// A file to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TargetFile {
    pub file: RemoteFile,
    /// The other files that the server reads.
    pub also: Vec<String>,
    /// The file of sshd's configuration that names it, if it is not the default one.
    pub named_in: Option<String>,
}

impl TargetFile {
    /// The file that was asked for.
    pub fn named(file: RemoteFile) -> Self {
        Self { file, also: Vec::new(), named_in: None }
    }

    /// The files that the server reads, in the order to try them; the default one goes first.
    ///
    /// # Errors
    ///
    /// [`Error::NoKeysFile`] if it reads none.
    pub fn all(survey: &Survey) -> Result<(Self, Vec<Self>), Error> {
        let files = survey.files();
        let others = |mine: &str| files.iter().filter(|file| *file != mine).cloned().collect();
        let default = Self { file: RemoteFile::Default, also: others(USUAL[0]), named_in: None };
        let Some(config) = &survey.config else {
            // The script knows the paths on OpenWrt and Haiku.
            let also = if files.len() > 1 { default.also } else { Vec::new() };
            return Ok((Self { also, ..default }, Vec::new()));
        };
        if files.iter().any(|file| file == USUAL[0]) {
            return Ok((default, Vec::new()));
        }
        let mut named = files.iter().map(|file| Self {
            file: RemoteFile::Path(file.clone()),
            also: others(file),
            named_in: Some(config.name().to_owned()),
        });
        match named.next() {
            Some(first) => Ok((first, named.collect())),
            None => Err(Error::NoKeysFile { config: config.name().to_owned() }),
        }
    }
}
