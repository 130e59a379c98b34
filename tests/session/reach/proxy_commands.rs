//! ProxyCommand: a program is the connection, and how it ends is reported.

use super::Site;
use crate::events::wait_until;
use crate::support::Run;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::SOON;

/// A substitute for nc, which may be missing: joins its standard streams to a port.
const RELAY: &str = "python3 -c 'import socket,sys,os,threading
s=socket.create_connection((sys.argv[1],int(sys.argv[2])))
def up():
    while True:
        d=os.read(0,65536)
        if not d: break
        s.sendall(d)
    s.shutdown(1)
threading.Thread(target=up,daemon=True).start()
while True:
    d=s.recv(65536)
    if not d: break
    os.write(1,d)' \"$@\"\n";

fn site() -> Site {
    let site = Site::new(&["gate", "target"]);
    let relay = site.home.join("relay");
    fs::write(&relay, format!("#!/bin/sh\necho \"$@\" >> \"$HOME/calls\"\nexec {RELAY}")).unwrap();
    fs::set_permissions(&relay, fs::Permissions::from_mode(0o755)).unwrap();
    site
}

#[test]
fn a_program_carries_the_connection_and_gets_host_and_port() {
    let site = site();
    site.configure("Host target\nProxyCommand ./relay %h %p %r %n %%");
    let said = site.sshk(&["test", "-i", ".ssh/target", "--json", "target"]).run().expect(0);
    let found: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert!(found["status"] == "ok" && found["address"].is_null(), "{found}");
    let server = site.server("target");
    assert_eq!(
        fs::read_to_string(site.home.join("calls")).unwrap(),
        format!("127.0.0.1 {} {} target %\n", server.port(), server.user())
    );
    // Data goes both ways, and the option on the command line overrides the file's.
    let data = vec![b'x'; 4 << 20];
    let said = site
        .sshk(&["connect", "-o", "ProxyCommand=./relay %h %p again", "target", "cat"])
        .stdin(&data)
        .deadline(SOON)
        .run()
        .expect(0);
    assert!(said.stdout == data);
    assert!(fs::read_to_string(site.home.join("calls")).unwrap().ends_with(" again\n"));
    let said =
        site.sshk(&["connect", "-o", "ProxyCommand=none", "target", "echo direct"]).run().expect(0);
    assert_eq!(said.out(), "direct\n");
    assert_eq!(fs::read_to_string(site.home.join("calls")).unwrap().lines().count(), 2);
}

#[test]
fn openssh_may_be_the_program() {
    let site = site();
    let config = site.home.join(".ssh/config");
    let known = site.home.join(".ssh/known_hosts");
    let command = format!(
        "ssh -F {} -o UserKnownHostsFile={} -o ProxyCommand=none -W %h:%p gate",
        config.display(),
        known.display()
    );
    let said = site
        .sshk(&["connect", "-o", &format!("ProxyCommand={command}"), "target", "echo there"])
        .run()
        .expect(0);
    assert_eq!(said.out(), "there\n");
}

#[test]
fn a_program_that_ends_early_is_named_with_its_status() {
    let site = site();
    let fails = |command: &str, words: &str| {
        site.configure(&format!("Host target\nProxyCommand {command}"));
        let said = site
            .sshk(&["connect", "target", "true"])
            .env("SHELL", "/bin/sh")
            .deadline(SOON)
            .run()
            .expect(255);
        let wanted = format!(
            "sshk: error: target: ProxyCommand {words}; nothing was sent\nsshk: hint: run the \
            command by itself to see its output: {command}\n"
        );
        assert!(said.err().ends_with(&wanted), "{}", said.err());
        said.err().to_owned()
    };
    fails("false", "ended before the host answered (exit status: 1)");
    let said =
        fails("./no-such-program", "ended before the host answered (exit status: 127)").to_owned();
    // The program's own messages are shown.
    assert!(said.contains("no-such-program"), "{said}");
    fails("sh -c 'kill -9 $$'", "ended before the host answered (signal: 9 (SIGKILL))");
    site.configure("Host target\nProxyCommand true");
    let said =
        site.sshk(&["connect", "target", "true"]).env("SHELL", "/no/such/shell").run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: target: ProxyCommand could not be started with \"/no/such/shell\": no such \
        file or directory; nothing was sent\n\
         sshk: hint: run the command by itself to see its output: true\n"
    );
}

#[test]
fn a_program_that_does_not_speak_ssh_is_reported() {
    let site = site();
    site.configure("Host target\nProxyCommand echo HTTP/1.0 400 no; sleep 5");
    let said = site.sshk(&["connect", "target", "true"]).deadline(SOON).run().expect(255);
    let port = site.server("target").port();
    assert!(
        said.err().starts_with(&format!(
            "sshk: error: target: 127.0.0.1:{port} is not an SSH \
            server: it sent \"HTTP/1.0 400 no\"\n"
        )) || said.err().starts_with(
            "sshk: error: target: ProxyCommand ended before the host \
                answered"
        ),
        "{}",
        said.err()
    );
}

#[test]
fn a_program_that_never_answers_times_out_and_is_ended() {
    let site = site();
    site.configure(
        "Host target\nConnectTimeout 1\nProxyCommand sh -c 'echo $$ > pid; exec sleep 60'",
    );
    let said = site.sshk(&["connect", "target", "true"]).deadline(SOON).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: target: timed out after 1 s during banner exchange\n\
         sshk: hint: allow more time with -o ConnectTimeout=60\n"
    );
    let pid = fs::read_to_string(site.home.join("pid")).unwrap();
    let folder = std::path::Path::new("/proc").join(pid.trim());
    // It got a hangup; it is gone a moment later.
    wait_until(&format!("the end of process {pid}"), || !folder.exists());
}

#[test]
fn a_jump_host_that_is_lost_during_the_session_is_named() {
    let site = site();
    site.configure(
        "Host gate\nProxyCommand sh -c 'echo $$ > pid; exec ./relay %h %p'\nHost \
        target\nProxyJump gate",
    );
    let running =
        site.sshk(&["connect", "target", "touch $HOME/up; sleep 60"]).deadline(SOON).start();
    let up = site.server("target").home().join("up");
    wait_until("the session", || up.exists());
    let pid = fs::read_to_string(site.home.join("pid")).unwrap();
    Run::new("kill").args(["-9", pid.trim()]).run().expect(0);
    let said = running.finish().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: target: jump host gate: connection closed by remote host\n"
    );
}
