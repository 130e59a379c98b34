//! Host keys: which are trusted, what the user is asked, and that nothing is offered before that.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::keys::{fingerprint, public};
use crate::support::oracle::ssh_keygen;
use crate::support::server::{self, Seen, Server};
use crate::support::{Home, Run, SOON, Sshd, Terminal, program};

/// A built-in server with its own host key, and a home that does not know it, with a key that logs
/// in.
struct Site {
    home: Home,
    server: Server,
}

impl Site {
    fn new() -> Self {
        let (home, server) =
            (Home::new(), Server::start(server::Account::new("ann", "hush")).unwrap());
        let key = home.key("ed25519", "id_ed25519");
        fs::create_dir(server.home().join(".ssh")).unwrap();
        fs::copy(key.with_extension("pub"), server.home().join(".ssh/authorized_keys")).unwrap();
        Self { home, server }
    }

    fn destination(&self) -> String {
        format!("ssh://ann@127.0.0.1:{}", self.server.port())
    }

    /// The name in known_hosts.
    fn name(&self) -> String {
        format!("[127.0.0.1]:{}", self.server.port())
    }

    /// The system's own configuration might hash names.
    fn test(&self, options: &[&str]) -> Run {
        self.home
            .sshk(["test", "-F", "none"])
            .args(options)
            .arg(self.destination())
            .env("SSHK_PASSWORD", "hush")
    }

    fn known_hosts(&self) -> PathBuf {
        self.home.join(".ssh/known_hosts")
    }

    fn fingerprint(&self) -> String {
        self.server.host_key().fingerprint(ssh_key::HashAlg::Sha256).to_string()
    }

    /// The server saw connections and nothing else: no key, no name of a key, no password.
    #[track_caller]
    fn saw_connections_only(&self) {
        assert!(
            self.server.seen().iter().all(|seen| *seen == Seen::Connection),
            "{:?}",
            self.server.seen()
        );
    }

    #[track_caller]
    fn refused(&self, options: &[&str], message: &str, hint: &str) {
        let said = self.test(options).run().expect(1);
        let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
        assert_eq!(
            (said.out(), said.err()),
            ("", format!("sshk: error: {}: {message}\n{hint}", self.destination()).as_str())
        );
        self.saw_connections_only();
    }

    /// Another key of this type, as in a `.pub` file, with its fingerprint.
    fn other_key(&self, kind: &str) -> (String, String) {
        let file = self.home.key(kind, &format!("host-{kind}"));
        (public(&file), fingerprint(&file))
    }

    fn changed_hint(&self) -> String {
        format!(
            "if the host was reinstalled, verify the new fingerprint with its administrator, then \
            run: ssh-keygen -R '{}' -f {}",
            self.name(),
            self.known_hosts().display()
        )
    }
}

const ACCEPT: &str = "verify the fingerprint with the host's administrator, then add -o \
    StrictHostKeyChecking=accept-new";

#[test]
fn an_unknown_key_without_a_terminal_is_refused() {
    let site = Site::new();
    let message = format!(
        "host key is unknown: the server presented ED25519 {}; nothing was sent",
        site.fingerprint()
    );
    site.refused(&[], &message, ACCEPT);
    site.refused(&["-o", "StrictHostKeyChecking=yes"], &message, ACCEPT);
    let said = site
        .home
        .sshk(["copy-id", "--json", &site.destination()])
        .env("SSHK_PASSWORD", "hush")
        .run()
        .expect(1);
    assert!(said.out().contains("\"kind\":\"host-key-unknown\""), "{}", said.out());
    site.saw_connections_only();
    assert!(!site.known_hosts().exists());
}

#[test]
fn strict_checking_and_batch_mode_ask_nobody() {
    let site = Site::new();
    for option in ["StrictHostKeyChecking=yes", "BatchMode=yes"] {
        let mut terminal = Terminal::start(site.test(&["-o", option]));
        terminal.expect("host key is unknown: the server presented ED25519 ", SOON);
        assert_eq!(terminal.wait(SOON), 1);
        assert!(!terminal.screen().contains("continue connecting"));
    }
    site.saw_connections_only();
}

