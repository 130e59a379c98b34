//! The text of the man pages beyond the definition of the command line.

/// The text of one page. Backquotes make bold. An empty list of names stands for all of them.
#[derive(Default)]
pub struct Page {
    pub description: &'static [&'static str],
    pub exit_status: &'static [(&'static str, &'static str)],
    /// Fields of the objects that `--json` prints.
    pub json: &'static [(&'static str, &'static str)],
    /// Which of [`ENVIRONMENT`].
    pub environment: &'static [&'static str],
    /// Which of [`FILES`].
    pub files: &'static [&'static str],
}

pub fn of(command: &str) -> Option<Page> {
    Some(match command {
        "keygen" => KEYGEN,
        "show" => SHOW,
        "convert" => CONVERT,
        "oneline" => ONELINE,
        "copy-id" => COPY_ID,
        "test" => TEST,
        "connect" => CONNECT,
        "revoke" => REVOKE,
        "audit" => AUDIT,
        _ => return None,
    })
}

/// When this text last changed in more than its wording.
pub const DATE: &str = "2026-11-27";

pub const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "HOME",
        "The home directory, for `~/.ssh` and everything in it. If it is not set, the passwd entry \
        is used; ssh always uses the passwd entry.",
    ),
    (
        "SSHK_PASSPHRASE",
        "The passphrase of the key, unless an option gives it. Empty means no passphrase.",
    ),
    ("SSHK_PASSWORD", "The password of the account, unless an option gives it."),
    (
        "SSH_AUTH_SOCK",
        "The socket of the agent. A key that the agent holds is used through the agent, without \
        asking for its passphrase.",
    ),
    (
        "SSH_ASKPASS",
        "The program that asks questions if there is no terminal and DISPLAY or WAYLAND_DISPLAY \
        is set. The default is `ssh-askpass` in its usual places.",
    ),
    (
        "SSH_ASKPASS_REQUIRE",
        "`never` disables the program, `prefer` uses it even if there is a terminal, and `force` \
        uses it even if there is no display.",
    ),
    ("NO_COLOR", "If not empty, disables color unless `--color` enables it."),
    (
        "TERM",
        "`dumb` disables color and the progress line. `sshk connect` sends it to the remote \
        terminal.",
    ),
];

pub const FILES: &[(&str, &str)] = &[
    ("~/.ssh", "Created with mode 0700 if it is missing."),
    ("~/.ssh/id_TYPE", "The private key, created with mode 0600."),
    (
        "~/.ssh/id_TYPE.pub",
        "The public key, created with mode 0644. Default keys are looked for under these names.",
    ),
    (
        "~/.ssh/config, /etc/ssh/ssh_config",
        "See `ssh_config`(5). A keyword that sshk does not support is an error if ignoring it \
        could lead to another host or weaken a check; others are ignored, and listed with `-v`.",
    ),
    (
        "~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts",
        "The keys of known hosts. New ones are added to the first file when the user accepts \
        them; it is created with mode 0600.",
    ),
    (
        "~/.ssh/authorized_keys",
        "On the server. A new line is appended in one write, and nothing else in the file changes. \
        If they are missing, the directory is created with mode 0700 and the file with 0600. For \
        root on OpenWrt the file is `/etc/dropbear/authorized_keys`, on Haiku \
        `config/settings/ssh/authorized_keys`.",
    ),
];

const OVER_NETWORK: &[&str] = &[
    "~/.ssh/id_TYPE",
    "~/.ssh/id_TYPE.pub",
    "~/.ssh/config, /etc/ssh/ssh_config",
    "~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts",
];

/// For commands that read or write a key and reach no host.
const OF_KEY_FILES: &[&str] =
    &["HOME", "SSHK_PASSPHRASE", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "NO_COLOR", "TERM"];

const WRONG_USAGE: (&str, &str) = ("2", "Wrong usage; nothing was changed.");
const INTERRUPTED: (&str, &str) = ("130", "Interrupted.");

pub const JSON_ERROR: &str = "With `--json`, every failure is an object with \
    `\"status\": \"failed\"` and `\"error\"`, which has the fields `\"kind\"`, `\"message\"` and \
    `\"hint\"` (one next step, or null). The wording of the message may change; the kind is \
    one of these words:";

