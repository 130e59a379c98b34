//! What can go wrong, as one type: every module words its own failures, this file gathers them.

/// A failure of the run, or of one host among several.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Conversion(#[from] crate::keys::convert::Error),
    #[error(transparent)]
    Destination(#[from] crate::hosts::destination::Error),
    #[error(transparent)]
    Identity(#[from] crate::keys::identity::Error),
    #[error(transparent)]
    Install(#[from] crate::accounts::install::Error),
    #[error(transparent)]
    KeyFile(#[from] crate::keys::key_file::Error),
    #[error(transparent)]
    Keygen(#[from] crate::keys::generate::Error),
    #[error(transparent)]
    KnownHosts(#[from] crate::hosts::known_hosts::Error),
    #[error(transparent)]
    NotProved(#[from] crate::accounts::install::NotProved),
    #[error(transparent)]
    Oneline(#[from] crate::keys::oneline::Error),
    #[error(transparent)]
    Prompter(#[from] crate::prompter::Error),
    #[error(transparent)]
    RemoteScript(#[from] crate::accounts::remote_script::Error),
    #[error(transparent)]
    Revoke(#[from] crate::accounts::revoke::Error),
    #[error(transparent)]
    Session(#[from] crate::session::Error),
    #[error(transparent)]
    SshConfig(#[from] crate::hosts::ssh_config::Error),
    #[error(transparent)]
    Survey(#[from] crate::accounts::survey::Error),
}

impl Error {
    /// One word for scripts, from the list in sshk(1).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conversion(error) => error.kind(),
            Self::Destination(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Install(error) => error.kind(),
            Self::KeyFile(error) => error.kind(),
            Self::Keygen(error) => error.kind(),
            Self::KnownHosts(error) => error.kind(),
            Self::NotProved(error) => error.kind(),
            Self::Oneline(error) => error.kind(),
            Self::Prompter(error) => error.kind(),
            Self::RemoteScript(error) => error.kind(),
            Self::Revoke(error) => error.kind(),
            Self::Session(error) => error.kind(),
            Self::SshConfig(error) => error.kind(),
            Self::Survey(error) => error.kind(),
        }
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Conversion(error) => error.hint(),
            Self::Destination(error) => error.hint(),
            Self::Identity(error) => error.hint(),
            Self::Install(error) => error.hint(),
            Self::KeyFile(error) => error.hint(),
            Self::Keygen(error) => error.hint(),
            Self::KnownHosts(error) => error.hint(),
            Self::NotProved(error) => error.hint(),
            Self::Oneline(error) => error.hint(),
            Self::Prompter(error) => error.hint(),
            Self::RemoteScript(error) => error.hint(),
            Self::Revoke(error) => error.hint(),
            Self::Session(error) => error.hint(),
            Self::SshConfig(error) => error.hint(),
            Self::Survey(error) => error.hint(),
        }
    }
}

/// Every word that `kind()` gives, here and in the modules, with what it stands for; words are
/// added, never changed or taken away.
pub const KINDS: &[(&str, &str)] = &[
    ("account", "the login worked, but the server opened no session"),
    ("agent", "the agent was asked and failed"),
    ("algorithms", "the server has no algorithm that sshk finds safe"),
    ("certificate", "a certificate stands where a key was meant"),
    ("closed", "the server closed the connection before the end"),
    ("config", "a line of ssh_config(5) or an option given with -o is wrong"),
    ("config-file", "a configuration file cannot be read"),
    ("config-not-honoured", "the configuration asks for what sshk cannot do yet"),
    ("config-permissions", "others can write to the configuration file"),
    ("config-refused", "the configuration refuses this host"),
    ("connect", "nothing accepts connections there"),
    ("cut-short", "the script on the server ended, or the connection, before its answer"),
    ("denied", "permission denied: at the login, or for the file on the server"),
    ("destination", "the text names no host, or a user or host that is not safe to use"),
    ("exists", "the file is there already and was not replaced"),
    ("generation", "the key could not be made"),
    ("host-key-changed", "known_hosts has another key for this host"),
    ("host-key-revoked", "known_hosts revokes the key that the server showed"),
    ("host-key-too-small", "the host's RSA key has fewer bits than RequiredRSASize asks for"),
    ("host-key-unknown", "the host's key is in no known_hosts file and was not accepted"),
    ("immutable", "the file on the server may not be changed (chattr +i, or a policy)"),
    ("interrupted", "the user interrupted, or the terminal went away"),
    ("io", "reading or writing a file of this machine failed"),
    ("json-place", "the place in the JSON file cannot take a key"),
    ("key", "the key cannot be written as a public key line"),
    ("key-refused", "the server does not take this key"),
    ("known-hosts", "a known_hosts file cannot be read or written"),
    ("last-key", "no other key would let anybody into the account"),
    ("locked", "another program holds the lock on the server's file"),
    ("more-required", "the key is not enough: the server asks for more"),
    ("name", "the host's name does not resolve"),
    ("no-answer", "a question was not answered"),
    ("no-home", "the account has no home folder"),
    ("no-keys-file", "the server reads no authorized_keys file for the account"),
    ("no-private-key", "the private half is needed and not here"),
    ("no-sftp", "the server offers no SFTP"),
    ("no-sh", "the account has no sh"),
    ("no-space", "no space or quota is left on the server"),
    ("no-terminal", "there is nobody to ask; the hint names the option that answers"),
    ("nologin", "the account is closed for logins"),
    ("not-a-file", "the name on the server is no regular file"),
    ("not-a-folder", "the folder's name on the server is something else"),
    ("not-a-key", "the file holds no whole key"),
    ("not-a-pair", "the .pub file is not the other half of the private key"),
    ("not-forwarded", "the jump host opens no connection to the host behind it"),
    ("not-found", "there is no such file or folder on this machine"),
    ("not-json", "the file is not JSON"),
    ("not-offered", "the configuration does not let this key be offered"),
    ("not-proved", "the fresh login that proves the key failed or proved nothing"),
    ("not-purged", "the lines are out of force and could not be taken out of the file"),
    ("not-run", "the account's shell did not run the script"),
    ("not-sftp", "what answers as the SFTP server does not speak SFTP"),
    ("not-ssh", "what answers there is no SSH server"),
    ("output", "the remote side sent more than is read"),
    ("own-key", "the key to revoke is the one that logged in"),
    ("passphrase-needed", "the key is encrypted and no passphrase was given"),
    ("password-expired", "the account's password must be changed first"),
    (
        "private-in-public",
        "a file that should hold a public key holds a private one; it was not used",
    ),
    ("private-key-text", "the key's comment holds private key text; it was not sent"),
    ("protocol", "the SSH protocol broke off"),
    (
        "proxy-command",
        "the program of ProxyCommand did not start, or ended before the host answered",
    ),
    ("public-key", "a public key stands where a private one was meant"),
    ("read-only", "the file on the server is on a read-only file system"),
    ("several-keys", "the file holds more than one key"),
    ("sftp-only", "the account runs no commands, only SFTP"),
    ("signature-refused", "the server takes the key but not its signature"),
    ("still-taken", "the key is out of force in the files, and the server takes it all the same"),
    ("timeout", "a step took too long; the message names it"),
    ("too-large", "the file on the server is larger than is read"),
    (
        "too-many-failures",
        "the server hung up after as many refused keys and passwords as it allows",
    ),
    ("tool-missing", "the account lacks a program that the script needs"),
    ("torn", "a part of the new line stands on the server and could not be taken back"),
    ("turned-away", "the server has too many connections, or takes none from this address for now"),
    ("unreadable", "the file on the server cannot be read by the account"),
    ("unsafe-mode", "others can reach the private key's file"),
    ("unsettled", "another program changed the file on the server at the same time"),
    ("unsound-key", "the key's numbers do not fit together, or are weak"),
    ("unsupported-key", "a kind or format of key that is not read here"),
    ("usage", "what was typed does not make a task"),
    ("windows", "the account has a Windows shell, where sshk cannot install"),
    ("write-failed", "the file on the server could not be written"),
    ("wrong-passphrase", "the passphrase does not open the key"),
];