#[test]
fn the_user_says_yes_and_the_key_is_added_to_known_hosts() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.test(&[]));
    let asked = terminal.expect("(yes/no/[fingerprint])? ", SOON);
    assert_eq!(
        asked.trim_start_matches('\r'),
        format!(
            "The authenticity of host '{} (127.0.0.1)' can't be established.\r\n\
             ED25519 key fingerprint is {}.\r\n\
             Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
            site.name(),
            site.fingerprint()
        )
    );
    site.saw_connections_only();
    terminal.send("yes\n");
    terminal.expect(
        &format!(
            "{}: permanently added {:?} (ED25519) to {}\r\n",
            site.destination(),
            site.name(),
            site.known_hosts().display()
        ),
        SOON,
    );
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(fs::read_to_string(site.known_hosts()).unwrap(), site.server.known_hosts());
    // ssh finds it there, and there is no second question.
    ssh_keygen(["-F", &site.name(), "-f"]).arg(site.known_hosts()).run().expect(0);
    site.test(&[]).run().expect(0);
}

#[test]
fn the_user_types_the_fingerprint_after_something_else() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.test(&[]));
    terminal.expect("(yes/no/[fingerprint])? ", SOON);
    terminal.send("y\n");
    terminal.expect("Please type 'yes', 'no' or the fingerprint: ", SOON);
    terminal.send(&format!("{}\n", site.fingerprint()));
    assert_eq!(terminal.wait(SOON), 0);
}

#[test]
fn the_user_says_no_or_three_times_nothing_that_means_yes() {
    for answers in [&["no"][..], &["", "y", "SHA256:AAAA"]] {
        let site = Site::new();
        let mut terminal = Terminal::start(site.test(&[]));
        for (index, answer) in answers.iter().enumerate() {
            terminal.expect(
                if index == 0 {
                    "(yes/no/[fingerprint])? "
                } else {
                    "Please type 'yes', 'no' or the fingerprint: "
                },
                SOON,
            );
            terminal.send(&format!("{answer}\n"));
        }
        terminal.expect(
            &format!(
                "host key is unknown: the server presented ED25519 {}; nothing was sent",
                site.fingerprint()
            ),
            SOON,
        );
        assert_eq!(terminal.wait(SOON), 1);
        assert!(!site.known_hosts().exists());
        site.saw_connections_only();
    }
}

