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
        find(folder, |name| public(name).filter(|key| is_default(key)))
    }

    /// The default keys in `folder` by their private keys: every `id_*` without an extension, in
    /// order of their names.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn find_default_private(folder: &Path) -> Result<Vec<KeyFile>, Error> {
        find(folder, |name| Some(name).filter(|name| !name.contains('.') && is_default(name)))
    }

    /// Every key in `folder` with both of its files, whatever its name, in order of the names.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn find_pairs(folder: &Path) -> Result<Vec<KeyFile>, Error> {
        let mut found = find(folder, public)?;
        found.retain(|key| key.private_path().is_file());
        Ok(found)
    }
}

/// The key whose public key file has this name.
fn public(name: &str) -> Option<&str> {
    name.strip_suffix(".pub").filter(|key| !key.ends_with("-cert"))
}

fn is_default(key: &str) -> bool {
    key.starts_with("id_")
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
        if let Some(key) = name.to_str().and_then(&key_of) {
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
        std::fs::write(folder.path().join("work"), "").unwrap();
        let pairs = ["id_rsa", "work"].map(|name| KeyFile::new(folder.path().join(name)));
        assert_eq!(KeyFile::find_pairs(folder.path()).unwrap(), pairs);
        assert!(KeyFile::find_defaults(&folder.path().join("missing")).unwrap().is_empty());
    }
}
