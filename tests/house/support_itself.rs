//! The test support itself: everything that the other tests rely on works by itself, according to
//! OpenSSH, dropbear and the kernel.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::hostile::{Hostile, Refusing};
use crate::support::oracle::{self, Ssh, jq, node, openssl, public_key_of, ssh_keygen};
use crate::support::server::{self, Seen, Server};
use crate::support::{Account, Agent, Dropbear, Home, Run, Sshd, Terminal, program, root_only};
use russh::MethodKind;
use rustix::process::Signal;

use crate::support::SOON;

fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

#[test]
fn ssh_logs_in_to_sshd_with_the_authorized_key_only() {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    let (key, stranger) = (home.key("ed25519", "id_ed25519"), home.key("ed25519", "stranger"));
    sshd.authorize(&public(&key));
    let said = sshd
        .ssh(sshd.user())
        .key(&key)
        .command("cd; pwd; echo problem >&2; exit 3")
        .run()
        .expect(3);
    assert_eq!(
        (said.out().trim_end(), said.err()),
        (sshd.home().path().to_str().unwrap(), "problem\n")
    );
    let refused = sshd.ssh(sshd.user()).key(&stranger).command("true").run().expect(255);
    assert!(refused.err().contains("Permission denied (publickey"), "{}", refused.err());
    sshd.wait_for_log("Accepted publickey for");
}

#[test]
fn sshd_puts_configuration_lines_before_its_defaults_and_matches_after_them() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let sshd = Sshd::builder()
        .line("MaxStartups 7")
        .line("Match all")
        .line("ForceCommand echo forced")
        .start();
    sshd.authorize(&public(&key));
    assert_eq!(
        sshd.ssh(sshd.user()).key(&key).command("echo asked").run().expect(0).out(),
        "forced\n"
    );
}

#[test]
fn sshd_with_fresh_host_keys_is_a_stranger_to_the_other_servers_known_hosts() {
    let (home, known, fresh) =
        (Home::new(), Sshd::builder().start(), Sshd::builder().fresh_host_keys().start());
    let key = home.key("ed25519", "id_ed25519");
    for sshd in [&known, &fresh] {
        sshd.authorize(&public(&key));
        sshd.ssh(sshd.user()).key(&key).command("true").run().expect(0);
    }
    home.know(&known.known_hosts().replace(&known.port().to_string(), &fresh.port().to_string()));
    let changed = Ssh::new(fresh.user(), fresh.port(), &home.join(".ssh/known_hosts"))
        .key(&key)
        .command("true")
        .run()
        .expect(255);
    assert!(changed.err().contains("HOST IDENTIFICATION HAS CHANGED"), "{}", changed.err());
}

#[test]
fn a_dropped_sshd_is_stopped() {
    let sshd = Sshd::builder().start();
    let process = rustix::process::Pid::from_raw(sshd.id().try_into().unwrap()).unwrap();
    TcpStream::connect((Ipv4Addr::LOCALHOST, sshd.port())).unwrap();
    rustix::process::test_kill_process(process).unwrap();
    drop(sshd);
    // Another test may have its port by now.
    assert!(rustix::process::test_kill_process(process).is_err());
}

#[test]
fn account_logs_in_with_its_key_in_its_own_home_and_shell() {
    root_only!("account_logs_in_with_its_key_in_its_own_home_and_shell");
    let (home, sshd, account) = (Home::new(), Sshd::for_accounts().start(), Account::new("fish"));
    let key = home.key("ed25519", "id_ed25519");
    account.authorize(&public(&key));
    let said =
        sshd.ssh(account.name()).key(&key).command("echo $HOME $FISH_VERSION").run().expect(0);
    let (place, version) = said.out().trim_end().split_once(' ').unwrap();
    assert_eq!((place, version.is_empty()), (account.home().to_str().unwrap(), false));
    // StrictModes is on for accounts, as sshd has it by default.
    account.own(&account.authorized_keys(), 0o666);
    sshd.ssh(account.name()).key(&key).command("true").run().expect(255);
}

#[test]
fn account_logs_in_with_its_password_and_no_other() {
    root_only!("account_logs_in_with_its_password_and_no_other");
    let (home, sshd, account) =
        (Home::new(), Sshd::for_accounts().start(), Account::new("/bin/bash"));
    let login = |password| {
        sshd.ssh(account.name()).password(password, "password", home.path()).command("id -un").run()
    };
    assert_eq!(login(account.password()).expect(0).out().trim_end(), account.name());
    login("wrong").expect(255);
}