pub const SSHK: Page = Page {
    description: &[
        "sshk generates SSH keys, installs them on accounts, verifies that they log in, revokes \
        them, and writes them in the form that other programs need. Options have the letters and \
        meanings of `ssh`, `ssh-keygen` and `ssh-copy-id` where those have them.",
        "Results are printed on standard output, everything else on standard error. Questions are \
        asked on the terminal. Without one, `SSH_ASKPASS` is used as in OpenSSH; otherwise the \
        command fails at once and names the option that answers the question.",
        "A passphrase or password comes from its option, then from the environment, then from the \
         agent if it can help; otherwise sshk asks for it.",
    ],
    exit_status: &[
        ("0", "Success."),
        ("1", "Something failed; with several destinations, at least one of them."),
        WRONG_USAGE,
        INTERRUPTED,
        ("255", "`sshk connect` only: the connection failed."),
    ],
    json: &[],
    environment: &[],
    files: &[],
};

const KEYGEN: Page = Page {
    description: &[
        "Generates a key pair and writes the private key to FILE and the public key to FILE.pub. \
        Either both files are complete or neither exists. An existing file is not overwritten \
        without `--force` or a yes on the terminal.",
        "On a terminal, it asks for the file name unless `-f`, `-N`, `--passphrase-file`, \
        `--if-missing` or `--json` is given, and for the passphrase, twice, unless an option or \
        the environment gives it. An empty passphrase means none.",
        "`-m pem` writes PKCS#1 (BEGIN RSA PRIVATE KEY) or SEC1 (BEGIN EC PRIVATE KEY), the \
        formats that access gateways and older programs accept. Its encryption is weak: the key \
        is derived from the passphrase with a single round of MD5. `-m pkcs8` and `-m openssh` \
        protect a passphrase better.",
    ],
    exit_status: &[
        ("0", "The key was generated or, with `--if-missing`, already existed."),
        ("1", "The file already exists, or could not be written."),
        WRONG_USAGE,
        ("130", "Interrupted; nothing was written."),
    ],
    json: &[
        ("path, public_path", "The two files, as absolute paths."),
        ("algorithm, fingerprint, comment", "Of the public key."),
        ("created", "false if `--if-missing` found an existing key."),
        ("bits, format, encrypted", "Only if the key was generated."),
    ],
    environment: OF_KEY_FILES,
    files: &["~/.ssh", "~/.ssh/id_TYPE", "~/.ssh/id_TYPE.pub"],
};

const SHOW: Page = Page {
    description: &[
        "Shows what each file is: algorithm, bits, fingerprint, comment, format, encryption, mode, \
        and whether the `.pub` file beside it belongs to it. Then it shows which programs accept \
        the file as it is (OpenSSH, WebSSH2, Segura, Ubuntu One, programs that read only PEM), \
        with a command that makes a file for each one that does not. For a damaged file, it says \
        what is wrong.",
        "It reads the formats of OpenSSH, PKCS#1, SEC1 and PKCS#8, PuTTY's .ppk versions 2 and 3, \
        and public keys in the OpenSSH, RFC 4716 and PEM formats. It asks for a passphrase only if \
        neither the file nor its `.pub` file tells which key it is.",
    ],
    exit_status: &[
        ("0", "Every file is a key, and nothing is wrong with it."),
        ("1", "At least one file is not a key, or something is wrong with it."),
        ("2", "Wrong usage; nothing was read."),
        INTERRUPTED,
    ],
    json: &[
        (
            "path, kind, algorithm, bits, fingerprint, comment",
            "What the file is; null if the file does not tell.",
        ),
        (
            "format, encryption, mode",
            "How the key is stored. `encryption` has the fields `cipher` and `kdf`, or is null.",
        ),
        (
            "document",
            "Only if the file holds other things as well: what the key is in, `kind` and, if the key is a \
            value with a name, that name or pointer as `at`.",
        ),
        ("pair", "`path` and `status` of the other file of the pair."),
        (
            "consumers",
            "For each program its `name`, whether it accepts the file (`accepts`) and, if not, the \
            `reason` and a `command` that helps.",
        ),
        ("problems", "What is wrong with the file."),
    ],
    environment: OF_KEY_FILES,
    files: &[],
};

