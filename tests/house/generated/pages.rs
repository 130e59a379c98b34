//! What the man pages say beyond the definition of the command line.

/// One page's own text. Backquotes make bold. Where a list of names is empty, the page has all of
/// them.
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

/// When this text changed last in more than its wording.
pub const DATE: &str = "2026-11-21";

pub const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "HOME",
        "The home folder, for `~/.ssh` and all below it. ssh goes by the passwd entry instead; \
        where HOME is not set, so does sshk.",
    ),
    ("SSHK_PASSPHRASE", "The key's passphrase, where no option gives it. Empty for none."),
    ("SSHK_PASSWORD", "The account's password, where no option gives it."),
    (
        "SSH_AUTH_SOCK",
        "The agent's socket. A key that the agent holds signs there, and its passphrase is not \
        asked for.",
    ),
    (
        "SSH_ASKPASS",
        "The program that asks where there is no terminal and DISPLAY or WAYLAND_DISPLAY is set; \
        where it is not set, `ssh-askpass` in its \
         usual places.",
    ),
    (
        "SSH_ASKPASS_REQUIRE",
        "`never`: no program asks. `prefer`: it asks before a terminal that is there. `force`: \
        the same, also without a display.",
    ),
    ("NO_COLOR", "Not empty: no colour, unless `--color` says otherwise."),
    (
        "TERM",
        "`dumb`: no colour and no moving progress line. `sshk connect` gives it to the remote \
        terminal.",
    ),
];

pub const FILES: &[(&str, &str)] = &[
    ("~/.ssh", "Made with mode 0700 where it is missing."),
    ("~/.ssh/id_TYPE", "The private key, mode 0600 from its first byte."),
    (
        "~/.ssh/id_TYPE.pub",
        "The public key, mode 0644. These names are where the default key is looked for.",
    ),
    (
        "~/.ssh/config, /etc/ssh/ssh_config",
        "See `ssh_config`(5). Keywords that would change who is reached or how strictly, and are \
        not honoured yet, are refused by name; what \
         is passed over is named under `-v`.",
    ),
    (
        "~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts",
        "The keys of hosts. New ones are added to the first when the user accepts them; it is \
        made with mode 0600.",
    ),
    (
        "~/.ssh/authorized_keys",
        "On the server. One line is appended to it in one write; nothing else in it is changed. \
        Its folder is made with mode 0700 and the file \
         with 0600 where they are missing. For root on OpenWrt it is \
         `/etc/dropbear/authorized_keys`, on Haiku \
         `config/settings/ssh/authorized_keys`.",
    ),
];

const OVER_NETWORK: &[&str] = &[
    "~/.ssh/id_TYPE",
    "~/.ssh/id_TYPE.pub",
    "~/.ssh/config, /etc/ssh/ssh_config",
    "~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts",
];

pub const JSON_ERROR: &str = "With `--json` every failure is an object with \
    `\"status\": \"failed\"` and `\"error\"`, which holds `\"kind\"`, \
     `\"message\"` and `\"hint\"` (one next step, or null). The message is for people and may \
     change; the kind is one of these words:";

pub const SSHK: Page = Page {
    description: &[
        "sshk makes an SSH key, installs it on accounts, proves that it logs in, and hands it \
        over on one line to programs that want it in \
         their configuration. Its options have the letters and meanings of `ssh`, `ssh-keygen` \
         and `ssh-copy-id` wherever those have them.",
        "Standard output carries data only; what is said to a person goes to standard error. \
        Questions go to the terminal itself. Where there \
         is none, `SSH_ASKPASS` is asked as OpenSSH does; otherwise the command fails at once and \
         says which option gives the answer.",
        "A secret comes from the option that is given, else from the environment, else from the \
        agent where that serves, else from a question.",
    ],
    exit_status: &[
        ("0", "All is as asked."),
        ("1", "Something failed; of several destinations, at least one."),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted."),
        ("255", "`sshk connect` only: the connection failed."),
    ],
    json: &[],
    environment: &[],
    files: &[],
};