#[test]
fn ctrl_c_at_the_question_ends_sshk_before_anything_is_offered() {
    let site = Site::new();
    let mut terminal = Terminal::start(site.test(&[]));
    let before = terminal.modes();
    terminal.expect("(yes/no/[fingerprint])? ", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!(terminal.modes(), before);
    assert!(!site.known_hosts().exists());
    site.saw_connections_only();
}

#[test]
fn accept_new_and_no_add_a_new_key() {
    for option in ["accept-new", "no", "off"] {
        let site = Site::new();
        let said = site.test(&["-o", &format!("StrictHostKeyChecking={option}")]).run().expect(0);
        let learnt = format!(
            "{}: permanently added {:?} (ED25519) to {}\n",
            site.destination(),
            site.name(),
            site.known_hosts().display()
        );
        assert!(said.err().starts_with(&learnt), "{}", said.err());
        assert_eq!(fs::read_to_string(site.known_hosts()).unwrap(), site.server.known_hosts());
        assert_eq!(fs::metadata(site.known_hosts()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let site = Site::new();
    site.home.sshk(["copy-id", "-F", "none", "--accept-new", &site.destination()]).run().expect(0);
    assert_eq!(fs::read_to_string(site.known_hosts()).unwrap(), site.server.known_hosts());
}

#[test]
fn a_name_is_hashed_if_the_configuration_says_so() {
    let site = Site::new();
    site.test(&["-o", "StrictHostKeyChecking=accept-new", "-o", "HashKnownHosts=yes"])
        .run()
        .expect(0);
    let learnt = fs::read_to_string(site.known_hosts()).unwrap();
    assert!(learnt.starts_with("|1|") && !learnt.contains("127.0.0.1"), "{learnt}");
    ssh_keygen(["-F", &site.name(), "-f"]).arg(site.known_hosts()).run().expect(0);
    site.test(&[]).run().expect(0);
}

#[test]
fn a_changed_key_is_refused_whatever_the_configuration_says() {
    let site = Site::new();
    let (line, fingerprint) = site.other_key("ed25519");
    site.home.know(&format!("# comment\n{} {line}", site.name()));
    let before = fs::read_to_string(site.known_hosts()).unwrap();
    for option in ["ask", "yes", "accept-new", "no"] {
        site.refused(
            &["-o", &format!("StrictHostKeyChecking={option}")],
            &format!(
                "host key has changed: the server presented ED25519 {}, but {}:2 has ED25519 \
                {fingerprint}; nothing was sent",
                site.fingerprint(),
                site.known_hosts().display()
            ),
            &site.changed_hint(),
        );
    }
    assert_eq!(fs::read_to_string(site.known_hosts()).unwrap(), before);
    // The hint, pasted, makes the host unknown.
    let hint = site.changed_hint();
    site.home.run("/bin/sh").args(["-c", hint.split_once("run: ").unwrap().1]).run().expect(0);
    site.test(&["-o", "StrictHostKeyChecking=accept-new"]).run().expect(0);
}

#[test]
fn a_key_of_another_type_than_the_known_one_is_a_changed_key() {
    let site = Site::new();
    let (line, fingerprint) = site.other_key("ecdsa");
    site.home.know(&format!("{} {line}", site.name()));
    site.refused(
        &["-o", "StrictHostKeyChecking=accept-new"],
        &format!(
            "host key has changed: the server presented ED25519 {}, but {}:1 has ECDSA \
            {fingerprint}; nothing was sent",
            site.fingerprint(),
            site.known_hosts().display()
        ),
        &site.changed_hint(),
    );
}

#[test]
fn a_host_known_by_one_type_of_key_is_asked_for_that_type() {
    let sshd = Sshd::builder().start();
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    sshd.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
    let to = format!("ssh://{}@127.0.0.1:{}", sshd.user(), sshd.port());
    for kind in ["rsa", "ecdsa", "ed25519"] {
        fs::write(
            home.join(".ssh/known_hosts"),
            format!("[127.0.0.1]:{} {}\n", sshd.port(), sshd.host_key(kind)),
        )
        .unwrap();
        home.sshk(["test", "-F", "none", &to]).run().expect(0);
    }
}

#[test]
fn a_revoked_key_is_refused_even_if_it_is_also_known() {
    let site = Site::new();
    let key = site.server.host_key().to_openssh().unwrap();
    site.home.know(&format!("{}\n@revoked * {key}\n", site.server.known_hosts().trim_end()));
    site.refused(
        &["-o", "StrictHostKeyChecking=no"],
        &format!(
            "host key is revoked: the server presented ED25519 {}, which {}:2 revokes; nothing \
            was sent",
            site.fingerprint(),
            site.known_hosts().display()
        ),
        "do not use this host until its administrator has explained the key",
    );
}

#[test]
fn a_host_is_found_under_each_form_of_its_name() {
    let site = Site::new();
    let (name, key) = (site.name(), site.server.host_key().to_openssh().unwrap());
    for pattern in [name.as_str(), "*", "[127.0.0.*]:*", &format!("web1,{name}"), "127.0.0.1"] {
        fs::write(site.known_hosts(), format!("{pattern} {key}\n")).unwrap();
        site.test(&[]).run().expect(0);
    }
    fs::write(site.known_hosts(), format!("{name} {key}\n")).unwrap();
    Run::new(program("ssh-keygen")).args(["-H", "-f"]).arg(site.known_hosts()).run().expect(0);
    site.test(&[]).run().expect(0);
}

#[test]
fn a_negated_name_is_not_known() {
    let site = Site::new();
    let key = site.server.host_key().to_openssh().unwrap();
    site.home.know(&format!("[127.0.0.1]:*,!{} {key}\n", site.name()));
    let message = format!(
        "host key is unknown: the server presented ED25519 {}; nothing was sent",
        site.fingerprint()
    );
    site.refused(&[], &message, ACCEPT);
}

#[test]
fn the_known_hosts_files_of_the_configuration_are_read() {
    let site = Site::new();
    let file = site.home.join("hosts");
    fs::write(&file, site.server.known_hosts()).unwrap();
    for option in ["UserKnownHostsFile", "GlobalKnownHostsFile"] {
        site.test(&["-o", &format!("{option}={}", file.display())]).run().expect(0);
    }
    // As for ssh, a line in any file makes the key known, even if another file has a different key
    // for the host.
    let (line, _) = site.other_key("ed25519");
    site.home.know(&format!("{} {line}", site.name()));
    site.test(&["-o", &format!("GlobalKnownHostsFile={}", file.display())]).run().expect(0);
}

#[test]
fn host_key_alias_is_the_name_that_is_looked_up() {
    let site = Site::new();
    let key = site.server.host_key().to_openssh().unwrap();
    site.home.know(&format!("gateway {key}\n"));
    site.test(&["-o", "HostKeyAlias=gateway"]).run().expect(0);
    let said = site
        .test(&["-o", "HostKeyAlias=other", "-o", "StrictHostKeyChecking=accept-new"])
        .run()
        .expect(0);
    assert!(said.err().contains("permanently added \"other\" (ED25519) to "), "{}", said.err());
    assert!(fs::read_to_string(site.known_hosts()).unwrap().ends_with(&format!("other {key}\n")));
}

#[test]
fn a_file_that_cannot_be_read_is_not_an_empty_one() {
    let site = Site::new();
    fs::create_dir(site.known_hosts()).unwrap();
    site.refused(
        &["-o", "StrictHostKeyChecking=no"],
        &format!(
            "{:?} is a directory, not a known_hosts file; the host key was not checked",
            site.known_hosts()
        ),
        "leave the file out with -o UserKnownHostsFile=none",
    );
    // If the host key could not be checked, there is no connection.
    assert!(site.server.seen().is_empty(), "{:?}", site.server.seen());
}

#[test]
fn a_key_that_cannot_be_added_is_reported_and_the_login_goes_on() {
    let site = Site::new();
    let file = "/proc/sshk-known-hosts";
    let said = site
        .test(&[
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            &format!("UserKnownHostsFile={file}"),
        ])
        .run()
        .expect(0);
    assert!(
        said.err().starts_with(&format!(
            "{}: could not add the host key of {}: cannot write {file:?}: ",
            site.destination(),
            site.name()
        )),
        "{}",
        said.err()
    );
    assert!(said.err().contains("; the host key was not added\n"), "{}", said.err());
}

#[test]
fn dev_null_remembers_nothing() {
    let site = Site::new();
    for _ in 0..2 {
        let options =
            ["-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=/dev/null"];
        let said = site.test(&options).run().expect(0);
        assert!(!said.err().contains("permanently added"), "{}", said.err());
    }
    assert!(!site.known_hosts().exists());
}

#[test]
fn two_destinations_ask_one_after_the_other() {
    let (first, second) = (Site::new(), Site::new());
    let key = first.home.join(".ssh/id_ed25519.pub");
    fs::copy(key, second.server.home().join(".ssh/authorized_keys")).unwrap();
    let mut terminal = Terminal::start(first.test(&[]).arg(second.destination()));
    for _ in 0..2 {
        terminal.expect("(yes/no/[fingerprint])? ", SOON);
        terminal.send("yes\n");
    }
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(fs::read_to_string(first.known_hosts()).unwrap().lines().count(), 2);
}
