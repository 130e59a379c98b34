//! `-A`: the agent is forwarded to the server while the session runs, and to no other.

use std::fs;
use std::path::Path;

use super::{SOON, Site};
use crate::events::wait_until;
use crate::support::{Agent, Sshd, Terminal, program};

/// What `ssh-add -L` prints if there is no agent.
const NONE: &str = "Could not open a connection to your authentication agent.\n";

struct Forwarding {
    site: Site,
    agent: Agent,
}

fn forwarding() -> Forwarding {
    let (site, agent) = (Site::new(), Agent::start());
    agent.add(&site.home.key("ed25519", "in_agent"));
    // The login uses the key file; the agent is only forwarded.
    site.configure("IdentityAgent SSH_AUTH_SOCK");
    Forwarding { site, agent }
}

impl Forwarding {
    fn lists(&self, args: &[&str]) -> String {
        let run = self
            .site
            .sshk(args)
            .arg("srv")
            .arg("ssh-add -L 2>&1")
            .env("SSH_AUTH_SOCK", self.agent.socket());
        run.run().out().to_owned()
    }
}

#[test]
fn the_server_sees_the_agents_keys_only_if_the_agent_is_forwarded() {
    let forwarding = forwarding();
    assert_eq!(forwarding.lists(&[]), NONE);
    assert_eq!(forwarding.lists(&["-A"]), format!("{}\n", forwarding.agent.keys().trim_end()));
    assert_eq!(forwarding.lists(&["-o", "ForwardAgent=yes"]), forwarding.lists(&["-A"]));
    assert_eq!(forwarding.lists(&["-A", "-a"]), NONE);
    forwarding.site.configure("IdentityAgent SSH_AUTH_SOCK\nForwardAgent yes");
    assert_ne!(forwarding.lists(&[]), NONE);
    assert_eq!(forwarding.lists(&["-a"]), NONE);
    // Another agent than the one that logs in, by path and by variable.
    let socket = forwarding.agent.socket();
    forwarding.site.configure(&format!("IdentityAgent none\nForwardAgent {}", socket.display()));
    assert_ne!(forwarding.lists(&[]), NONE);
    forwarding.site.configure("IdentityAgent none\nForwardAgent $SSH_AUTH_SOCK");
    assert_ne!(forwarding.lists(&[]), NONE);
}

/// A command that logs in to `to` with nothing but the agent; `known` has its host key.
fn onward(to: &Sshd, known: &Path) -> String {
    format!(
        "ssh -F none -o BatchMode=yes -o UserKnownHostsFile={} -o IdentityFile=none -p {} \
        {}@127.0.0.1 echo onward",
        known.display(),
        to.port(),
        to.user()
    )
}

#[test]
fn a_login_from_the_server_to_another_host_uses_the_local_keys() {
    let forwarding = forwarding();
    let next = Sshd::builder().fresh_host_keys().start();
    next.authorize(&fs::read_to_string(forwarding.site.home.join(".ssh/in_agent.pub")).unwrap());
    let known = forwarding.site.home.join("next_known_hosts");
    fs::write(&known, next.known_hosts()).unwrap();
    let onward = onward(&next, &known);
    for args in [&["-A"][..], &["-A", "-tt"]] {
        let run = forwarding
            .site
            .sshk(args)
            .args(["srv", &onward])
            .env("SSH_AUTH_SOCK", forwarding.agent.socket());
        let said = run.deadline(SOON).run().expect(0);
        assert!(said.out().contains("onward"), "{}", said.out());
    }
    let run =
        forwarding.site.sshk(["srv", &onward]).env("SSH_AUTH_SOCK", forwarding.agent.socket());
    assert_eq!(run.run().code(), 255);
}

