//! Peers that are not SSH servers, and bad destinations and configurations: reported immediately,
//! each with its step.

use crate::events::wait_until;
use crate::support::hostile::{Hostile, Refusing};
use crate::support::{Home, Run, SOON, Terminal};
use std::fs;

/// A home with one key.
fn home() -> Home {
    let home = Home::new();
    home.key("ed25519", "id_ed25519");
    home
}

/// `sshk test` at this port with one second for each step: its message after the destination.
#[track_caller]
fn knock(port: u16) -> String {
    let (home, to) = (home(), format!("ssh://ann@127.0.0.1:{port}"));
    let said = home.sshk(["test", "-F", "none", "-o", "ConnectTimeout=1", &to]).run().expect(1);
    assert_eq!(said.out(), "");
    let words = said
        .err()
        .strip_prefix(&format!("sshk: error: {to}: "))
        .unwrap_or_else(|| panic!("{}", said.err()));
    words.replace(&format!("127.0.0.1:{port}"), "PLACE")
}

const WAIT: &str = "sshk: hint: allow more time with -o ConnectTimeout=60\n";
const PORT: &str = "sshk: hint: give the port of its SSH server with -p\n";

#[test]
fn a_port_that_refuses() {
    assert_eq!(
        knock(Refusing::new().port()),
        "cannot connect to PLACE: connection refused; nothing was sent\n\
         sshk: hint: check that the host is up and that its SSH server listens on this port (-p)\n"
    );
}

#[test]
fn a_server_that_is_silent() {
    assert_eq!(
        knock(Hostile::silent().port()),
        format!("timed out after 1 s during banner exchange\n{WAIT}")
    );
}

#[test]
fn a_server_that_stalls_after_its_identification() {
    assert_eq!(
        knock(Hostile::stalls_after_identification().port()),
        format!("timed out after 1 s during key exchange\n{WAIT}")
    );
}

#[test]
fn a_server_that_closes_immediately() {
    // The kernel decides whether the end or the reset is seen first; the message is the same.
    assert_eq!(
        knock(Hostile::closes().port()),
        "the server closed the connection during banner exchange\n\
         sshk: hint: the server may be limiting connections: try again in a minute, or ask its \
        administrator (MaxStartups, hosts.deny)\n"
    );
}

#[test]
fn a_server_that_closes_after_its_identification() {
    assert_eq!(
        knock(Hostile::closes_after_identification().port()),
        "the server closed the connection during key exchange\n"
    );
}

#[test]
fn a_web_server() {
    assert_eq!(
        knock(Hostile::http().port()),
        format!("PLACE is not an SSH server: it sent \"HTTP/1.1 400 Bad Request\"\n{PORT}")
    );
}

