//! Which files are read, and which are refused.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sshk::error::Failure;
use sshk::hosts::ssh_config::{
    Argument, CommandLine, ConfigFile, Endpoint, Error, Surroundings, resolve,
};

use crate::ssh_config::{Case, surroundings};

/// A home directory with its files, and the files of a system.
fn home(user: &str, system: &str) -> (tempfile::TempDir, Surroundings) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write(".ssh/config", user);
    write("etc/ssh_config", system);
    write(".ssh/conf.d/x.conf", "Host web1\nPort 77\n");
    write("etc/conf.d/y.conf", "Host *\nUser system\n");
    let surroundings = Surroundings {
        home: folder.path().to_owned(),
        system_config: folder.path().join("etc/ssh_config"),
        ..surroundings()
    };
    (folder, surroundings)
}

fn web1(surroundings: &Surroundings) -> Result<Endpoint, Error> {
    resolve(&"web1".parse().unwrap(), &CommandLine::default(), surroundings)
}

#[test]
fn the_users_file_overrides_the_systems_and_relative_includes_are_next_to_each() {
    let (folder, surroundings) =
        home("Include conf.d/*.conf\nHost web1\nPort 1\n", "Include conf.d/*\nPort 2\nUser late\n");
    let endpoint = web1(&surroundings).unwrap();
    assert_eq!((endpoint.port, endpoint.user.as_str()), (77, "system"));
    assert!(endpoint.identity_files_are_default);
    assert_eq!(endpoint.identity_files[0], folder.path().join(".ssh/id_rsa"));
    assert_eq!(endpoint.user_known_hosts_files[0], folder.path().join(".ssh/known_hosts"));
    assert_eq!(endpoint.global_known_hosts_files[0], folder.path().join("etc/ssh_known_hosts"));
    let none = CommandLine { config: ConfigFile::None, ..Default::default() };
    assert_eq!(resolve(&"web1".parse().unwrap(), &none, &surroundings).unwrap().port, 22);
    std::fs::remove_dir_all(folder.path().join(".ssh")).unwrap();
    std::fs::remove_dir_all(folder.path().join("etc")).unwrap();
    assert_eq!(web1(&surroundings).unwrap().port, 22);
}

#[test]
fn only_the_users_file_can_include_by_tilde() {
    let (_folder, surroundings) = home("Include ~/.ssh/conf.d/*.conf\n", "");
    assert_eq!(web1(&surroundings).unwrap().port, 77);
    let (folder, surroundings) = home("", "Include ~/.ssh/conf.d/*.conf\n");
    let wanted = format!(
        "{}/etc/ssh_config:1: Include: ~ cannot be used in a system file",
        folder.path().display()
    );
    assert_eq!(web1(&surroundings).unwrap_err().to_string(), wanted);
}

#[test]
fn a_file_that_others_can_write_is_refused() {
    let (folder, surroundings) = home("Include conf.d/x.conf\n", "Port 2\n");
    for (name, refused) in
        [(".ssh/conf.d/x.conf", true), (".ssh/config", true), ("etc/ssh_config", false)]
    {
        let path = folder.path().join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        match web1(&surroundings) {
            Err(error) => {
                let owner = path.metadata().unwrap().uid();
                let wanted = format!(
                    "{}: Bad owner or permissions (owner {owner}, mode 0664); the file was not \
                    used",
                    path.display()
                );
                assert_eq!(error.to_string(), wanted);
                assert_eq!(
                    (error.kind().as_str(), error.hint().unwrap()),
                    ("config-permissions", format!("chmod go-w {}", path.display()))
                );
                assert!(refused, "{name}");
            }
            Ok(_) => assert!(!refused, "{name}"),
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_file_given_with_f_must_exist_and_dev_null_counts_as_empty() {
    let of = |path: &Path| {
        let line = CommandLine { config: ConfigFile::File(path.to_owned()), ..Default::default() };
        resolve(&"web1".parse().unwrap(), &line, &surroundings())
    };
    assert_eq!(of(Path::new("/dev/null")).unwrap().port, 22);
    assert_eq!(
        of(Path::new("/dev/zero")).unwrap_err().to_string(),
        "/dev/zero is not a regular file; it was not read"
    );
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    assert_eq!(
        of(&missing).unwrap_err().to_string(),
        format!("cannot read {}: no such file or directory", missing.display())
    );
    assert!(matches!(of(folder.path()), Err(Error::NotAFile { .. })));
}

#[test]
fn identity_files_of_the_command_line_come_in_its_order_and_expand_no_tokens() {
    let mut case = Case::new("IdentityFile /c\nIdentityFile ~/d\n", "web1");
    case.line.arguments = vec![
        Argument::IdentityFile("/a%h".into()),
        Argument::Option("IdentityFile=/o".into()),
        Argument::IdentityFile("~/b".into()),
    ];
    let endpoint = case.resolve().unwrap();
    let home = surroundings().home;
    assert_eq!(
        endpoint.identity_files,
        [PathBuf::from("/a%h"), "/o".into(), home.join("b"), "/c".into(), home.join("d")]
    );
    assert!(!endpoint.identity_files_are_default);
}
