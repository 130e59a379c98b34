//! Failures: a word for scripts; a sentence and a next step for people.
//!
//! Every room has its own failures and implements [`Failure`] for them; [`Error`] carries any of
//! them to the caller, and this file knows no room.

use std::fmt;

/// A failure that can be reported: its `Display` is the message, in lower case and without a full
/// stop.
pub trait Failure: std::error::Error + Send + Sync + 'static {
    /// The word that `--json` prints.
    fn kind(&self) -> Kind;

    /// One next step, ready to paste.
    ///
    /// `sshk VERB DESTINATION` in it stands for that command with the destination as it was typed,
    /// and the options that say how it is reached: whoever shows the hint fills them in.
    fn hint(&self) -> Option<String>;
}

/// A failure of the run, or of one host among several.
pub struct Error(Box<dyn Failure>);

impl Error {
    /// The word that `--json` prints.
    pub fn kind(&self) -> Kind {
        self.0.kind()
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// The failure itself, if it is an `F`.
    pub fn downcast_ref<F: Failure>(&self) -> Option<&F> {
        (&*self.0 as &(dyn std::error::Error + 'static)).downcast_ref()
    }
}

impl<F: Failure> From<F> for Error {
    fn from(failure: F) -> Self {
        Self(Box::new(failure))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

macro_rules! kinds {
    ($($variant:ident = $word:literal, $meaning:literal;)*) => {
        /// What kind of failure it is. Kinds are only added: scripts match on their words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = $meaning] $variant,)*
        }

        impl Kind {
            /// Every kind, ordered by word.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that `--json` prints.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// What the kind means, as sshk(1) explains it.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                }
            }
        }
    };
}

kinds! {
    Account = "account", "the login succeeded, but the server opened no session";
    Agent = "agent", "the agent failed";
    Algorithms = "algorithms", "the server offers no algorithm that sshk accepts as secure";
    BadPermissions = "bad-permissions", "other users can read or change the private key file";
    Certificate = "certificate", "the file holds a certificate, not a key";
    Closed = "closed", "the server closed the connection";
    ConcurrentChange = "concurrent-change",
        "another program changed the file at the same time";
    Config = "config", "a line of ssh_config(5), or an option given with -o, is invalid";
    ConfigFile = "config-file", "a configuration file cannot be read";
    ConfigPermissions = "config-permissions", "other users can write to the configuration file";
    ConfigRefused = "config-refused",
        "the configuration refuses connections to this host (RefuseConnection)";
    ConfigUnsupported = "config-unsupported",
        "the configuration needs a feature that sshk does not support";
    Connect = "connect", "no connection to the host could be made";
    Destination = "destination", "the text is not a valid destination";
    Exists = "exists", "the file already exists and was not overwritten";
    ForeignOwner = "foreign-owner",
        "another user controls the path of the file, and it would be root who writes to it";
    Generation = "generation", "the key could not be generated";
    HostKeyBroken = "host-key-broken",
        "the host key is so weak that others can sign with it too";
    HostKeyChanged = "host-key-changed", "the host key is not the one in known_hosts";
    HostKeyRevoked = "host-key-revoked", "known_hosts or RevokedHostKeys revokes the host key";
    HostKeyTooSmall = "host-key-too-small", "the RSA host key is smaller than RequiredRSASize";
    HostKeyUnknown = "host-key-unknown", "the host key is not in known_hosts and was not accepted";
    Immutable = "immutable",
        "the file on the server cannot be changed (chattr +i, or a security policy)";
    Interrupted = "interrupted", "interrupted by the user, or the terminal was closed";
    Io = "io", "a file on this machine could not be read or written";
    JsonPlace = "json-place", "the key cannot be stored at that place in the JSON file";
    Key = "key", "the key cannot be written as a public key line";
    KeyInDocument = "key-in-document",
        "the private key is in a file that holds other things as well";
    KeyRefused = "key-refused", "the server rejected the key";
    KnownHosts = "known-hosts",
        "a file of host keys cannot be read or written, or KnownHostsCommand failed";
    LastKey = "last-key", "no other key could log in to the account";
    Locked = "locked", "another program holds the lock on the file on the server";
    MoreRequired = "more-required",
        "the server accepts the key, but requires another authentication method as well";
    Name = "name", "the host name could not be resolved";
    NoAnswer = "no-answer", "a question was not answered";
    NoAuthorizedKeysFile = "no-authorized-keys-file",
        "the server reads no authorized_keys file for the account";
    NoHome = "no-home", "the account has no home directory";
    NoPrivateKey = "no-private-key", "the private key is needed and was not found";
    NoResult = "no-result", "the connection or the script on the server ended without a result";
    NoSftp = "no-sftp", "the server does not offer SFTP";
    NoSh = "no-sh", "the account has no sh";
    NoSpace = "no-space", "the server has no disk space or quota left";
    NoTerminal = "no-terminal", "there is no terminal to ask on; the hint names an option instead";
    Nologin = "nologin", "the account is closed to logins";
    NotADirectory = "not-a-directory", "the path on the server is not a directory";
    NotAFile = "not-a-file", "the path on the server is not a regular file";
    NotAKey = "not-a-key", "the file holds no complete key";
    NotAPair = "not-a-pair", "the .pub file does not belong to the private key";
    NotForwarded = "not-forwarded", "the jump host could not open the connection to the next host";
    NotFound = "not-found", "there is no such file or directory on this machine";
    NotJson = "not-json", "the file is not valid JSON";
    NotOffered = "not-offered", "the configuration does not allow offering this key";
    NotProved = "not-proved", "the verification login failed";
    NotPurged = "not-purged", "the lines are disabled, but could not be deleted";
    NotRun = "not-run", "the account's shell did not run the script";
    NotSftp = "not-sftp", "the SFTP server of the account does not speak SFTP";
    NotSsh = "not-ssh", "the host answered, but not with SSH";
    Output = "output", "the remote side sent too much output";
    OwnKey = "own-key", "the key to revoke is the one that logged in";
    PartialLine = "partial-line",
        "part of a new line is in the file on the server and could not be removed";
    PassphraseNeeded = "passphrase-needed", "the key is encrypted and no passphrase was given";
    PasswordExpired = "password-expired",
        "the password of the account has expired and must be changed";
    PermissionDenied = "permission-denied",
        "permission denied, at login or for the file on the server";
    PrivateInPublic = "private-in-public",
        "a file that should hold a public key holds a private one; it was not used";
    PrivateKeyText = "private-key-text",
        "the comment of the key holds private key text; it was not sent";
    Protocol = "protocol", "the other side violated the SSH protocol";
    ProxyCommand = "proxy-command",
        "ProxyCommand could not be started, or ended before the host answered";
    PublicKey = "public-key", "the file holds a public key, not a private one";
    ReadOnly = "read-only", "the file on the server is on a read-only file system";
    SeveralKeys = "several-keys", "the file holds more than one key";
    SftpOnly = "sftp-only", "the account allows only SFTP, no commands";
    SignatureRefused = "signature-refused",
        "the server accepted the key but rejected its signature";
    StillAccepted = "still-accepted",
        "the lines are disabled, but the server still accepts the key";
    Throttled = "throttled", "the server limits connections, overall or from this address";
    Timeout = "timeout", "a step took too long; the message names it";
    TooLarge = "too-large", "the file is too large to be read";
    TooManyFailures = "too-many-failures",
        "the server disconnected after too many authentication failures";
    ToolMissing = "tool-missing", "the account lacks a program that the script needs";
    Unreadable = "unreadable", "the account cannot read the file on the server";
    UnsoundKey = "unsound-key", "the key is mathematically invalid or weak";
    UnsupportedKey = "unsupported-key", "the type or format of the key is not supported";
    Usage = "usage", "wrong usage";
    Windows = "windows", "the account has a Windows shell, which is not supported";
    WriteFailed = "write-failed", "the file on the server could not be written";
    WrongPassphrase = "wrong-passphrase", "the passphrase is wrong";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
