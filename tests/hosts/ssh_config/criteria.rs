//! Match criteria that `ssh -G` cannot show, or that the installed ssh may lack.

use sshk::hosts::ssh_config::Through;

use crate::ssh_config::{Case, surroundings};

#[test]
fn localnetwork_matches_the_addresses_of_this_machine() {
    let port = |criterion: &str| {
        Case::new(&format!("Match {criterion}\nPort 7\n"), "web1")
            .resolve()
            .map(|endpoint| endpoint.port)
    };
    for criterion in [
        "localnetwork 10.1.0.0/16",
        "localnetwork 192.168.0.0/16,fe80::/10",
        "!localnetwork 192.168.0.0/16",
        "localnetwork 10.0.0.0/8,!10.2.0.0/16",
    ] {
        assert_eq!(port(criterion).unwrap(), 7, "{criterion}");
    }
    for criterion in [
        "localnetwork 192.168.0.0/16",
        "!localnetwork 127.0.0.0/8",
        "localnetwork 10.0.0.0/8,!10.1.0.0/16",
        "host db1 localnetwork 10.0.0.0/8",
    ] {
        assert_eq!(port(criterion).unwrap(), 22, "{criterion}");
    }
    let error = port("localnetwork 10.1.2.3/8").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(":1: Match: localnetwork needs addresses or networks such as 10.0.0.0/8"),
        "{error}"
    );
}

#[test]
fn match_exec_refuses_a_host_or_user_that_could_be_a_command() {
    for config in [
        "HostName \"a;b\"\nMatch exec \"echo %h\"\n",
        "User \"$(touch x)\"\nMatch exec \"echo %r\"\n",
    ] {
        let error = Case::new(config, "web1").resolve().unwrap_err();
        assert!(error.to_string().contains("shell metacharacter"), "{error}");
    }
}

#[test]
fn match_sessiontype_and_command_see_what_will_run_as_in_openssh_10() {
    let matches = |criteria: &str, settings: &[&str], command: Option<&str>| {
        let mut case =
            Case::new(&format!("RemoteCommand not looked at\nMatch {criteria}\nPort 7\n"), "web1");
        case.options(settings);
        case.line.command = command.map(str::to_owned);
        case.resolve().unwrap().port == 7
    };
    for (criteria, settings, command) in [
        ("sessiontype shell", &[][..], None),
        ("sessiontype exec command \"git-upload-pack *\"", &[], Some("git-upload-pack '/x'")),
        ("sessiontype exec command \"\"", &[], Some("")),
        ("sessiontype subsystem command sftp", &["SessionType=subsystem"], Some("sftp")),
        ("sessiontype none", &["SessionType=none"], None),
        ("sessiontype none,shell command=\"\"", &[], None),
        ("!sessiontype shell !command b*", &[], Some("a")),
    ] {
        assert!(matches(criteria, settings, command), "{criteria}");
    }
    for (criteria, settings, command) in [
        ("sessiontype exec", &[][..], None),
        ("sessiontype shell", &[], Some("")),
        ("sessiontype shell", &["SessionType=none"], None),
        ("command *", &[], None),
        ("command \"\"", &[], Some("a")),
        ("command a,!b*", &[], Some("b")),
    ] {
        assert!(!matches(criteria, settings, command), "{criteria}");
    }
    // A jump host forwards a connection and runs no session.
    let config = "Match host gate sessiontype none\nPort 7\nMatch host web1 sessiontype \
        shell\nPort 8\n\
                  Match host web1\nProxyJump gate\n";
    let endpoint = Case::new(config, "web1").resolve().unwrap();
    let Through::Jump(gate) = &endpoint.through else { panic!() };
    assert_eq!((endpoint.port, gate.port), (8, 7));
}

#[test]
fn syntax_that_the_installed_ssh_may_lack_follows_the_manual() {
    let of = |config: &str| Case::new(config, "web1").resolve();
    assert_eq!(of("Tag work\nMatch tagged wo*\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("Match tagged \"\"\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("Match host=web1 user=none\nPort 4\nMatch host=web1\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("User %n-${SSHK_TEST_KEYS}\n").unwrap().user, "web1-/keys/%h");
    assert_eq!(of("User %n-%p\n").unwrap().user, "web1-22");
    assert!(of("User %r\n").is_err());
    assert_eq!(
        of("Match !final\nPort 5\nHostName db1\nHost db1\nUser x\n").unwrap().user,
        surroundings().local_user
    );
    let case = Case::new("Include {dir}/%n.${SSHK_TEST_NONE}\n", "web1");
    assert!(case.resolve().is_err());
    let case = Case::new("HostName db1\nInclude {dir}/%h-%n\n", "web1");
    case.write("db1-web1", "Port 6\n");
    assert_eq!(case.resolve().unwrap().port, 6);
    let refused = of("Host web1\nRefuseConnection \"moved to web2\"\n").unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("config:2: RefuseConnection: \"moved to web2\"; did not connect"),
        "{refused}"
    );
    assert!(of("Host db1\nRefuseConnection gone\n").is_ok());
}
