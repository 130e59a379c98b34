//! Which address sshk connects to, from where, how often, and what it reports if none answers.

use std::fs;
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::Site;
use crate::events::wait_until;
use crate::support::Sshd;
use crate::support::hostile::{Hostile, Refusing};

/// A server that listens on `::1` as well, and its port there.
fn on_both_families() -> (Site, u16) {
    let port = TcpListener::bind((Ipv6Addr::LOCALHOST, 0))
        .and_then(|socket| socket.local_addr())
        .expect("a free port")
        .port();
    let server = Sshd::builder().line(&format!("ListenAddress [::1]:{port}")).start();
    let site = Site::with(vec![("here", server)]);
    site.home.know(&format!("[::1]:{port} {}\n", site.server("here").host_key("ed25519")));
    (site, port)
}

#[test]
fn an_ipv6_address_is_a_host_in_every_form_that_ssh_accepts() {
    let (site, port) = on_both_families();
    let (user, port) = (site.server("here").user(), port.to_string());
    for destination in [format!("ssh://{user}@[::1]:{port}"), format!("ssh://{user}@[::1]:{port}/")]
    {
        let said =
            site.sshk(&["connect", "-i", ".ssh/here", &destination, "echo there"]).run().expect(0);
        assert_eq!(said.out(), "there\n");
    }
    for destination in [format!("{user}@::1"), format!("{user}@0:0::1")] {
        site.sshk(&["connect", "-i", ".ssh/here", "-p", &port, &destination, "true"])
            .run()
            .expect(0);
    }
    let family = |option: &str, destination: &str| {
        let said = site
            .sshk(&["connect", "-i", ".ssh/here", "-o", option, "-p", &port, destination, "true"])
            .run();
        (said.code(), said.err().to_owned())
    };
    assert_eq!(family("AddressFamily=inet6", "::1").0, 0);
    let (code, said) = family("AddressFamily=inet", "::1");
    assert_eq!(code, 255);
    assert!(
        said.starts_with(
            "sshk: error: ::1: could not resolve hostname \"::1\": it has no IPv4 address; \
            nothing was sent\n"
        ),
        "{said}"
    );
}

#[test]
fn a_scope_id_names_the_interface() {
    let site = Site::new(&[]);
    let fails = |destination: &str| {
        site.sshk(&["connect", destination, "true"]).run().expect(255).err().to_owned()
    };
    // Nobody has this address: what matters is that the scope is understood and shown.
    let said = fails("ssh://ann@[fe80::5%25lo]:1");
    let said =
        if said.contains("could not resolve") { fails("ssh://ann@[fe80::5%lo]:1") } else { said };
    assert!(said.contains("cannot connect to [fe80::5%lo]:1: "), "{said}");
    let said = fails("ssh://ann@[fe80::5%nosuchif]:1");
    assert!(said.contains("could not resolve hostname \"fe80::5%nosuchif\": "), "{said}");
}

#[test]
fn bind_address_may_be_a_name_and_is_of_the_family_of_the_host() {
    let (site, port) = on_both_families();
    let server = site.server("here");
    site.sshk(&["connect", "-o", "BindAddress=127.0.0.2", "here", "true"]).run().expect(0);
    server.wait_for_log("Connection from 127.0.0.2 ");
    site.sshk(&["connect", "-o", "BindAddress=localhost", "here", "true"]).run().expect(0);
    let said = site.sshk(&["connect", "-o", "BindAddress=::1", "here", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: here: cannot connect to 127.0.0.1:{}: BindAddress \"::1\": no address \
            of the same family; nothing was sent\n\
             sshk: hint: check that the host is up and that its SSH server listens on this port \
            (-p)\n",
            server.port()
        )
    );
    let said = site
        .sshk(&["connect", "-o", "BindAddress=no-such-host.invalid", "here", "true"])
        .run()
        .expect(255);
    assert!(said.err().contains(": BindAddress \"no-such-host.invalid\": "), "{}", said.err());
    let to = format!("ssh://{}@[::1]:{port}", server.user());
    site.sshk(&["connect", "-i", ".ssh/here", "-o", "BindAddress=::1", &to, "true"])
        .run()
        .expect(0);
}

#[test]
fn bind_interface_names_an_interface() {
    let site = Site::new(&["here"]);
    site.sshk(&["connect", "-o", "BindInterface=lo", "here", "true"]).run().expect(0);
    let said =
        site.sshk(&["connect", "-o", "BindInterface=nosuchif", "here", "true"]).run().expect(255);
    assert!(
        said.err().contains(": BindInterface \"nosuchif\": no such device; nothing was sent\n"),
        "{}",
        said.err()
    );
}

#[test]
fn attempts_are_made_a_second_apart() {
    let (site, refusing) = (Site::new(&[]), Refusing::new());
    let started = Instant::now();
    let to = format!("ssh://ann@127.0.0.1:{}", refusing.port());
    let said = site.sshk(&["connect", "-o", "ConnectionAttempts=3", &to, "true"]).run().expect(255);
    assert!(said.err().contains(&format!(
        "cannot connect to 127.0.0.1:{}: connection refused; nothing was sent",
        refusing.port()
    )));
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_server_that_rejects_connections_is_not_mistaken_for_something_else() {
    let turned_away = |port: u16, words: &str| {
        let tries: String = [1, 2, 4]
            .map(|pause| {
                format!(
                    "here: the server rejected the connection (\"{words}\"); \
                trying again in {pause} s\n"
                )
            })
            .concat();
        format!(
            "{tries}sshk: error: here: 127.0.0.1:{port} rejected the connection: \"{words}\"; \
            nothing was sent\n\
             sshk: hint: too many connections, or too many failed logins from here: try again in \
            a minute (MaxStartups, PerSourcePenalties)\n"
        )
    };
    let (site, newer) = (Site::new(&[]), Hostile::turns_away());
    fs::write(
        site.home.ssh().join("config"),
        format!("Host here\nHostName 127.0.0.1\nPort {}\n", newer.port()),
    )
    .unwrap();
    let said = site.sshk(&["connect", "here", "true"]).run().expect(255);
    assert_eq!(said.err(), turned_away(newer.port(), "Not allowed at this time"));
    // The real server, with its only slot taken.
    let site = Site::with(vec![("here", Sshd::builder().line("MaxStartups 1").start())]);
    let port = site.server("here").port();
    let first = TcpStream::connect(("127.0.0.1", port)).unwrap();
    site.server("here").wait_for_log("Connection from ");
    let said = site.sshk(&["connect", "here", "true"]).run().expect(255);
    let words =
        ["Exceeded MaxStartups", "Not allowed at this time"].map(|words| turned_away(port, words));
    assert!(words.iter().any(|words| words == said.err()), "{}", said.err());
    // When the slot is free again, the next try gets it.
    let running = site.sshk(&["connect", "here", "true"]).start();
    wait_until("a rejection", || running.stderr_so_far().contains("trying again in "));
    drop(first);
    let said = running.finish().expect(0);
    assert!(
        said.err().starts_with("here: the server rejected the connection (\""),
        "{}",
        said.err()
    );
}