#[test]
fn garbage_is_shown_cut_and_escaped() {
    let said = knock(Hostile::garbage().port());
    assert!(
        said.starts_with("PLACE is not an SSH server: it sent \"")
            && said.ends_with(&format!("\"\n{PORT}")),
        "{said}"
    );
    assert!(said.len() < 1000 && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn endless_lines_before_an_identification_that_never_comes() {
    assert_eq!(
        knock(Hostile::endless_banner().port()),
        format!("PLACE is not an SSH server: it sent \"please hold the line\"\n{PORT}")
    );
    assert_eq!(
        knock(Hostile::endless_line().port()),
        format!("PLACE is not an SSH server: it sent \"{}…\"\n{PORT}", "a".repeat(80))
    );
}

#[test]
fn a_name_that_does_not_resolve() {
    let said = home().sshk(["test", "-F", "none", "no-such-host.invalid"]).run().expect(1);
    let (start, hint) = said.err().split_once('\n').unwrap();
    assert!(
        start.starts_with(
            "sshk: error: no-such-host.invalid: could not resolve hostname \
            \"no-such-host.invalid\": "
        ) && start.ends_with("; nothing was sent")
            && !start.contains("os error")
            && !start.contains("failed to lookup address information: failed"),
        "{start}"
    );
    assert_eq!(hint, "sshk: hint: check the spelling of the name, or use an IP address\n");
}

#[test]
fn copy_id_and_connect_use_the_same_words() {
    let (home, silent) = (home(), Hostile::silent());
    let to = format!("ssh://ann@127.0.0.1:{}", silent.port());
    for (command, words, code) in [("copy-id", &[][..], 1), ("connect", &["true"][..], 255)] {
        let said = home
            .sshk([command, "-F", "none", "-o", "ConnectTimeout=1", &to])
            .args(words)
            .run()
            .expect(code);
        assert_eq!(
            said.err(),
            format!("sshk: error: {to}: timed out after 1 s during banner exchange\n{WAIT}"),
            "{command}"
        );
    }
}

#[test]
fn a_bad_destination_is_a_usage_error_and_runs_nothing() {
    let home = home();
    for (typed, why) in [
        ("-oProxyCommand=touch owned", "unexpected"),
        (
            "$(touch owned)@host",
            "the user name contains a control character or a shell metacharacter",
        ),
        (
            "ann@$(touch owned)",
            "the host name contains whitespace, a control character or a shell metacharacter",
        ),
        ("a b", "the host name contains whitespace, a control character or a shell metacharacter"),
        ("a\nb", "the host name contains whitespace, a control character or a shell metacharacter"),
        ("", "the host name is empty"),
        ("@host", "the user name is empty"),
        ("ann@-x", "the host name starts with a dash"),
        ("ssh://", "the host name is empty"),
        ("ssh://host:0", "the port must be a number from 1 to 65535"),
        ("ssh://host:99999", "the port must be a number from 1 to 65535"),
        ("[::1", "missing ]"),
        ("[::1]22", "only :port can follow the ]"),
    ] {
        for command in ["copy-id", "test", "connect"] {
            let said = match why {
                // After --, the dash does not make it an option.
                "unexpected" => home.sshk([command, "--", typed]).run().expect(2),
                _ => home.sshk([command, typed]).run().expect(2),
            };
            let why = if why == "unexpected" { "the host name starts with a dash" } else { why };
            assert!(
                said.err().contains(&format!("{typed:?} is not a valid destination: {why}")),
                "{command} {typed:?}: {}",
                said.err()
            );
            assert_eq!(said.out(), "");
        }
    }
    assert!(!home.join("owned").exists());
}

#[test]
fn proxy_command_gets_no_host_that_its_shell_could_run() {
    let home = home();
    for option in [
        "ProxyCommand=echo %h",
        "ProxyCommand=echo %r %n",
        "ProxyJump=$(touch owned)",
        "ProxyJump=a`touch owned`@host",
    ] {
        for typed in ["`touch owned`", "$(touch owned)@host", "-x"] {
            home.sshk(["test", "-o", option, "--", typed]).run().expect(2);
        }
    }
    let said = home.sshk(["test", "-oProxyJump=$(touch owned)", "host"]).run().expect(1);
    assert!(
        said.err().starts_with(
            "sshk: error: host: command line: ProxyJump: \"$(touch owned)\" is not a valid \
            destination: "
        ),
        "{}",
        said.err()
    );
    let said = home
        .sshk(["test", "-oHostName=a;touch owned", "-oProxyCommand=echo %h", "host"])
        .run()
        .expect(1);
    assert!(
        said.err().starts_with("sshk: error: host: command line: HostName: "),
        "{}",
        said.err()
    );
    assert!(!home.join("owned").exists());
}

#[test]
fn an_unknown_option_is_named() {
    let said = home().sshk(["test", "-o", "NoSuchThing=1", "host"]).run().expect(1);
    assert_eq!(
        said.err(),
        "sshk: error: host: command line: Bad configuration option: \"NoSuchThing\"\n\
         sshk: hint: fix the spelling, or ignore the keyword with: -o IgnoreUnknown=NoSuchThing\n"
    );
}

/// What `sshk test host` reports under this configuration.
fn configured(home: &Home, config: &str) -> String {
    let file = home.join(".ssh/config");
    fs::write(&file, config).unwrap();
    home.sshk(["test", "host"]).run().expect(1).err().replace(file.to_str().unwrap(), "CONFIG")
}

#[test]
fn a_bad_line_of_the_configuration_is_reported_with_its_place() {
    let home = home();
    for (config, said) in [
        (
            "# comment\nNoSuchThing 1\n",
            "sshk: error: host: CONFIG:2: Bad configuration option: \"NoSuchThing\"\n\
             sshk: hint: fix the spelling, or ignore the keyword with: -o \
             IgnoreUnknown=NoSuchThing\n",
        ),
        ("Host host\n  Port nine\n", "sshk: error: host: CONFIG:2: Port: "),
        (
            "StrictHostKeyChecking maybe\n",
            "sshk: error: host: CONFIG:1: StrictHostKeyChecking: must be one of ",
        ),
        ("User \"ann\n", "sshk: error: host: CONFIG:1: "),
    ] {
        let heard = configured(&home, config);
        assert!(heard.starts_with(said), "{heard}");
    }
}

#[test]
fn unsupported_options_that_would_change_the_host_are_reported() {
    let home = home();
    for keyword in ["CanonicalizePermittedCNAMEs", "PKCS11Provider"] {
        let config = &format!("Host host\n  {keyword} /some/file\n");
        assert_eq!(
            configured(&home, config),
            format!(
                "sshk: error: host: CONFIG:2: {keyword} is not supported yet; did not connect\n\
                 sshk: hint: remove that line for this host, or read no configuration at \
                 all with -F none\n"
            )
        );
    }
}

#[test]
fn a_configuration_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let file = home.join(".ssh/config");
    fs::write(&file, "User ann\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let said = home.sshk(["test", "host"]).run().expect(1);
    assert!(
        said.err().contains(&format!("{}: Bad owner or permissions (owner ", file.display())),
        "{}",
        said.err()
    );
    assert!(
        said.err().ends_with(&format!("sshk: hint: chmod go-w {}\n", file.display())),
        "{}",
        said.err()
    );
    let missing = home.join("missing");
    let said = home.sshk(["test", "-F", missing.to_str().unwrap(), "host"]).run().expect(1);
    assert!(
        said.err().starts_with(&format!("sshk: error: host: cannot read {}: ", missing.display())),
        "{}",
        said.err()
    );
}

#[test]
fn ctrl_c_while_a_server_is_silent_ends_it_immediately() {
    let (home, silent) = (home(), Hostile::silent());
    let mut terminal =
        Terminal::start(home.sshk(["test", &format!("ssh://ann@127.0.0.1:{}", silent.port())]));
    let before = terminal.modes();
    wait_until("a connection", || silent.accepted() > 0);
    terminal.send_ctrl_c();
    // Sooner than ConnectTimeout, after which it would exit with 1.
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!(terminal.modes(), before);
}

#[test]
fn a_destination_is_missing() {
    for command in ["copy-id", "test", "connect"] {
        let said: crate::support::Finished = Run::run(home().sshk([command])).expect(2);
        assert!(said.err().contains("<DESTINATION>"), "{}", said.err());
    }
}
