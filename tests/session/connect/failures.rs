//! Connections that come to nothing: 255, one line that says which step it was, and a next step.

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
fn every_failure_is_255_and_says_which_step_it_was() {
    let said = Home::new().sshk(["connect", "no-such-host.invalid", "true"]).run().expect(255);
    assert!(
        said.err().starts_with(
            "sshk: error: no-such-host.invalid: the \
            name \"no-such-host.invalid\" does not resolve: "
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
             sshk: hint: check that the host is up and that -p names the port its SSH server \
             listens on\n",
            refusing.port()
        )
    );
    let closes = Hostile::closes();
    assert_eq!(
        connect(closes.port(), &[]).err(),
        "sshk: error: 127.0.0.1: the server closed the connection in the server's identification\n\
         sshk: hint: it may be turning connections away for now: try again in a minute, or ask \
         its owner (MaxStartups, hosts.deny)\n"
    );
    let closes = Hostile::closes_after_identification();
    assert_eq!(
        connect(closes.port(), &[]).err(),
        "sshk: error: 127.0.0.1: the server closed the connection in the key exchange\n"
    );
    let http = Hostile::http();
    assert_eq!(
        connect(http.port(), &[]).err(),
        format!(
            "sshk: error: 127.0.0.1: 127.0.0.1:{} is not an SSH server: it sent \"HTTP/1.1 400 \
            Bad Request\"\n\
             sshk: hint: name the port its SSH server listens on with -p\n",
            http.port()
        )
    );
}

#[test]
fn connect_timeout_ends_the_wait_and_names_the_step() {
    for (peer, step) in [
        (Hostile::silent(), "the server's identification"),
        (Hostile::stalls_after_identification(), "the key exchange"),
    ] {
        let said = connect(peer.port(), &["-o", "ConnectTimeout=1"]);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: 127.0.0.1: timed out after 1 s in {step}\nsshk: hint: wait longer \
                with -o ConnectTimeout=60\n"
            )
        );
    }
}

#[test]
fn an_unknown_host_key_is_refused_where_nobody_can_be_asked() {
    let (home, sshd) = (Home::new(), Sshd::builder().start());
    let said = home
        .sshk(["connect", "-p", &sshd.port().to_string(), "127.0.0.1", "true"])
        .run()
        .expect(255);
    assert!(
        said.err().starts_with(
            "sshk: error: 127.0.0.1: host key is unknown: the server sent ED25519 SHA256:"
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
fn a_key_that_the_server_does_not_take_is_a_denial() {
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
fn a_server_that_opens_no_session_is_named() {
    let site = Site::with(Sshd::builder().line("MaxSessions 0").start());
    let said = site.sshk(["srv", "true"]).run().expect(255);
    assert!(
        said.err().starts_with("sshk: error: srv: logged in, but the server opened no session: "),
        "{}",
        said.err()
    );
}
