//! Which file the key goes into: the one that the server reads.

use super::{Error, RemoteFile};
use crate::accounts::survey::{Survey, USUAL};

/// A file to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: RemoteFile,
    /// What the server reads besides.
    pub also: Vec<String>,
    /// The file of sshd's configuration that names it, where it is not the usual one.
    pub named_in: Option<String>,
}

impl Place {
    /// The file that was asked for.
    pub fn named(file: RemoteFile) -> Self {
        Self { file, also: Vec::new(), named_in: None }
    }

    /// Those the server reads, the first to be tried first; the usual one goes before the others.
    pub fn all(survey: &Survey) -> Result<Vec<Self>, Error> {
        let files = survey.files();
        let others = |mine: &str| files.iter().filter(|file| *file != mine).cloned().collect();
        let usual = Self { file: RemoteFile::Default, also: others(USUAL[0]), named_in: None };
        let Some(config) = &survey.config else {
            // OpenWrt's and Haiku's own places are known to the script.
            return Ok(vec![Self {
                also: if files.len() > 1 { usual.also } else { Vec::new() },
                ..usual
            }]);
        };
        if files.is_empty() {
            return Err(Error::NoKeysFile { config: config.name().to_owned() });
        }
        if files.iter().any(|file| file == USUAL[0]) {
            return Ok(vec![usual]);
        }
        let named_in = Some(config.name().to_owned());
        Ok(files
            .iter()
            .map(|file| Self {
                file: RemoteFile::Path(file.clone()),
                also: others(file),
                named_in: named_in.clone(),
            })
            .collect())
    }
}