#[test]
fn account_logs_in_by_keyboard_interactive_through_pam() {
    root_only!("account_logs_in_by_keyboard_interactive_through_pam");
    let (home, sshd, account) =
        (Home::new(), Sshd::for_accounts().pam().start(), Account::new("/bin/bash"));
    let login = |method| {
        sshd.ssh(account.name())
            .password(account.password(), method, home.path())
            .command("id -un")
            .run()
    };
    assert_eq!(login("keyboard-interactive").expect(0).out().trim_end(), account.name());
    assert_eq!(login("password").expect(0).out().trim_end(), account.name());
    assert!(sshd.log().contains("Accepted keyboard-interactive/pam"), "{}", sshd.log());
}

#[test]
fn a_dropped_account_leaves_no_home_and_no_processes() {
    root_only!("a_dropped_account_leaves_no_home_and_no_processes");
    let account = Account::new("/bin/sh");
    let (name, home) = (account.name().to_owned(), account.home());
    let sleeping = Run::new(program("setpriv"))
        .args(["--clear-groups", "--reuid"])
        .arg(&name)
        .args(["sleep", "60"])
        .start();
    let is_theirs = || {
        fs::metadata(format!("/proc/{}", sleeping.id()))
            .is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == account.uid())
    };
    let until = Instant::now() + SOON;
    while !is_theirs() {
        assert!(Instant::now() < until, "setpriv did not change the user");
    }
    drop(account);
    assert_eq!(sleeping.finish().code(), 128 + 9);
    assert!(!home.exists());
    Run::new(program("id")).arg(&name).run().expect(1);
}

#[test]
fn ssh_and_dbclient_log_in_to_dropbear() {
    root_only!("ssh_and_dbclient_log_in_to_dropbear");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    let key = home.key("ed25519", "id_ed25519");
    account.authorize(&public(&key));
    assert_eq!(
        dropbear.ssh(account.name()).key(&key).command("echo in").run().expect(0).out(),
        "in\n"
    );
    let password =
        dropbear.ssh(account.name()).password(account.password(), "password", home.path());
    assert_eq!(password.command("echo in").run().expect(0).out(), "in\n");

    let theirs = home.join("id_dropbear");
    home.run(program("dropbearkey")).args(["-t", "ed25519", "-f"]).arg(&theirs).run().expect(0);
    let said = home.run(program("dropbearkey")).args(["-y", "-f"]).arg(&theirs).run().expect(0);
    account.authorize(&format!(
        "{}\n",
        said.out().lines().find(|line| line.starts_with("ssh-ed25519")).unwrap()
    ));
    let port = dropbear.port().to_string();
    let dbclient = home
        .run(program("dbclient"))
        .args(["-y", "-T", "-p", &port, "-l", account.name(), "-i"])
        .arg(&theirs);
    assert_eq!(dbclient.args(["127.0.0.1", "echo in"]).run().expect(0).out(), "in\n");
    dropbear.wait_for_log("Pubkey auth succeeded");
}

#[test]
fn dropbear_shows_each_of_its_host_keys_and_rejects_logins_without_a_key() {
    let (home, dropbear) = (Home::new(), Dropbear::start(&["-s"]));
    let key = home.key("ed25519", "id_ed25519");
    for algorithm in ["ssh-ed25519", "rsa-sha2-256", "ecdsa-sha2-nistp256"] {
        let ssh = dropbear
            .ssh("nobody-at-all")
            .key(&key)
            .option(&format!("HostKeyAlgorithms={algorithm}"));
        let refused = ssh.command("true").run().expect(255);
        assert!(refused.err().contains("Permission denied (publickey)"), "{}", refused.err());
    }
}

#[test]
fn agent_holds_the_key_it_was_given_and_signs_with_it() {
    let (home, agent, sshd) = (Home::new(), Agent::start(), Sshd::builder().start());
    let key = home.key("ed25519", "id_ed25519");
    assert!(agent.keys().contains("no identities"), "{}", agent.keys());
    agent.add(&key);
    assert_eq!(agent.keys(), public(&key));
    sshd.authorize(&public(&key));
    fs::remove_file(&key).unwrap();
    let login = |ssh: Ssh| ssh.key(&key.with_extension("pub")).command("true").run();
    login(sshd.ssh(sshd.user())).expect(255);
    let known = home.join("known");
    fs::write(&known, sshd.known_hosts()).unwrap();
    login(Ssh::through_agent(&agent.socket(), sshd.user(), sshd.port(), &known)).expect(0);
}

