//! What the caller of an installation decides.

use crate::accounts::remote_file::RemoteFile;

/// How to install.
#[derive(Clone, Debug)]
pub struct InstallOptions {
    /// The file that gets the line.
    pub file: RemoteFile,
    /// What writes it.
    pub method: InstallMethod,
    /// Change nothing; report what would be changed.
    pub dry_run: bool,
    /// Verify the key by a separate login.
    pub verify: bool,
    /// If sshd would ignore the key because of them, and the account can change them, remove group
    /// and other write permission.
    pub fix_permissions: bool,
    /// Try to log in with the key itself first: if it is installed already, no password is asked
    /// for.
    pub try_key_first: bool,
    /// As root, write even where another user controls the path of the file.
    pub force: bool,
}

impl Default for InstallOptions {
    fn default() -> Self {
        Self {
            file: RemoteFile::Default,
            method: InstallMethod::Exec,
            dry_run: false,
            verify: true,
            fix_permissions: false,
            try_key_first: true,
            force: false,
        }
    }
}

/// What installs the key on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstallMethod {
    /// One command, or SFTP on the same connection if the account runs no commands.
    #[default]
    Exec,
    /// SFTP alone: no command is run.
    Sftp,
}