#[test]
fn many_agent_connections_at_once_are_served_and_none_outlives_the_session() {
    let forwarding = forwarding();
    let many = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ssh-add -l > /dev/null & done; wait; \
        ssh-add -L; echo $SSH_AUTH_SOCK";
    let said = forwarding
        .site
        .sshk(["-A", "srv", many])
        .env("SSH_AUTH_SOCK", forwarding.agent.socket())
        .deadline(SOON)
        .run()
        .expect(0);
    let (keys, socket) = said.out().trim_end().rsplit_once('\n').unwrap();
    assert_eq!(keys, forwarding.agent.keys().trim_end());
    wait_until(&format!("the end of {socket}"), || !Path::new(socket).exists());
}

#[test]
fn a_missing_agent_is_reported_and_affects_nothing_else() {
    let forwarding = forwarding();
    let gone = forwarding.site.home.join("gone");
    let run = forwarding.site.sshk([
        "-A",
        "-o",
        &format!("ForwardAgent={}", gone.display()),
        "-o",
        "IdentityAgent=none",
        "srv",
        "ssh-add -l; echo on",
    ]);
    let said = run.env("SSH_AUTH_SOCK", forwarding.agent.socket()).deadline(SOON).run();
    // -A comes before -o: it forwards the agent used to log in, which does not exist.
    assert!(said.out().ends_with("on\n"), "{}", said.err());
    let run = forwarding.site.sshk([
        "-o",
        &format!("ForwardAgent={}", gone.display()),
        "srv",
        "ssh-add -l; echo on",
    ]);
    let said = run.deadline(SOON).run().expect(0);
    let note = format!(
        "srv: the server could not reach the agent: the agent at {gone:?} failed: no such file \
        or directory\n"
    );
    assert!(said.out().ends_with("on\n") && said.err().contains(&note), "{}", said.err());
}

#[test]
fn an_interactive_shell_has_the_agent_too() {
    let forwarding = forwarding();
    let mut terminal = Terminal::start(
        forwarding.site.sshk(["-A", "srv"]).env("SSH_AUTH_SOCK", forwarding.agent.socket()),
    );
    terminal.send("ssh-add -l; echo done-$((1+1))\r");
    let screen = terminal.expect("done-2", SOON);
    assert!(screen.contains("SHA256:"), "{screen}");
    terminal.send("exit\r");
    terminal.wait(SOON);
}

#[test]
fn a_key_restricted_to_a_host_works_for_no_other_through_it() {
    let (site, agent) = (Site::new(), Agent::start());
    let allowed = Sshd::builder().fresh_host_keys().start();
    let other = Sshd::builder().fresh_host_keys().start();
    let key = site.home.key("ed25519", "bound");
    for server in [&allowed, &other] {
        server.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
    }
    // ssh-add -h goes by the host keys of known_hosts.
    let known = site.home.join("all_known_hosts");
    fs::write(&known, [&site.sshd, &allowed, &other].map(|server| server.known_hosts()).concat())
        .unwrap();
    let place = |server: &Sshd| format!("[127.0.0.1]:{}", server.port());
    let added = site
        .home
        .run(program("ssh-add"))
        .args([
            "-q",
            "-H",
            known.to_str().unwrap(),
            "-h",
            &place(&site.sshd),
            "-h",
            &format!("{}>{}", place(&site.sshd), place(&allowed)),
        ])
        .arg(&key)
        .env("SSH_AUTH_SOCK", agent.socket());
    added.run().expect(0);
    let log_on_to = |server: &Sshd| {
        let command = onward(server, &known);
        site.sshk(["-A", "-o", "IdentityAgent=SSH_AUTH_SOCK", "srv", &command])
            .env("SSH_AUTH_SOCK", agent.socket())
            .deadline(SOON)
            .run()
    };
    let said = log_on_to(&allowed);
    assert_eq!((said.code(), said.out()), (0, "onward\n"), "{}", said.err());
    let said = log_on_to(&other);
    assert_eq!((said.code(), said.out()), (255, ""), "{}", said.err());
}