#[test]
fn built_in_server_accepts_ssh_with_a_key_that_is_in_its_home_now() {
    let (home, server) =
        (Home::new(), Server::start(server::Account::new("ann", "pass word")).unwrap());
    let key = home.key("rsa", "id_rsa");
    home.know(&server.known_hosts());
    let known = home.join(".ssh/known_hosts");
    let login =
        |command| Ssh::new(server.user(), server.port(), &known).key(&key).command(command).run();
    login("true").expect(255);

    let folder = server.home().join(".ssh");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("authorized_keys"), format!("# ann's\n{}", public(&key))).unwrap();
    let said = login("pwd; echo $HOME $USER; echo problem >&2; exit 7").expect(7);
    let place = server.home().canonicalize().unwrap();
    assert_eq!(said.out(), format!("{}\n{} ann\n", place.display(), server.home().display()));
    assert_eq!(said.err(), "problem\n");

    fs::set_permissions(folder.join("authorized_keys"), fs::Permissions::from_mode(0o666)).unwrap();
    login("true").expect(255);
    let logins =
        server.seen().iter().filter(|it| **it == Seen::LoggedIn(MethodKind::PublicKey)).count();
    assert_eq!(
        (logins, server.seen().iter().filter(|it| **it == Seen::Connection).count()),
        (1, 3)
    );
}

#[test]
fn built_in_server_accepts_only_its_password_by_both_methods() {
    let (home, server) =
        (Home::new(), Server::start(server::Account::new("ann", "pass word")).unwrap());
    home.know(&server.known_hosts());
    let known = home.join(".ssh/known_hosts");
    let login = |user: &str, password: &str, method: &str| {
        Ssh::new(user, server.port(), &known)
            .password(password, method, home.path())
            .command("echo in")
            .run()
    };
    for method in ["password", "keyboard-interactive"] {
        assert_eq!(login("ann", "pass word", method).expect(0).out(), "in\n");
        login("ann", "wrong", method).expect(255);
        login("bob", "pass word", method).expect(255);
    }
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|it| matches!(it, Seen::Password(_))).count(), 6);
    assert_eq!(seen.iter().filter(|it| matches!(it, Seen::LoggedIn(_))).count(), 2);
}

#[test]
fn built_in_server_offers_only_the_methods_it_was_given_and_shows_its_banner() {
    let mut account = server::Account::new("ann", "pw");
    (account.methods, account.banner) =
        (vec![MethodKind::PublicKey], Some("mind the step\n".into()));
    let (home, server) = (Home::new(), Server::start(account).unwrap());
    home.know(&server.known_hosts());
    let known = home.join(".ssh/known_hosts");
    let refused = Ssh::new("ann", server.port(), &known)
        .password("pw", "password", home.path())
        .command("true")
        .run()
        .expect(255);
    assert!(
        refused.err().contains("mind the step")
            && refused.err().contains("Permission denied (publickey)"),
        "{}",
        refused.err()
    );
    assert!(!server.seen().iter().any(|it| matches!(it, Seen::LoggedIn(_))));
}

/// A home with an authorized key in a built-in server: only the streams matter.
fn streams() -> (Home, Server, impl Fn(&str) -> Run) {
    let (home, server) = (Home::new(), Server::start(server::Account::new("ann", "pw")).unwrap());
    let key = home.key("ed25519", "id_ed25519");
    fs::create_dir(server.home().join(".ssh")).unwrap();
    fs::copy(key.with_extension("pub"), server.home().join(".ssh/authorized_keys")).unwrap();
    home.know(&server.known_hosts());
    let (known, port) = (home.join(".ssh/known_hosts"), server.port());
    (home, server, move |command: &str| Ssh::new("ann", port, &known).key(&key).command(command))
}