const KEYGEN: Page = Page {
    description: &[
        "Makes a private key and its public key in FILE and FILE.pub. Both are whole or not there \
        at all, and a file that is there already is \
         not touched without `--force` or a yes at the question.",
        "On a terminal it asks for the file, unless `-f`, `-N`, `--passphrase-file`, \
        `--if-missing` or `--json` is given, and twice for the \
         passphrase, unless an option or the environment gives it. An empty passphrase is none.",
        "`-m pem` writes PKCS#1 (BEGIN RSA PRIVATE KEY) or SEC1 (BEGIN EC PRIVATE KEY), the forms \
        that access gateways and older programs \
         take; an ed25519 key has no such form. A passphrase protects it by one round of MD5 \
         only: `-m pkcs8` and `-m openssh` are better. \
         Values of `-t` and `-m` are taken in any case.",
    ],
    exit_status: &[
        ("0", "The pair is there; with `--if-missing` also where it was there before."),
        ("1", "The file is there already, or could not be written."),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted; nothing was written."),
    ],
    json: &[
        ("path, public_path", "The files, as absolute paths."),
        ("algorithm, fingerprint, comment", "What the public key is."),
        ("created", "false where `--if-missing` found the key."),
        ("bits, format, encrypted", "Where the key was created."),
    ],
    environment: &[
        "HOME",
        "SSHK_PASSPHRASE",
        "SSH_ASKPASS",
        "SSH_ASKPASS_REQUIRE",
        "NO_COLOR",
        "TERM",
    ],
    files: &["~/.ssh", "~/.ssh/id_TYPE", "~/.ssh/id_TYPE.pub"],
};

const SHOW: Page = Page {
    description: &[
        "Says what each file is: algorithm, bits, fingerprint, comment, format, encryption, mode, \
        and whether the `.pub` beside it is its \
         pair. Then which programs take it as it stands (OpenSSH, WebSSH2, Segura, Ubuntu One, \
         loaders that read PEM only), with the command \
         that mends each no. Of a damaged file it says in one sentence what is wrong.",
        "It reads OpenSSH's format, PKCS#1, SEC1 and PKCS#8, PuTTY's .ppk 2 and 3, and public \
        keys as an OpenSSH line, RFC 4716 or PEM. A \
         passphrase is asked for only where neither the file nor its `.pub` tells which key it is.",
    ],
    exit_status: &[
        ("0", "Every file is a key, and nothing is wrong with it."),
        ("1", "At least one is not, or something is wrong with it; each was named."),
        ("2", "Wrong usage; nothing was read."),
        ("130", "Interrupted."),
    ],
    json: &[
        (
            "path, kind, algorithm, bits, fingerprint, comment",
            "What the file is; null where it does not tell.",
        ),
        (
            "format, encryption, mode",
            "How it lies on the disk; `encryption` holds `cipher` and `kdf`, or is null.",
        ),
        ("pair", "`path` and `status` of the other half."),
        (
            "consumers",
            "For each program `name`, `takes`, and where it does not `reason` and `command`.",
        ),
        ("problems", "What is wrong with the file."),
    ],
    environment: &[
        "HOME",
        "SSHK_PASSPHRASE",
        "SSH_ASKPASS",
        "SSH_ASKPASS_REQUIRE",
        "NO_COLOR",
        "TERM",
    ],
    files: &[],
};

const CONVERT: Page = Page {
    description: &[
        "Writes a key in another format, with another passphrase, another comment, or mended. It \
        reads every format that `sshk show` knows.",
        "Without `-f` the file itself is replaced in one step and keeps its mode and owner: \
        whatever happens, the old key or the new one is \
         there. `-f` makes a new file and never replaces one. A passphrase is never dropped \
         unless `--no-passphrase` says so.",
        "`--repair` undoes what pasting, editors and secrets stores do to a key, when nothing is \
        missing. What is missing is said to be \
         missing, and nothing is written.",
    ],
    exit_status: &[
        ("0", "The key was written."),
        ("1", "It could not be read or written; what was there is as it was."),
        ("2", "Wrong usage; nothing was read."),
        ("130", "Interrupted; the old file or the new one is there, whole."),
    ],
    json: &[],
    environment: &[
        "HOME",
        "SSHK_PASSPHRASE",
        "SSH_ASKPASS",
        "SSH_ASKPASS_REQUIRE",
        "NO_COLOR",
        "TERM",
    ],
    files: &[],
};

const ONELINE: Page = Page {
    description: &[
        "Prints a private key as a JSON string, its newlines as `\\n`: by default as the member \
        `\"privateKey\": \"...\"` that WebSSH2's \
         config.json takes, with `--as json` as the string alone, equal to `jq -Rs .` of the \
         file. Other forms are for .env files, shells, \
         YAML, and base64.",
        "`--into` puts the key into a JSON file, at `/user/privateKey` or where `--at` points; \
        every other byte of the file stays. `--decode` \
         goes the other way: out of any of these forms, or a key that pasting has damaged, it \
         prints the key file.",
        "The input is read as a key first: what is not one whole private key is refused, and \
        nothing is printed. CRLF and a byte order mark \
         are normalised. An encrypted key stays encrypted.",
        "`to-json-line` is another name of this command.",
    ],
    exit_status: &[
        ("0", "The line was printed, or the file holds the key."),
        (
            "1",
            "There is no whole private key, or the file could not be written; standard output is \
            empty.",
        ),
        ("2", "Wrong usage; nothing was read."),
        ("130", "Interrupted."),
    ],
    json: &[],
    environment: &["HOME", "NO_COLOR", "TERM"],
    files: &["~/.ssh/id_TYPE", "~/.ssh/id_TYPE.pub"],
};