const CONVERT: Page = Page {
    description: &[
        "Writes a key in another format, with another passphrase or comment, or repaired. It reads \
        every format that `sshk show` reads.",
        "Without `-f`, the file is replaced in one atomic step and keeps its mode and owner: \
        whatever happens, either the old key or the new one is there. `-f` writes a new file and \
        never overwrites one. A passphrase is removed only with `--no-passphrase`.",
        "`--repair` undoes what pasting, editors and secrets stores do to a key. If part of the \
        key is missing, it says so and writes nothing.",
    ],
    exit_status: &[
        ("0", "The key was written."),
        ("1", "The key could not be read or written; existing files are unchanged."),
        ("2", "Wrong usage; nothing was read."),
        ("130", "Interrupted; either the old file or the new one is there, complete."),
    ],
    json: &[],
    environment: OF_KEY_FILES,
    files: &[],
};

const ONELINE: Page = Page {
    description: &[
        "Prints a private key as a JSON string, with `\\n` for each newline: by default as the \
        member `\"privateKey\": \"...\"` of WebSSH2's config.json, or with `--as json` the string \
        alone, which equals the output of `jq -Rs .`. Other formats are for .env files, shells, \
        YAML, and base64.",
        "`--into` stores the key in a JSON file, at `/user/privateKey` or where `--at` says, and \
        keeps every other byte of the file. `--decode` does the reverse: it prints the key file \
        from any of these formats, or from a key that was damaged by pasting.",
        "Anything but exactly one complete private key is rejected, and nothing is printed. CRLF \
        line endings and a byte order mark are normalized. An encrypted key stays encrypted.",
        "`to-json-line` is another name for this command.",
    ],
    exit_status: &[
        ("0", "The line was printed, or the key was stored in the file."),
        (
            "1",
            "There is no complete private key, or the result could not be written; nothing was \
            printed.",
        ),
        ("2", "Wrong usage; nothing was read."),
        INTERRUPTED,
    ],
    json: &[],
    environment: &["HOME", "NO_COLOR", "TERM"],
    files: &["~/.ssh/id_TYPE", "~/.ssh/id_TYPE.pub"],
};

const COPY_ID: Page = Page {
    description: &[
        "Appends a public key to the authorized_keys file of each account, reads the file back, \
        and verifies the key with a new login that uses this key and nothing else. A key that is \
        already there, whatever its comment or options, is not added again.",
        "The key is the one named by `-i`, or else the one that ssh would use for the \
        destination: an IdentityFile of ssh_config, or the only one of the default files and the \
        agent's keys. If there are several, sshk asks; without a terminal it lists them. The \
        private key is not needed for installing, and is never sent.",
        "To install, it logs in with the key itself, the key of `--login-key`, the keys that ssh \
        would use or a password, which is asked for once for all destinations. If the key logs in \
        already from elsewhere (AuthorizedKeysCommand, another file), nothing is written without \
        `-f`.",
        "The key goes into the file that the server reads. If the account can read the \
        configuration of sshd, sshd itself is asked (`sshd -T`), with the options it was started \
        with and for this user and address; a file other than the default is printed together \
        with the setting that names it. Otherwise the file is `~/.ssh/authorized_keys`.",
        "If the key is installed but does not log in, it logs in again, finds the reason and \
        prints it: a setting of sshd, a file that sshd does not read, permissions or owners \
        (StrictModes), options in front of the key, an invalid line, SELinux. If the reason is \
        write permission for group or others, `--fix-perms` removes it, prints the former modes, \
        and verifies the key again.",
        "For a host that is not in known_hosts, the fingerprint is shown and the user is asked; \
        without a terminal the host is rejected unless `--accept-new` is given. A changed host \
        key is always rejected. No password or key is offered to the host before that.",
    ],
    exit_status: &[
        ("0", "The key is on every account, and verified unless `--no-verify` or `-n` was given."),
        ("1", "At least one account failed; the last line has a command that retries those."),
        WRONG_USAGE,
        INTERRUPTED,
    ],
    json: &[
        ("destination", "As typed."),
        (
            "status",
            "`installed`; `present`: it was there already; `present-restricted`: it was there \
            already, behind options such as `from=` or `command=`; `elsewhere`: it logs in \
            already, not by a line that sshk can see, and nothing was written; `would-install` \
            with `-n`; `failed`.",
        ),
        ("fingerprint", "Of the key."),
        ("file", "The file on the server."),
        (
            "verified",
            "`login`: a login with this key alone succeeded; `partial`: the key was accepted, but \
            the server requires something else as well, such as a password; `offer`: the server \
            says that it accepts the key, but there is no private key here to log in with; \
            `ambiguous`: the key was accepted before the line was written, so that a login proves \
            nothing about it; null: not verified.",
        ),
        (
            "changed_modes",
            "With `--fix-perms`, each `path` whose mode was changed, and its former `mode`; with \
            `-n`, those that would be changed.",
        ),
    ],
    environment: &[],
    files: &[
        "~/.ssh/id_TYPE",
        "~/.ssh/id_TYPE.pub",
        "~/.ssh/config, /etc/ssh/ssh_config",
        "~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts",
        "~/.ssh/authorized_keys",
    ],
};