#[test]
fn built_in_server_carries_a_mebibyte_each_way_at_once() {
    let (_home, _server, command) = streams();
    let sent: Vec<u8> =
        (0..1 << 20).map(|place: u32| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let back = command("cat").stdin(&sent).run().expect(0);
    assert!(back.stdout == sent, "{} bytes came back, or others", back.stdout.len());
    let back = command("tee /dev/stderr | wc -c").stdin(&sent).run().expect(0);
    assert!(
        back.stderr == sent && back.out().trim() == "1048576",
        "{} bytes came back, or others",
        back.stderr.len()
    );
}

#[test]
fn built_in_server_does_not_wait_for_input_that_nobody_reads() {
    let (_home, _server, command) = streams();
    let sent = vec![b'x'; 1 << 23];
    assert_eq!(command("echo done; exit 4").stdin(&sent).run().expect(4).out(), "done\n");
    // The output is larger than every buffer on the way, and the input is not read before it is
    // out.
    assert_eq!(
        command("head -c 8388608 /dev/zero; wc -c").stdin(&sent).run().expect(0).stdout.len(),
        8_388_608 + "8388608\n".len()
    );
}

#[test]
fn built_in_server_distinguishes_a_signal_from_a_status() {
    let (_home, _server, command) = streams();
    // ssh's own way to say that the command was killed.
    command("kill -TERM $$").run().expect(255);
    command("exit 200").run().expect(200);
    assert_eq!(command("echo 'echo from a script' | sh").run().expect(0).out(), "from a script\n");
}

#[test]
fn built_in_server_kills_a_command_whose_client_has_gone() {
    let (_home, server, command) = streams();
    let pid = server.home().join("pid");
    let client = command("echo $$ >pid.new; mv pid.new pid; exec sleep 60").start();
    let until = Instant::now() + SOON;
    while !pid.exists() {
        assert!(Instant::now() < until, "the command does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(client);
    let pid = fs::read_to_string(pid).unwrap();
    while Run::new("/bin/kill").args(["-0", pid.trim()]).run().status.success() {
        assert!(Instant::now() < until, "the command goes on");
    }
}

#[test]
fn terminal_shows_what_is_typed_unless_echo_is_off_and_keeps_the_modes_a_program_leaves() {
    let home = Home::new();
    let script = "printf 'name: '; read name; stty -echo; printf 'secret: '; read secret; echo; \
        echo \"<$name $secret>\"; exit 5";
    let mut terminal = Terminal::start(home.run("/bin/sh").args(["-c", script]));
    let before = terminal.modes();
    terminal.expect("name: ", SOON);
    terminal.send("ann\n");
    terminal.expect("ann\r\n", SOON);
    terminal.expect_echo(false, SOON);
    terminal.expect("secret: ", SOON);
    terminal.send("hush\n");
    assert_eq!(terminal.expect("<ann hush>", SOON), "\r\n<ann hush>");
    assert_eq!(terminal.wait(SOON), 5);
    assert!(
        !terminal.echoes() && terminal.modes() != before,
        "stty's change has outlived the program"
    );
    assert_eq!(terminal.screen().matches("hush").count(), 1);
}

#[test]
fn terminal_is_the_controlling_one_and_ctrl_c_reaches_the_program() {
    let home = Home::new();
    let mut terminal = Terminal::redirected(
        home.run("/bin/sh").args(["-c", "echo asking >/dev/tty; exec sleep 60"]),
        "</dev/null >out 2>&1",
    );
    terminal.expect("asking", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(SOON), 130);
    assert_eq!(fs::read_to_string(home.join("out")).unwrap(), "");
}

#[test]
fn terminal_forwards_its_size_and_signals() {
    let home = Home::new();
    let script = "trap 'stty size' WINCH; trap 'echo told; exit 9' TERM; stty size; while :; do \
        sleep 0.05; done";
    let mut terminal = Terminal::start(home.run("/bin/sh").args(["-c", script]));
    terminal.expect("24 80", SOON);
    terminal.resize(50, 132);
    terminal.expect("50 132", SOON);
    terminal.signal(rustix::process::Signal::TERM);
    terminal.expect("told", SOON);
    assert_eq!(terminal.wait(SOON), 9);
}

#[test]
#[should_panic(expected = "ended without \"never\"")]
fn terminal_reports_a_program_that_ends_without_the_expected_text() {
    Terminal::start(Home::new().run("/bin/echo").arg("something else")).expect("never", SOON);
}

#[test]
fn run_has_no_terminal_and_a_clean_environment() {
    let home = Home::new();
    let said = home
        .run("/bin/sh")
        .args(["-c", "env; (: </dev/tty) 2>/dev/null && echo TERMINAL; cat"])
        .stdin("input")
        .run()
        .expect(0);
    let names: Vec<&str> = said.out().lines().filter_map(|line| line.split('=').next()).collect();
    for name in &names {
        assert!(
            ["HOME", "PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_", "input"].contains(name),
            "{name} in {names:?}"
        );
    }
    assert!(
        said.out().ends_with("input")
            && said.out().contains(&format!("HOME={}\n", home.path().display()))
    );
}

#[test]
#[should_panic(expected = "does not end")]
fn run_kills_what_hangs_and_shows_it() {
    Run::new("/bin/sh")
        .args(["-c", "echo so far; sleep 60"])
        .deadline(Duration::from_millis(300))
        .run();
}

/// A shell starts background jobs with SIGINT and SIGQUIT ignored, and nohup adds SIGHUP.
#[test]
#[cfg(target_os = "linux")]
fn children_ignore_no_signals_when_the_tests_run_in_the_background() {
    const THIS: &str =
        "support_itself::children_ignore_no_signals_when_the_tests_run_in_the_background";
    let home = Home::new();
    let ignored = |status: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        let mask = u64::from_str_radix(mask.trim(), 16).unwrap();
        [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TSTP]
            .map(|signal| mask & 1 << (signal.as_raw() - 1) != 0)
    };
    if std::env::var_os("IN_THE_BACKGROUND").is_none() {
        home.run("/bin/sh")
            .args(["-c", "trap '' HUP INT QUIT TSTP; exec \"$@\"", "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", THIS])
            .env("IN_THE_BACKGROUND", "yes")
            .run()
            .expect(0);
        return;
    }
    assert_eq!(ignored(&fs::read_to_string("/proc/self/status").unwrap()), [true; 4]);
    let show = ["-c", "grep SigIgn: /proc/self/status"];
    assert_eq!(ignored(Run::new("/bin/sh").args(show).run().expect(0).out()), [false; 4]);
    let mut terminal = Terminal::start(home.run("/bin/sh").args(show));
    assert_eq!(terminal.wait(SOON), 0);
    assert_eq!(ignored(&terminal.screen()), [false; 4]);
}

#[test]
fn sshk_is_there_and_runs() {
    Home::new().sshk(["--version"]).run().expect(0);
}

#[test]
fn hostile_peers_misbehave_as_described() {
    /// What the peer sends first: as many bytes as are expected, or everything before it hangs up.
    fn read(peer: &Hostile, expected: u64) -> Vec<u8> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, peer.port())).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let mut received = Vec::new();
        stream.take(expected).read_to_end(&mut received).unwrap();
        received
    }
    let silent = Hostile::silent();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, silent.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(
        [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&error.kind()),
        "{error}"
    );
    assert_eq!(read(&Hostile::closes(), 99), b"");
    assert_eq!(read(&Hostile::garbage(), 4096).len(), 4096);
    assert!(read(&Hostile::http(), 99).starts_with(b"HTTP/1.1 400"));
    assert_eq!(read(&Hostile::endless_banner(), 100_000).len(), 100_000);
    assert_eq!(read(&Hostile::endless_line(), 100_000), vec![b'a'; 100_000]);
    let identification = b"SSH-2.0-OpenSSH_9.2\r\n";
    let stalling = Hostile::stalls_after_identification();
    assert_eq!(read(&stalling, identification.len() as u64), identification);
    let closing = Hostile::closes_after_identification();
    assert_eq!(read(&closing, identification.len() as u64), identification);
    assert_eq!(stalling.accepted(), 1);
    let refusing = Refusing::new();
    let error = TcpStream::connect((Ipv4Addr::LOCALHOST, refusing.port())).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn oracles_check_a_key() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    assert_eq!(public_key_of(&key, "") + "\n", public(&key));
    ssh_keygen(["-l", "-f"]).arg(home.join("missing")).run().expect(255);
    ssh_keygen(["-q", "-m", "PEM", "-t", "rsa", "-b", "2048", "-N", "", "-f"])
        .arg(home.join("pem"))
        .run()
        .expect(0);
    openssl(["rsa", "-check", "-noout", "-in"]).arg(home.join("pem")).run().expect(0);
    assert_eq!(jq(["-Rs", "."], "a\nb").run().expect(0).out(), "\"a\\nb\"\n");
    let script = "const {utils} = require('ssh2'); \
                  const key = utils.parseKey(require('fs').readFileSync(process.argv[1])); \
                  console.log(key.type)";
    assert_eq!(node(script, [&key]).run().expect(0).out(), "ssh-ed25519\n");
    let answer = Run::new(oracle::askpass(home.path(), "two words $HOME")).run().expect(0);
    assert_eq!(answer.out(), "two words $HOME\n");
}
