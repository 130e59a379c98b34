//! Connections that fail: exit status 255, one line that names the step, and a next step.

use crate::connect::Site;
use crate::support::hostile::{Hostile, Refusing};
use crate::support::{Finished, Home, Sshd};

fn connect(port: u16, options: &[&str]) -> Finished {
    let home = Home::new();
    home.sshk(["connect", "-p", &port.to_string()])
        .args(options)
        .args(["127.0.0.1", "true"])
        .run()
        .expect(255)
}

#[test]
fn every_failure_exits_255_and_names_the_step() {
    let said = Home::new().sshk(["connect", "no-such-host.invalid", "true"]).run().expect(255);
    assert!(
        said.err().starts_with(
            "sshk: error: no-such-host.invalid: could not resolve hostname \
            \"no-such-host.invalid\": "
        ),
        "{}",
        said.err()
    );
    let refusing = Refusing::new();
    assert_eq!(
        connect(refusing.port(), &[]).err(),
        format!(
            "sshk: error: 127.0.0.1: cannot connect to 127.0.0.1:{}: connection refused; nothing \
            was sent\n\
             sshk: hint: check that the host is up and that its SSH server listens on this port \
            (-p)\n",
            refusing.port()
        )
    );
    let closes = Hostile::closes();
    assert_eq!(
        connect(closes.port(), &[]).err(),
        "sshk: error: 127.0.0.1: the server closed the connection during banner exchange\n\
         sshk: hint: the server may be limiting connections: try again in a minute, or ask its \
        administrator (MaxStartups, hosts.deny)\n"
    );
    let closes = Hostile::closes_after_identification();
    assert_eq!(
        connect(closes.port(), &[]).err(),
        "sshk: error: 127.0.0.1: the server closed the connection during key exchange\n"
    );
    let http = Hostile::http();
    assert_eq!(
        connect(http.port(), &[]).err(),
        format!(
            "sshk: error: 127.0.0.1: 127.0.0.1:{} is not an SSH server: it sent \"HTTP/1.1 400 \
            Bad Request\"\n\
             sshk: hint: give the port of its SSH server with -p\n",
            http.port()
        )
    );
}

#[test]
fn connect_timeout_ends_the_wait_and_names_the_step() {
    for (peer, step) in [
        (Hostile::silent(), "banner exchange"),
        (Hostile::stalls_after_identification(), "key exchange"),
    ] {
        let said = connect(peer.port(), &["-o", "ConnectTimeout=1"]);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: 127.0.0.1: timed out after 1 s during {step}\nsshk: hint: allow \
                more time with -o ConnectTimeout=60\n"
            )
        );
    }
}

#[test]
fn an_unknown_host_key_is_refused_if_nobody_can_be_asked() {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    let said = home
        .sshk(["connect", "-p", &sshd.port().to_string(), "127.0.0.1", "true"])
        .run()
        .expect(255);
    assert!(
        said.err().starts_with(
            "sshk: error: 127.0.0.1: host key is unknown: the server presented ED25519 SHA256:"
        ),
        "{}",
        said.err()
    );
    assert!(
        said.err().ends_with("then add -o StrictHostKeyChecking=accept-new\n"),
        "{}",
        said.err()
    );
}

#[test]
fn a_rejected_key_is_permission_denied() {
    let site = Site::new();
    site.sshd.authorize("");
    let said = site
        .sshk([
            "-o",
            "PasswordAuthentication=no",
            "-o",
            "KbdInteractiveAuthentication=no",
            "srv",
            "true",
        ])
        .run()
        .expect(255);
    let wanted = format!(
        "sshk: error: srv: permission denied; tried publickey {}; it accepts publickey, ",
        site.key.display()
    );
    assert!(said.err().starts_with(&wanted), "{}", said.err());
}

#[test]
fn a_server_that_opens_no_session_is_reported() {
    let site = Site::with(Sshd::builder().line("MaxSessions 0").start());
    let said = site.sshk(["srv", "true"]).run().expect(255);
    assert!(
        said.err().starts_with("sshk: error: srv: logged in, but could not open a session: "),
        "{}",
        said.err()
    );
}
