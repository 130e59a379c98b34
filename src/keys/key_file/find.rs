//! The keys a user has, if none was named.

use std::io;
use std::path::Path;

use super::error::Error;
use super::names::KeyFile;

impl KeyFile {
    /// The default keys in `folder` (`~/.ssh`): every `id_*.pub`, except certificates, in order of
    /// their names. A missing directory has none.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn find_defaults(folder: &Path) -> Result<Vec<KeyFile>, Error> {
        find(folder, |name| name.strip_suffix(".pub").filter(|key| !key.ends_with("-cert")))
    }

    /// The default keys in `folder` by their private keys: every `id_*` without an extension, in
    /// order of their names.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn find_default_private(folder: &Path) -> Result<Vec<KeyFile>, Error> {
        find(folder, |name| (!name.contains('.')).then_some(name))
    }
}

fn find(folder: &Path, key_of: impl Fn(&str) -> Option<&str>) -> Result<Vec<KeyFile>, Error> {
    let failed = |source| Error::Io {
        path: folder.to_owned(),
        doing: "reading the directory failed",
        source,
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if let Some(key) = name.to_str().and_then(&key_of).filter(|key| key.starts_with("id_")) {
            names.push(key.to_owned());
        }
    }
    names.sort();
    Ok(names.into_iter().map(|name| KeyFile::new(folder.join(name))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_and_other_names_are_not_default_keys() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["id_rsa", "id_rsa.pub", "id_ed25519.pub", "id_rsa-cert.pub", "work.pub", "known_hosts"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = KeyFile::find_defaults(folder.path()).unwrap();
        let names: Vec<_> =
            found.iter().map(|key| key.path().file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["id_ed25519", "id_rsa"]);
        assert_eq!(
            KeyFile::find_default_private(folder.path()).unwrap(),
            [KeyFile::new(folder.path().join("id_rsa"))]
        );
        assert!(KeyFile::find_defaults(&folder.path().join("missing")).unwrap().is_empty());
    }
}