const COPY_ID: Page = Page {
    description: &[
        "Appends a public key to the authorized_keys of each account, reads it back, and proves \
        it by a fresh login with that key and nothing \
         else. Where the key is there already, whatever its comment or options, no second line is \
         written.",
        "The key is the one that `-i` names by either half; without `-i` the one key that \
        `~/.ssh` holds. The private half is not needed to \
         install, and is never sent. The login that installs is made with the key itself, the \
         agent's keys, the default keys or a password, \
         which is asked for once for all destinations.",
        "The key goes into the file that the server reads: where the account can read sshd's \
        configuration, sshd itself is asked \
         (`sshd -T`), with the options it was started with and for this user and address; a file \
         other than the usual one is named \
         with the setting that names it. Elsewhere it is `~/.ssh/authorized_keys`.",
        "Where the key is written and does not log in, another login looks for the reason and \
        names it: a setting of sshd, a file that \
         is not read, modes or owners (StrictModes), options before the key, a dead line, \
         SELinux. `--fix-perms` takes the right to \
         write from group and others where that is the reason and the account may, says what it \
         changed, and proves the key again.",
        "A host that is not in known_hosts is shown with its fingerprint and asked about; without \
        a terminal it is refused unless \
         `--accept-new` is given. A changed host key is always refused. No password or key is \
         offered before.",
    ],
    exit_status: &[
        (
            "0",
            "The key is in every account, and proved unless `--no-verify` or `-n` leaves that out.",
        ),
        (
            "1",
            "At least one account failed; each was named, and the last line says how to retry \
            those.",
        ),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted."),
    ],
    json: &[
        ("destination", "As typed."),
        (
            "status",
            "`installed`; `present`: it was there; `present-restricted`: it was there behind \
            options such as `from=` or `command=`; \
             `would-install` with `-n`; `failed`.",
        ),
        ("fingerprint", "The key's."),
        ("file", "The file on the server."),
        (
            "verified",
            "`login`: a login with this key alone succeeded; `in-part`: it was taken, and the \
            server wants a password besides; `question`: the server says it takes it, and there \
            is no private half here to \
             log in with; null: not asked for.",
        ),
        (
            "changed_modes",
            "With `--fix-perms`: each `path` whose mode was changed, and its `mode` before; with \
            `-n` those that would be.",
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
        "Logs in to each account with one key and nothing else: no other key of the agent, no \
        other file, no password. It says the key, the \
         signature algorithm, the server and the time; on failure the step that failed and what \
         the server would accept.",
        "The key is the one that `-i` names by either half; without `-i` the one key that \
        `~/.ssh` holds. The agent may sign for it.",
        "As with `ssh -i KEY`, a certificate for the key is tried first: `KEY-cert.pub` beside \
        it, a file of CertificateFile, or one that the \
         agent holds. Which of them logged in is said. `-i KEY.pub` stands for the key alone, `-i \
         KEY-cert.pub` for the certificate alone.",
    ],
    exit_status: &[
        ("0", "The key logs in everywhere."),
        ("1", "It does not, somewhere; each destination was named."),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted."),
    ],
    json: &[
        ("destination", "As typed."),
        ("status", "`ok` or `failed`."),
        ("fingerprint", "The key's."),
        ("algorithm", "Of the signature that the server took."),
        (
            "certificate",
            "`key_id`, `serial` and `authority` of the certificate that logged in; null where the \
            key itself did.",
        ),
        ("server", "What the server calls itself."),
        ("address", "Address and port that were reached."),
        ("seconds", "From the look-up of the name to the open session."),
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
        "Opens a shell on the account, or runs the command there with its standard input, output \
        and error and its exit status, as `ssh` does. \
         Identities, agent and password serve in the order that `ssh` has.",
        "At the start of a line, `~.` ends the connection and `~?` lists the escapes; `-e` sets \
        another character, or none.",
    ],
    exit_status: &[
        ("0 to 255", "The remote command's own."),
        ("2", "Also: wrong usage; nothing was touched."),
        ("130", "Also: interrupted before the session."),
        ("255", "Also: the connection failed, or the remote command was killed by a signal."),
    ],
    json: &[],
    environment: &[],
    files: OVER_NETWORK,
};

const REVOKE: Page = Page {
    description: &[
        "Puts every line that holds the key of `-i` out of force, in every file that the server \
        reads: the first byte of the line becomes \
         `#`, in place. No other byte changes or moves, whatever other programs append meanwhile; \
         links, owner, mode and attributes stay. \
         A line in which the key stands glued behind another one loses only the key's own half.",
        "Each byte is checked before and the file read back after; then another connection shows \
        that the server refuses the key. Where the \
         server takes it all the same (another file, AuthorizedKeysCommand), that is a failure \
         and said.",
        "It logs in without the key: by other keys, or a password. A key that is the only way in, \
        or the only one that lets anybody in, stays \
         unless `--force` is given.",
        "`--purge` then takes out of the file the lines that were put out of force in this way, \
        by a copy that takes its name. It refuses \
         where a copy could lose something: a symlink, hard links, an access control list, \
         another owner, an account without a shell. Lines \
         that were commented out by hand stay.",
    ],
    exit_status: &[
        (
            "0",
            "The key is out of force everywhere and the server refuses it, or it was nowhere. \
            With `-n`: nothing stands in the way.",
        ),
        (
            "1",
            "At least one account failed; each was named, and the last line says how to retry \
            those.",
        ),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted."),
    ],
    json: &[
        ("destination", "As typed."),
        ("status", "`revoked`, `absent`, `would-revoke` with `-n`, or `failed`."),
        ("fingerprint", "The key's."),
        ("files", "The files that were looked at."),
        (
            "lines",
            "Each `file` and `line` (its number) that was put out of force or would be, whether \
            it was `in_force`, and whether it is only the \
             key's `half` of the line.",
        ),
        ("purged", "Each `file` and `line`, numbered as before, that was taken out."),
        ("verified", "`refused`: the server refuses the key; null with `-n`."),
    ],
    environment: &[],
    files: OVER_NETWORK,
};

const AUDIT: Page = Page {
    description: &[
        "Logs in to each account and lists every line of the authorized_keys files that its \
        server reads, in the order in which it reads \
         them: the keys in force, the certificate authorities, and the lines that let nobody in, \
         with the reason. It reads them as sshd \
         does: quotes in options, `#` only at the start of a line, and no line with an option or \
         value that sshd refuses. Nothing is \
         changed there.",
        "It logs in as `sshk connect` does. Which files the server reads, sshd itself is asked \
        (`sshd -T`) where the account can read its \
         configuration; elsewhere they are the usual ones. What else lets somebody in is named \
         and not listed: AuthorizedKeysCommand, \
         TrustedUserCAKeys.",
        "Findings: DSA; RSA of fewer than 2048 bits, with exponent 1, an even number, or the \
        fault of ROCA (CVE-2017-15361); Debian's weak \
         keys of 2008 (CVE-2008-0166), where this machine has the lists of the package \
         openssh-blacklist in `/usr/share/ssh` or `/etc/ssh`, \
         and otherwise not; the same key again; dead lines; an `expiry-time` that has passed; a \
         key glued to the comment of another; modes \
         and owners that let others write; a file that cannot be read.",
        "Remarks: RSA of fewer than 3072 bits; an `expiry-time` of today, for which the server's \
        time zone decides; one key in force on \
         several of the destinations; what the server takes besides the files. Remarks do not \
         count for `--strict`.",
        "A key behind `cert-authority` lets in who has a certificate that it signed. An option \
        that narrows who gets in, such as `from=`, \
         leaves a key in force.",
    ],
    exit_status: &[
        ("0", "Every account was read; with `--strict` there is no finding besides."),
        (
            "1",
            "At least one account was not read, and the last line says how to retry those; or \
            with `--strict` there is a finding.",
        ),
        ("2", "Wrong usage; nothing was touched."),
        ("130", "Interrupted."),
    ],
    json: &[
        ("destination", "As typed; null for `shared`."),
        (
            "status",
            "`in-force`; `authority`; `dead`; `file` and `server`, for what is said of a whole \
            file or of the server; `shared`, at the end, \
             for a key in force on several `destinations`; `failed`.",
        ),
        ("file, line", "Where it stands, the line from 1; null where none is meant."),
        (
            "algorithm, bits, fingerprint, options, comment",
            "The key; null where sshd finds none. Options and comment are whole.",
        ),
        ("why", "Why the line is dead; else null."),
        (
            "findings",
            "Each `kind`, `level` (`finding` or `remark`) and `message`. Kinds of lines: \
            `dead-line`, `debian-2008`, `dsa`, `duplicate`, \
             `expired`, `expiry`, `glued`, `roca`, `rsa-bits`, `rsa-exponent`, `rsa-modulus`; of \
             files: `not-a-file`, `too-large`, \
             `unreadable`, `bad-permissions`; of servers: `keys-off`, `no-authorized-keys-file`, `other-keys`, \
             `usual-files`; and `shared`.",
        ),
    ],
    environment: &[],
    files: OVER_NETWORK,
};