const TEST: Page = Page {
    description: &[
        "Logs in to each account with a key and nothing else: no other key of the agent, no \
        other file, no password. It runs `echo` in a session and prints the key, the signature \
        algorithm, the server and the time, or the step that failed and what the server would \
        accept. An account that lets the key in but runs nothing (an expired password, nologin, a \
        forced command) is reported with what it said.",
        "The key is the one named by `-i`. Without `-i`, the keys that ssh would use are tried in \
        its order: those of IdentityFile, or the default files and the agent's keys. The output \
        says which of them logged in. The agent may sign for a key.",
        "As with `ssh -i KEY`, a certificate for the key is tried first: `KEY-cert.pub` beside it, \
        a CertificateFile, or one that the agent holds; the output says which of them logged in. \
        `-i KEY.pub` tests the key alone, and `-i KEY-cert.pub` the certificate alone.",
    ],
    exit_status: &[
        ("0", "The key logs in to every account."),
        ("1", "The key does not log in to at least one account, or the account runs nothing."),
        WRONG_USAGE,
        INTERRUPTED,
    ],
    json: &[
        ("destination", "As typed."),
        ("status", "`ok` or `failed`."),
        ("fingerprint", "Of the key."),
        ("algorithm", "Of the signature that the server accepted."),
        (
            "certificate",
            "`key_id`, `serial` and `authority` of the certificate that logged in; null if the \
            key itself did.",
        ),
        ("server", "The version string of the server."),
        ("address", "The address and port that was reached; null behind a jump host or proxy."),
        ("seconds", "From looking up the name to the open session."),
    ],
    environment: &[
        "HOME",
        "SSHK_PASSPHRASE",
        "SSH_AUTH_SOCK",
        "SSH_ASKPASS",
        "SSH_ASKPASS_REQUIRE",
        "NO_COLOR",
        "TERM",
    ],
    files: OVER_NETWORK,
};

const CONNECT: Page = Page {
    description: &[
        "Opens a shell on the account, or runs a command there with its standard input, output \
        and error and its exit status, as `ssh` does. Keys, agent and password are tried in the \
        same order as with `ssh`.",
        "At the start of a line, `~.` closes the connection and `~?` lists the escapes; `-e` sets \
        another escape character, or none.",
    ],
    exit_status: &[
        ("0 to 255", "That of the remote command."),
        ("2", "Also: wrong usage; nothing was changed."),
        ("130", "Also: interrupted before the session."),
        ("255", "Also: the connection failed, or a signal killed the remote command."),
    ],
    json: &[],
    environment: &[],
    files: OVER_NETWORK,
};

