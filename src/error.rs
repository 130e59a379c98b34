//! What can go wrong: one word for scripts, one sentence and one next step for a person.
//!
//! Every room words its own failures and implements [`Failure`] for them; [`Error`] carries any of
//! them to the caller without this file knowing the rooms.

use std::fmt;

/// A failure that can be reported: its `Display` is the message, in lower case and without a full
/// stop.
pub trait Failure: std::error::Error + Send + Sync + 'static {
    /// The word that `--json` prints.
    fn kind(&self) -> Kind;

    /// One next step, ready to paste.
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
            /// Every kind, in the order of their words.
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
    Account = "account", "the login worked, but the server opened no session";
    Agent = "agent", "the agent was asked and failed";
    Algorithms = "algorithms", "the server has no algorithm that sshk finds safe";
    BadPermissions = "bad-permissions", "others can reach the private key's file";
    Certificate = "certificate", "a certificate stands where a key was meant";
    Closed = "closed", "the server closed the connection before the end";
    ConcurrentChange = "concurrent-change", "another program changed the file on the server at the same time";
    Config = "config", "a line of ssh_config(5) or an option given with -o is wrong";
    ConfigFile = "config-file", "a configuration file cannot be read";
    ConfigPermissions = "config-permissions", "others can write to the configuration file";
    ConfigRefused = "config-refused", "the configuration refuses this host";
    ConfigUnsupported = "config-unsupported", "the configuration asks for what sshk cannot do yet";
    Connect = "connect", "nothing accepts connections there";
    Destination = "destination", "the text names no host, or a user or host that is not safe to use";
    Exists = "exists", "the file is there already and was not replaced";
    Generation = "generation", "the key could not be made";
    HostKeyChanged = "host-key-changed", "known_hosts has another key for this host";
    HostKeyRevoked = "host-key-revoked", "known_hosts revokes the key that the server showed";
    HostKeyTooSmall = "host-key-too-small", "the host's RSA key has fewer bits than RequiredRSASize asks for";
    HostKeyUnknown = "host-key-unknown", "the host's key is in no known_hosts file and was not accepted";
    Immutable = "immutable", "the file on the server may not be changed (chattr +i, or a policy)";
    Interrupted = "interrupted", "the user interrupted, or the terminal went away";
    Io = "io", "reading or writing a file of this machine failed";
    JsonPlace = "json-place", "the place in the JSON file cannot take a key";
    Key = "key", "the key cannot be written as a public key line";
    KeyRefused = "key-refused", "the server does not take this key";
    KnownHosts = "known-hosts", "a known_hosts file cannot be read or written";
    LastKey = "last-key", "no other key would let anybody into the account";
    Locked = "locked", "another program holds the lock on the server's file";
    MoreRequired = "more-required", "the key is not enough: the server asks for more";
    Name = "name", "the host's name does not resolve";
    NoAnswer = "no-answer", "a question was not answered";
    NoAuthorizedKeysFile = "no-authorized-keys-file", "the server reads no authorized_keys file for the account";
    NoHome = "no-home", "the account has no home folder";
    NoPrivateKey = "no-private-key", "the private half is needed and not here";
    NoResult = "no-result", "the script on the server ended, or the connection, before its answer";
    NoSftp = "no-sftp", "the server offers no SFTP";
    NoSh = "no-sh", "the account has no sh";
    NoSpace = "no-space", "no space or quota is left on the server";
    NoTerminal = "no-terminal", "there is nobody to ask; the hint names the option that answers";
    Nologin = "nologin", "the account is closed for logins";
    NotAFile = "not-a-file", "the name on the server is no regular file";
    NotAFolder = "not-a-folder", "the folder's name on the server is something else";
    NotAKey = "not-a-key", "the file holds no whole key";
    NotAPair = "not-a-pair", "the .pub file is not the other half of the private key";
    NotForwarded = "not-forwarded", "the jump host opens no connection to the host behind it";
    NotFound = "not-found", "there is no such file or folder on this machine";
    NotJson = "not-json", "the file is not JSON";
    NotOffered = "not-offered", "the configuration does not let this key be offered";
    NotProved = "not-proved", "the fresh login that proves the key failed or proved nothing";
    NotPurged = "not-purged", "the lines are out of force and could not be taken out of the file";
    NotRun = "not-run", "the account's shell did not run the script";
    NotSftp = "not-sftp", "what answers as the SFTP server does not speak SFTP";
    NotSsh = "not-ssh", "what answers there is no SSH server";
    Output = "output", "the remote side sent more than is read";
    OwnKey = "own-key", "the key to revoke is the one that logged in";
    PartialLine = "partial-line", "a part of the new line stands on the server and could not be taken back";
    PassphraseNeeded = "passphrase-needed", "the key is encrypted and no passphrase was given";
    PasswordExpired = "password-expired", "the account's password must be changed first";
    PermissionDenied = "permission-denied", "permission denied: at the login, or for the file on the server";
    PrivateInPublic = "private-in-public", "a file that should hold a public key holds a private one; it was not used";
    PrivateKeyText = "private-key-text", "the key's comment holds private key text; it was not sent";
    Protocol = "protocol", "the SSH protocol broke off";
    ProxyCommand = "proxy-command", "the program of ProxyCommand did not start, or ended before the host answered";
    PublicKey = "public-key", "a public key stands where a private one was meant";
    ReadOnly = "read-only", "the file on the server is on a read-only file system";
    SeveralKeys = "several-keys", "the file holds more than one key";
    SftpOnly = "sftp-only", "the account runs no commands, only SFTP";
    SignatureRefused = "signature-refused", "the server takes the key but not its signature";
    StillAccepted = "still-accepted", "the key is out of force in the files, and the server takes it all the same";
    Throttled = "throttled", "the server has too many connections, or takes none from this address for now";
    Timeout = "timeout", "a step took too long; the message names it";
    TooLarge = "too-large", "the file on the server is larger than is read";
    TooManyFailures = "too-many-failures", "the server hung up after as many refused keys and passwords as it allows";
    ToolMissing = "tool-missing", "the account lacks a program that the script needs";
    Unreadable = "unreadable", "the file on the server cannot be read by the account";
    UnsoundKey = "unsound-key", "the key's numbers do not fit together, or are weak";
    UnsupportedKey = "unsupported-key", "a kind or format of key that is not read here";
    Usage = "usage", "what was typed does not make a task";
    Windows = "windows", "the account has a Windows shell, where sshk cannot install";
    WriteFailed = "write-failed", "the file on the server could not be written";
    WrongPassphrase = "wrong-passphrase", "the passphrase does not open the key";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
