//! The script of `sshk::accounts::install` as a server runs it: every login shell, every `sh`, and
//! the states an account can be in. Each scenario compares the file byte for byte.

pub mod account;

use sshk::error::Failure;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use account::{Account, LOGIN_SHELLS, SH, find, root_or_left_out};

use crate::support::SOON;
use ssh_key::PublicKey;
use ssh_key::public::{Ed25519PublicKey, KeyData};
use sshk::accounts::install::{Answer, Change, Error, InstallRequest};
use sshk::accounts::remote_file::{Error as FileError, Made, RemoteFile};
use sshk::accounts::remote_script::Error as NotRun;

const KEPT: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDkept kept@elsewhere\n";

/// A key nobody has used yet, with a comment that is special to every shell.
fn key() -> PublicKey {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let data = KeyData::Ed25519(Ed25519PublicKey(bytes));
    PublicKey::new(data, r#"Zoë's "work" $(id) `id` ~ * ? \n \\ %s !! é"#)
}

fn line(key: &PublicKey) -> String {
    format!("{}\n", key.to_openssh().unwrap())
}

/// `ssh-ed25519 BLOB`
fn bare(key: &PublicKey) -> String {
    line(key).split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn installed(added_newline: bool) -> Result<Answer, Error> {
    answer(Change::Installed { added_newline }, Made::default())
}

fn answer(outcome: Change, made: Made) -> Result<Answer, Error> {
    Ok(Answer { outcome, file: "~/.ssh/authorized_keys".into(), made })
}

/// Every login shell with the machine's `sh`, and every `sh` behind dash, with and without grep,
/// tail and flock.
fn accounts() -> impl Iterator<Item = (String, Account)> {
    let login =
        LOGIN_SHELLS.iter().map(|shell| (format!("login shell {shell:?}"), Account::new(shell)));
    let sh = SH.iter().map(|sh| (format!("sh is {sh}"), Account::with_sh(sh, &[])));
    let bare = SH.iter().map(|sh| {
        (
            format!("sh is {sh}, no grep"),
            Account::with_sh(sh, &["grep", "tail", "flock", "cat", "sync", "id", "uname"]),
        )
    });
    login.chain(sh).chain(bare)
}

#[test]
fn creates_directory_and_file_with_their_permissions_and_then_finds_the_key() {
    for (name, account) in accounts() {
        let key = key();
        assert_eq!(account.dry_run(&key), answer(Change::WouldInstall, Made::default()), "{name}");
        assert!(!account.home().join(".ssh").exists(), "{name}: a dry run made the directory");
        assert_eq!(
            account.install(&key),
            answer(Change::Installed { added_newline: false }, Made { folder: true, file: true }),
            "{name}"
        );
        assert_eq!(String::from_utf8(account.content()).unwrap(), line(&key), "{name}");
        let mode = |path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!(
            (mode(account.home().join(".ssh")), mode(account.file())),
            (0o700, 0o600),
            "{name}"
        );
        assert_eq!(
            account.install(&key),
            answer(Change::Present { line: 1 }, Made::default()),
            "{name}"
        );
        assert_eq!(String::from_utf8(account.content()).unwrap(), line(&key), "{name}");
    }
}

/// The file, and what is found in it: nothing, or a line and its options.
type Before = (&'static str, fn(&str) -> Vec<u8>, Option<(usize, &'static str)>);

const FILES: &[Before] = &[
    ("empty", |_| vec![], None),
    ("other keys", |_| KEPT.into(), None),
    ("no final newline", |_| KEPT.trim_end().into(), None),
    ("ends in a blank", |_| format!("{KEPT}ssh-rsa AAAA ").into(), None),
    ("ends in a NUL", |_| format!("{KEPT}\0\0").into(), None),
    ("ends in blank lines", |_| format!("{KEPT}\n\n").into(), None),
    ("CRLF", |_| KEPT.replace('\n', "\r\n").into(), None),
    ("snapd's file", |_| br#"ssh-rsa AAAA x # snapd {"origin":"store"}"#.into(), None),
    ("UTF-16", |key| key.encode_utf16().flat_map(u16::to_le_bytes).collect(), None),
    ("bytes that are no text", |_| (0..=255).collect(), None),
    ("CRLF, the key", |key| format!("{key} x\r\n{key}\r\n").into(), Some((1, ""))),
    ("CRLF, the key without comment", |key| format!("#\r\n{key}\r\n").into(), Some((2, ""))),
    (
        "another comment",
        |key| format!("{KEPT}{key} another # comment\n{KEPT}").into(),
        Some((2, "")),
    ),
    ("no comment, no final newline", |key| format!("{KEPT}{key}").into(), Some((2, ""))),
    ("leading blanks", |key| format!(" \t{} x\n", key.replace(' ', "\t ")).into(), Some((1, ""))),
    (
        "options with quoted blanks",
        |key| format!(r#"from="10.0.0.*, !b",command="echo \"a  b\" # c" {key} x"#).into(),
        Some((1, r#"from="10.0.0.*, !b",command="echo \"a  b\" # c""#)),
    ),
    (
        "options, leading blanks",
        |key| format!("  restrict,pty\t{key}\n").into(),
        Some((1, "restrict,pty")),
    ),
    (
        "the key in a quoted option and after it",
        |key| format!(r#"command="{key}" {key}"#).into(),
        Some((1, "SEE NAME")),
    ),
    (
        "restricted, then plain",
        |key| format!("restrict {key}\n{key}\n").into(),
        Some((1, "restrict")),
    ),
    (
        "commented out, then plain",
        |key| format!("#{key}\n # {key}\n\n{key}\n").into(),
        Some((4, "")),
    ),
    ("commented out", |key| format!("#{key} x\n").into(), None),
    ("commented out behind blanks", |key| format!("\t # {key} x\n").into(), None),
    (
        "glued to snapd's comment",
        |key| format!(r#"ssh-rsa AAAA x # snapd {{"origin":"store"}}{key} x"#).into(),
        None,
    ),
    ("in another key's comment", |key| format!("ssh-rsa AAAA {key}\n").into(), None),
    ("another key glued to it", |key| format!("{key}ssh-rsa AAAA x\n").into(), None),
    ("behind a byte order mark", |key| format!("\u{feff}{key}\n").into(), None),
    ("another type before the blob", |key| key.replace("ssh-ed25519", "ssh-rsa").into(), None),
    ("the quote is not closed", |key| format!("command=\"x {key}\n").into(), None),
    ("a certificate authority", |key| format!("from=\"a b\",Cert-Authority {key}\n").into(), None),
    ("cut short", |key| key[..key.len() - 1].into(), None),
];

#[test]
fn adds_the_missing_line_and_changes_no_other_byte_of_any_file() {
    for (name, make, found) in FILES {
        for (who, account) in accounts() {
            let key = key();
            let before = make(&bare(&key));
            let account = account.with_file(&before);
            let got = account.install(&key);
            let options =
                |options: &str| options.replace("SEE NAME", &format!("command=\"{}\"", bare(&key)));
            let expected = match found {
                Some((line, "")) => answer(Change::Present { line: *line }, Made::default()),
                Some((line, text)) => answer(
                    Change::PresentRestricted { line: *line, options: options(text) },
                    Made::default(),
                ),
                None => installed(before.last().is_some_and(|byte| *byte != b'\n')),
            };
            assert_eq!(got, expected, "{name}; {who}");
            let mut after = before.clone();
            if found.is_none() {
                let newline =
                    if before.last().is_some_and(|byte| *byte != b'\n') { "\n" } else { "" };
                after.extend_from_slice(format!("{newline}{}", line(&key)).as_bytes());
            }
            assert!(
                account.content() == after,
                "{name}; {who}: {:?}",
                String::from_utf8_lossy(&account.content())
            );
        }
    }
}

#[test]
fn a_nul_before_the_key_disables_its_line_if_tr_exists() {
    for (sh, without) in SH.into_iter().flat_map(|sh| [(sh, &[][..]), (sh, &["grep"])]) {
        let key = key();
        let before = format!("\0{}\n", bare(&key));
        let account = Account::with_sh(sh, without).with_file(&before);
        assert_eq!(account.install(&key), installed(false), "{sh}");
        assert_eq!(String::from_utf8(account.content()).unwrap(), before + &line(&key), "{sh}");
    }
}

#[test]
fn output_of_rc_files_is_not_taken_for_an_answer() {
    let noise = "echo installed; echo 'sshk: no tool'; cd /; umask 000\n";
    let rcs: &[(&[&str], &str, String)] = &[
        (
            &["bash"],
            ".bashrc",
            format!(
                "{noise}export SHELLOPTS; set -C -v; export GREP_OPTIONS=--color=always \
                CDPATH=/tmp:/; read -r x; IFS=/\n"
            ),
        ),
        (&["bash"], ".bashrc", "cat; exec </dev/null; printf 'no newline at the end'\n".into()),
        (&["zsh"], ".zshenv", format!("{noise}setopt noclobber verbose; read x\n")),
        (
            &["tcsh"],
            ".tcshrc",
            "echo hello\ncd /\nset noclobber verbose echo\nset backslash_quote\nset x = $<\n"
                .into(),
        ),
        (&["csh"], ".cshrc", "echo hello\ncd /\nset noclobber\n".into()),
        (
            &["fish"],
            ".config/fish/config.fish",
            "echo hello\ncd /\nset -x LC_ALL de_DE.UTF-8\n".into(),
        ),
    ];
    for (shell, rc, text) in rcs {
        let key = key();
        let account = Account::new(shell).with_rc(rc, text);
        let got = account.install(&key);
        assert_eq!(
            got,
            answer(Change::Installed { added_newline: false }, Made { folder: true, file: true }),
            "{shell:?} {text}"
        );
        assert_eq!(String::from_utf8(account.content()).unwrap(), line(&key), "{shell:?} {text}");
    }
}

#[test]
fn if_an_rc_file_redirects_stdout_or_stderr_the_answer_is_on_the_other() {
    for text in [
        "exec >/dev/null\n",
        "exec 2>/dev/null\n",
        "exec 2>&1\n",
        "exec 2>&-\n",
        "exec >&-\n",
        "exec <&-\n",
        "exec <&- 2>&-\n",
    ] {
        let key = key();
        let account = Account::new(&["bash"]).with_rc(".bashrc", text).with_file(KEPT);
        assert_eq!(account.dry_run(&key), answer(Change::WouldInstall, Made::default()), "{text}");
        assert_eq!(account.content(), KEPT.as_bytes(), "{text}");
        for expected in [installed(false), answer(Change::Present { line: 2 }, Made::default())] {
            assert_eq!(account.install(&key), expected, "{text}");
            assert_eq!(
                String::from_utf8(account.content()).unwrap(),
                format!("{KEPT}{}", line(&key)),
                "{text}"
            );
        }
    }
    // If both are redirected, nothing is known, but no second line is written.
    let key = key();
    let account = Account::new(&["bash"]).with_rc(".bashrc", "exec >&- 2>&-\n").with_file(KEPT);
    for _ in 0..2 {
        assert_eq!(account.install(&key), Err(NotRun::Silent { exit_status: Some(0) }.into()));
        assert_eq!(String::from_utf8(account.content()).unwrap(), format!("{KEPT}{}", line(&key)));
    }
}

#[test]
fn a_shell_that_does_not_run_the_script_is_quoted() {
    let said = |account: Account| {
        let Err(Error::Script(error)) = account.install(&key()) else {
            panic!("the script was run")
        };
        assert!(!account.home().join(".ssh").exists());
        error
    };
    let bash = |rc: &str| said(Account::new(&["bash"]).with_rc(".bashrc", rc));
    assert_eq!(
        bash("echo Welcome; echo; printf 'go \\033[31maway\\n'; exit 1\n"),
        NotRun::NotRun { said: "Welcome go [31maway".into() }
    );
    assert_eq!(bash("exit 3\n"), NotRun::Silent { exit_status: Some(3) });
    assert_eq!(bash("exec echo This service allows sftp connections only.\n"), NotRun::SftpOnly);
    // A forced command that prints what it was asked to run: it does not contain the whole nonce.
    assert!(matches!(
        bash("printf '%s\\n' \"$BASH_EXECUTION_STRING\"; exit\n"),
        NotRun::NotRun { .. }
    ));
    assert!(
        matches!(bash("PATH=/nowhere\n"), NotRun::NoSh { said } if said.contains("sh: No such \
            file or directory") || said.contains("sh: command not found"))
    );
    // busybox is its own sh.
    for shell in LOGIN_SHELLS.into_iter().filter(|shell| shell[0] != "busybox") {
        let account = Account::with_sh("dash", &[]).with_shell(shell);
        fs::remove_file(account.home().parent().unwrap().join("bin/sh")).unwrap();
        assert!(matches!(said(account), NotRun::NoSh { .. }), "{shell:?}");
    }
    assert_eq!(said(Account::new(&["false"])), NotRun::Silent { exit_status: Some(1) });
    assert!(matches!(
        said(Account::new(&["nologin"])),
        NotRun::NoLogin { said } if said == "This account is currently not available."
    ));
}

#[test]
fn anything_but_a_file_is_refused_and_left_alone() {
    for sh in SH {
        let account = Account::with_sh(sh, &[]);
        account.with_folder();
        let file = account.file();
        let refused = |what: &str| {
            let key = key();
            let error = account.install(&key).unwrap_err();
            assert_eq!(account.dry_run(&key).unwrap_err(), error, "{sh}");
            assert!(
                error.to_string().contains(what)
                    && error.to_string().ends_with("nothing was written"),
                "{sh}: {error}"
            );
            assert_eq!(error.kind().as_str(), "not-a-file");
        };
        fs::create_dir(&file).unwrap();
        refused("a directory");
        fs::remove_dir(&file).unwrap();
        assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
        refused("a FIFO");
        fs::remove_file(&file).unwrap();
        symlink("/dev/null", &file).unwrap();
        refused("a device");
        fs::remove_file(&file).unwrap();
        symlink("nowhere", &file).unwrap();
        refused("a dangling symlink");
        assert!(!file.parent().unwrap().join("nowhere").exists());
        fs::remove_file(&file).unwrap();
        fs::remove_dir(file.parent().unwrap()).unwrap();
        fs::write(file.parent().unwrap(), "a file").unwrap();
        let error = account.install(&key()).unwrap_err();
        assert_eq!(error, FileError::NotADirectory { folder: "~/.ssh".into() }.into(), "{sh}");
        assert_eq!(fs::read(file.parent().unwrap()).unwrap(), b"a file");
    }
}

#[test]
fn links_permissions_and_the_inode_are_kept() {
    for sh in SH {
        let account = Account::with_sh(sh, &[]);
        account.with_folder();
        let real = account.home().join("keys of ann");
        fs::write(&real, KEPT).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        fs::hard_link(&real, account.home().join("hard")).unwrap();
        symlink("../keys of ann", account.file()).unwrap();
        fs::set_permissions(account.home().join(".ssh"), fs::Permissions::from_mode(0o755))
            .unwrap();
        let before = fs::metadata(&real).unwrap();
        let key = key();
        assert_eq!(account.install(&key), installed(false), "{sh}");
        let after = fs::metadata(&real).unwrap();
        assert_eq!(
            (before.ino(), before.mode(), before.nlink()),
            (after.ino(), after.mode(), after.nlink()),
            "{sh}"
        );
        assert_eq!(fs::metadata(account.home().join(".ssh")).unwrap().mode() & 0o777, 0o755);
        assert!(account.file().is_symlink());
        assert_eq!(fs::read_to_string(real).unwrap(), format!("{KEPT}{}", line(&key)));
    }
}

#[test]
fn a_missing_permission_is_named() {
    for sh in SH {
        let file = || "~/.ssh/authorized_keys".to_owned();
        let set = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let account = || Account::with_sh(sh, &[]).with_file(KEPT).unprivileged();
        let made = Made::default();

        let it = account();
        set(it.file(), 0o200);
        assert_eq!(
            it.install(&key()),
            Err(FileError::Unreadable { file: file(), made }.into()),
            "{sh}"
        );
        let is_denied = |it: &Account| {
            let denied = Err(FileError::Denied { file: file(), made }.into());
            assert_eq!(it.install(&key()), denied, "{sh}");
            assert_eq!(it.dry_run(&key()), denied, "{sh}");
        };
        let it = account();
        set(it.file(), 0o400);
        is_denied(&it);
        assert_eq!(it.content(), KEPT.as_bytes());

        let it = Account::with_sh(sh, &[]).unprivileged();
        it.with_folder();
        set(it.home().join(".ssh"), 0o500);
        is_denied(&it);
        let it = Account::with_sh(sh, &[]).unprivileged();
        set(it.home(), 0o500);
        is_denied(&it);

        let it = Account::with_sh(sh, &[]);
        let home = it.home();
        fs::remove_dir(&home).unwrap();
        assert_eq!(
            it.install(&key()),
            Err(NotRun::NoHome { home: home.display().to_string() }.into()),
            "{sh}"
        );
        let it = Account::with_sh(sh, &["wc"]);
        // busybox has its own.
        if sh != "busybox" {
            assert_eq!(
                it.install(&key()),
                Err(NotRun::ToolMissing { tool: "wc".into() }.into()),
                "{sh}"
            );
        }
    }
}

#[test]
fn a_key_in_a_file_that_cannot_be_written_is_present() {
    let key = key();
    let account = Account::new(&["dash"]).with_file(line(&key)).unprivileged();
    fs::set_permissions(account.file(), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(account.install(&key), answer(Change::Present { line: 1 }, Made::default()));
}

#[test]
fn another_file_can_have_any_name() {
    for path in ["keys", "a b/é'\"$(id)`id`;*?!\\n/keys", "~/-n", "-n/-e"] {
        for (who, account) in accounts() {
            let key = key();
            let got = account
                .ask(&InstallRequest {
                    key: &key,
                    file: RemoteFile::Path(path.into()),
                    also: Vec::new(),
                    after: 0,
                    dry_run: false,
                    force: false,
                })
                .unwrap();
            let inside = path.trim_start_matches("~/");
            assert_eq!(got.file, format!("~/{inside}"), "{who}");
            assert_eq!(got.made, Made { folder: inside.contains('/'), file: true }, "{who}");
            assert_eq!(
                fs::read_to_string(account.home().join(inside)).unwrap(),
                line(&key),
                "{who}"
            );
        }
    }
    let account = Account::new(&["bash"]);
    let (key, path) = (key(), account.home().join("absolute"));
    let path_text = path.display().to_string();
    let got = account
        .ask(&InstallRequest {
            key: &key,
            file: RemoteFile::Path(path_text.clone()),
            also: Vec::new(),
            after: 0,
            dry_run: false,
            force: false,
        })
        .unwrap();
    assert_eq!((got.file, fs::read_to_string(path).unwrap()), (path_text, line(&key)));
}

#[test]
fn the_default_file_on_haiku() {
    for sh in ["dash", "bash"] {
        let key = key();
        let account = Account::with_sh(sh, &["uname"]);
        let uname = account.home().parent().unwrap().join("bin/uname");
        fs::write(&uname, "#!/bin/sh\necho Haiku\n").unwrap();
        fs::set_permissions(&uname, fs::Permissions::from_mode(0o755)).unwrap();
        let answer = account.install(&key).unwrap();
        assert_eq!(
            (&*answer.file, answer.made),
            ("~/config/settings/ssh/authorized_keys", Made { folder: true, file: true })
        );
        assert_eq!(
            fs::read_to_string(account.home().join("config/settings/ssh/authorized_keys")).unwrap(),
            line(&key)
        );
    }
}

/// A system with nothing but busybox, such as OpenWrt; dropbear reads root's keys from a separate
/// file there, and only from that.
#[test]
fn the_default_file_for_root_on_openwrt() {
    if !root_or_left_out("the_default_file_for_root_on_openwrt") {
        return;
    }
    let account = Account::new(&["busybox", "ash"]);
    let system = account.home().parent().unwrap().join("system");
    let home = system.join(account.home().strip_prefix("/").unwrap());
    for folder in ["bin", "dev", "etc/dropbear", "usr/bin"] {
        fs::create_dir_all(system.join(folder)).unwrap();
    }
    fs::create_dir_all(&home).unwrap();
    let busybox = find("busybox");
    let inside = system.join(busybox.strip_prefix("/").unwrap());
    fs::copy(&busybox, inside).unwrap();
    symlink(&busybox, system.join("bin/sh")).unwrap();
    assert!(
        Command::new("mknod")
            .arg(system.join("dev/null"))
            .args(["c", "1", "3"])
            .status()
            .unwrap()
            .success()
    );
    let key = key();
    let install = || {
        let request = InstallRequest::of(&key);
        let answer = account
            .ask_behind(&[find("chroot").to_str().unwrap(), system.to_str().unwrap()], &request)
            .unwrap();
        (answer.file, answer.outcome)
    };
    let installed = Change::Installed { added_newline: false };
    assert_eq!(install(), ("~/.ssh/authorized_keys".into(), installed.clone()));
    assert_eq!(fs::read_to_string(home.join(".ssh/authorized_keys")).unwrap(), line(&key));
    fs::write(system.join("etc/openwrt_release"), "DISTRIB_ID='OpenWrt'\n").unwrap();
    assert_eq!(install(), ("/etc/dropbear/authorized_keys".into(), installed));
    assert_eq!(
        fs::read_to_string(system.join("etc/dropbear/authorized_keys")).unwrap(),
        line(&key)
    );
    assert_eq!(install(), ("/etc/dropbear/authorized_keys".into(), Change::Present { line: 1 }));
}

#[test]
fn large_files_and_lines_are_searched_to_the_end() {
    for (sh, without) in [("dash", &[][..]), ("busybox", &[]), ("bash", &[]), ("bash", &["grep"])] {
        let key = key();
        let mut before = format!("ssh-rsa {} x\n", "A".repeat(1 << 20));
        before.extend(
            (0..50_000)
                .map(|n| format!("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQD{n:0>40} user{n}\n")),
        );
        let account = Account::with_sh(sh, without).with_file(&before);
        assert_eq!(account.install(&key), installed(false), "{sh} {without:?}");
        before.push_str(&line(&key));
        assert!(account.content() == before.as_bytes());
        assert_eq!(
            account.install(&key),
            answer(Change::Present { line: 50_002 }, Made::default()),
            "{sh} {without:?}"
        );
        assert!(account.content() == before.as_bytes());
    }
}

#[test]
fn thirty_concurrent_installs_lose_no_line() {
    for without in [&[][..], &["flock"]] {
        for final_newline in ["\n", ""] {
            let before = format!("{}{final_newline}", KEPT.trim_end());
            let account = Account::with_sh("dash", without).with_file(&before);
            let keys: Vec<PublicKey> = (0..30).map(|_| key()).collect();
            thread::scope(|scope| {
                for key in &keys {
                    scope.spawn(|| {
                        // On a busy machine the others may hold the lock for longer than the
                        // script waits; then nothing has been written.
                        let until = Instant::now() + SOON;
                        let answer = loop {
                            match account.install(key) {
                                Err(Error::File(FileError::Locked { .. }))
                                    if Instant::now() < until => {}
                                answer => break answer,
                            }
                        };
                        assert!(matches!(answer.unwrap().outcome, Change::Installed { .. }))
                    });
                }
                // Another program that appends without a lock.
                for n in 0..50 {
                    append(&account, format!("# other {n}\n").as_bytes());
                }
            });
            let after = String::from_utf8(account.content()).unwrap();
            let mut lines: Vec<String> = after
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(|line| format!("{line}\n"))
                .collect();
            let first = lines.remove(0);
            assert!(
                first == KEPT || final_newline.is_empty() && first.starts_with(KEPT.trim_end()),
                "{first}"
            );
            lines.sort();
            let mut expected: Vec<String> = keys.iter().map(line).collect();
            expected.sort();
            assert_eq!(lines, expected, "{without:?}");
            assert_eq!(after.matches("# other ").count(), 50, "{without:?}");
        }
    }
}

fn append(account: &Account, bytes: &[u8]) {
    use std::io::Write as _;
    fs::OpenOptions::new().append(true).open(account.file()).unwrap().write_all(bytes).unwrap();
}

#[test]
fn concurrent_installs_of_one_key_write_one_line_under_the_lock() {
    let account = Account::with_sh("dash", &[]).with_file(KEPT);
    let key = key();
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| account.install(&key).unwrap());
        }
    });
    assert_eq!(String::from_utf8(account.content()).unwrap(), format!("{KEPT}{}", line(&key)));
}

#[test]
fn a_lock_that_is_never_released_is_reported_and_every_sh_can_lock() {
    thread::scope(|scope| {
        for sh in SH {
            scope.spawn(move || {
                let account = Account::with_sh(sh, &[]).with_file(KEPT);
                let folder = fs::File::open(account.home().join(".ssh")).unwrap();
                rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
                let error = account.install(&key()).unwrap_err();
                assert_eq!(
                    error,
                    FileError::Locked { folder: "~/.ssh".into(), made: Made::default() }.into(),
                    "{sh}"
                );
                assert_eq!(account.content(), KEPT.as_bytes());
            });
        }
    });
}

/// The write is stopped after every possible number of bytes.
#[test]
fn a_partial_line_is_removed_however_much_of_it_was_written() {
    for before in [KEPT, KEPT.trim_end(), ""] {
        let key = key();
        let whole = line(&key).len() + usize::from(!before.ends_with('\n') && !before.is_empty());
        for room in 0..=whole {
            let account = Account::new(&["dash"]).with_file(before);
            let limit = format!("--fsize={}", before.len() + room);
            let request = InstallRequest::of(&key);
            let got = account.ask_behind(&[find("prlimit").to_str().unwrap(), &limit], &request);
            if room == whole {
                assert!(got.is_ok(), "{got:?}");
                continue;
            }
            let kind = got.as_ref().unwrap_err().kind().as_str();
            assert!(["no-space", "write-failed"].contains(&kind), "{room} of {whole}: {got:?}");
            assert_eq!(String::from_utf8(account.content()).unwrap(), before, "{room} of {whole}");
        }
    }
}

#[test]
fn a_full_disk_a_read_only_one_and_an_immutable_file_are_named() {
    if !root_or_left_out("a_full_disk_a_read_only_one_and_an_immutable_file_are_named") {
        return;
    }
    for sh in SH {
        let account = Account::with_sh(sh, &[]);
        let home = account.home();
        let mount = |options: &str| {
            let status = Command::new("mount")
                .args(["-t", "tmpfs", "-o", options, "sshk-test"])
                .arg(&home)
                .status()
                .unwrap();
            assert!(status.success());
        };
        mount("size=64k");
        let unmount = Unmount(&home);
        // Space only for the rest of the last page: 40 bytes of the new line.
        account.with_folder();
        let before = format!("{}\n", "#".repeat(4096 - 41));
        fs::write(account.file(), &before).unwrap();
        while fs::write(
            home.join(format!("fill{}", fs::read_dir(&home).unwrap().count())),
            [0; 4096],
        )
        .is_ok()
        {}
        let file = "~/.ssh/authorized_keys".to_owned();
        let made = Made::default();
        assert_eq!(
            account.install(&key()),
            Err(FileError::NoSpace { file: file.clone(), made }.into()),
            "{sh}"
        );
        assert_eq!(String::from_utf8(account.content()).unwrap(), before, "{sh}");
        fs::remove_file(account.file()).unwrap();
        while fs::write(
            home.join(format!("fill{}", fs::read_dir(&home).unwrap().count())),
            [0; 4096],
        )
        .is_ok()
        {}
        assert_eq!(
            account.install(&key()),
            Err(FileError::NoSpace {
                file: file.clone(),
                made: Made { folder: false, file: true }
            }
            .into()),
            "{sh}"
        );
        assert_eq!(account.content(), b"", "{sh}");

        let chattr = |flag: &str| {
            assert!(
                Command::new(find("chattr"))
                    .arg(flag)
                    .arg(account.file())
                    .status()
                    .unwrap()
                    .success()
            )
        };
        chattr("+i");
        assert_eq!(
            account.install(&key()),
            Err(FileError::Immutable { file: file.clone(), made }.into()),
            "{sh}"
        );
        chattr("-i");
        mount("remount,ro");
        assert_eq!(
            account.install(&key()),
            Err(FileError::ReadOnly { file: file.clone(), made }.into()),
            "{sh}"
        );
        assert_eq!(account.dry_run(&key()), Err(FileError::ReadOnly { file, made }.into()), "{sh}");
        drop(unmount);
    }
}

struct Unmount<'a>(&'a std::path::Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}