const REVOKE: Page = Page {
    description: &[
        "Disables every line that holds the key, in every file that the server reads: the first \
        byte of the line becomes `#`, in place. No other byte changes or moves, even if another \
        program appends to the file at the same time; links, owner, mode and attributes stay the \
        same. If the key was glued to the end of another line, only that part of the line is \
        disabled.",
        "Each byte is checked before it is changed, and the file is read back afterwards. Then a \
        new connection verifies that the server rejects the key. If the server still accepts it \
        (another file, AuthorizedKeysCommand), the command fails and says so.",
        "It logs in without the key: with other keys, or a password. The key that logs in here, \
        and the last key that can log in, are kept unless `--force` is given.",
        "`--purge` then deletes the lines that were disabled in this way, by replacing the file \
        with a copy. It refuses if the copy could lose something: for a symlink, hard links, an \
        access control list, another owner, or an account without a shell. Lines that were \
        commented out by hand are kept.",
    ],
    exit_status: &[
        (
            "0",
            "The key is disabled everywhere and the server rejects it, or it was not found. With \
             `-n`: nothing would prevent this.",
        ),
        ("1", "At least one account failed; the last line has a command that retries those."),
        WRONG_USAGE,
        INTERRUPTED,
    ],
    json: &[
        ("destination", "As typed."),
        ("status", "`revoked`, `absent`, `would-revoke` with `-n`, or `failed`."),
        ("fingerprint", "Of the key."),
        ("files", "The files that were searched."),
        (
            "lines",
            "Each `file` and `line` (its number) that was disabled or would be, whether it was \
            `in_force`, and whether the key is only `part_of_line`.",
        ),
        ("purged", "Each `file` and `line` that was deleted, numbered as before."),
        ("verified", "`refused`: the server rejects the key; null with `-n`."),
    ],
    environment: &[],
    files: OVER_NETWORK,
};

const AUDIT: Page = Page {
    description: &[
        "Logs in to each account and lists every line of the authorized_keys files that its \
        server reads, in the order in which the server reads them: keys in force, certificate \
        authorities, and lines that do not let anyone log in, with the reason. It parses them as \
        sshd does: quotes in options, `#` only at the start of a line, and no line with an option \
        or value that sshd rejects. Nothing is changed.",
        "It logs in as `sshk connect` does. If the account can read the configuration of sshd, \
        sshd itself is asked which files it reads (`sshd -T`); otherwise the default files are \
        read. Other ways to log in, such as AuthorizedKeysCommand and TrustedUserCAKeys, are \
        reported but not listed.",
        "Findings: DSA keys; RSA keys with fewer than 2048 bits, with exponent 1, with an even \
        modulus, or vulnerable to ROCA (CVE-2017-15361); Debian's weak keys of 2008 \
        (CVE-2008-0166), if the lists of the package openssh-blacklist are installed here in \
        `/usr/share/ssh` or `/etc/ssh`; duplicate keys; dead lines; an `expiry-time` that has \
        passed; a key glued to the comment of another; permissions and owners that let others \
        write; a file that cannot be read.",
        "Remarks: RSA keys with fewer than 3072 bits; an `expiry-time` of today, which depends on \
        the time zone of the server; a key in force on several of the destinations; other ways to \
        log in. Remarks do not count for `--strict`.",
        "With a `cert-authority` key, everyone who has a certificate that it signed can log in. A \
         key with an option that restricts it, such as `from=`, is still in force.",
    ],
    exit_status: &[
        ("0", "Every account was read and, with `--strict`, there are no findings."),
        (
            "1",
            "At least one account was not read, and the last line has a command that retries \
            those; or, with `--strict`, there are findings.",
        ),
        WRONG_USAGE,
        INTERRUPTED,
    ],
    json: &[
        ("destination", "As typed; null for `shared`."),
        (
            "status",
            "`in-force`; `authority`; `dead`; `file` and `server`, for findings about a whole file \
            or the server; `shared`, at the end, for a key in force on several `destinations`; \
            `failed`.",
        ),
        ("file, line", "Where the key is; lines are numbered from 1. Null if not about a line."),
        (
            "algorithm, bits, fingerprint, options, comment",
            "Of the key, unabridged; null if sshd finds no key in the line.",
        ),
        ("why", "Why the line is dead; else null."),
        (
            "findings",
            "Each with `kind`, `level` (`finding` or `remark`) and `message`. Kinds about lines: \
            `dead-line`, `debian-2008`, `dsa`, `duplicate`, `expired`, `expiry`, `glued`, `roca`, \
            `rsa-bits`, `rsa-exponent`, `rsa-modulus`; about files: `not-a-file`, `too-large`, \
            `unreadable`, `bad-permissions`; about servers: `keys-off`, \
            `no-authorized-keys-file`, `other-keys`, `usual-files`; and `shared`.",
        ),
    ],
    environment: &[],
    files: OVER_NETWORK,
};
