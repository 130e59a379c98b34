//! Letters that open no session on the host: -W, -V, -Q, -y and -f.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::connect::Site;
use crate::support::process::write_program;

/// A server that answers each of so many connections with what it has read, in upper case.
fn shouting(connections: usize) -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            stream.read_to_end(&mut text).unwrap();
            stream.write_all(&text.to_ascii_uppercase()).unwrap();
        }
    });
    (port, thread)
}

#[test]
fn capital_w_connects_standard_input_and_output_to_another_host() {
    let site = Site::new();
    let (port, server) = shouting(2);
    let said = site.same(&["-W", &format!("127.0.0.1:{port}"), "srv"], b"hello\n");
    assert_eq!((said.code(), said.out(), said.err()), (0, "HELLO\n", ""));
    server.join().unwrap();
    // Nothing listens there any more.
    let nowhere = format!("[127.0.0.1]:{port}");
    assert_eq!(site.ssh(["-W", &nowhere, "srv"]).run().code(), 255);
    let said = site.sshk(["-W", &nowhere, "srv"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: srv: logged in, but the server did not connect to [127.0.0.1]:{port}: \
             connect failed\n"
        )
    );
    for args in [
        &["-W", "a", "srv"][..],
        &["-W", "a:b", "srv"],
        &["-W", "a:1", "srv", "true"],
        &["-W", "a:1", "-W", "b:2", "srv"],
    ] {
        let said = site.sshk(args).run().expect(2);
        assert!(said.out().is_empty() && said.err().starts_with("sshk: error: "), "{args:?}");
    }
}

#[test]
fn capital_w_is_a_proxy_command_of_ssh() {
    let site = Site::new();
    let program = site.home.join("proxy");
    write_program(
        &program,
        &format!("#!/bin/sh\nexec {} connect \"$@\"\n", env!("CARGO_BIN_EXE_sshk")),
    );
    let proxy = format!("ProxyCommand={} -W '[%h]:%p' srv", program.display());
    let input: Vec<u8> =
        (0..1 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let said = site.ssh(["-o", &proxy, "srv", "cat"]).stdin(&input).run().expect(0);
    assert!(said.stdout == input, "{} bytes of {}", said.stdout.len(), input.len());
}

#[test]
fn capital_w_says_if_the_server_forbids_it() {
    let site = Site::with(super::Sshd::builder().line("AllowTcpForwarding no").start());
    let said = site.sshk(["-W", "127.0.0.1:9", "srv"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: logged in, but the server did not connect to [127.0.0.1]:9: \
         administratively prohibited\n\
         sshk: hint: ask its administrator to allow it (AllowTcpForwarding, PermitOpen)\n"
    );
}

#[test]
fn capital_v_prints_one_line_on_stderr_and_needs_no_host() {
    let site = Site::new();
    let theirs = site.ssh(["-V"]).run().expect(0);
    assert_eq!((theirs.out(), theirs.err().lines().count()), ("", 1));
    for args in [&["-V"][..], &["-qV", "srv", "true"]] {
        let said = site.sshk(args).run().expect(0);
        assert_eq!(
            (said.out(), said.err()),
            ("", concat!("sshk ", env!("CARGO_PKG_VERSION"), "\n"))
        );
    }
}

#[test]
fn capital_q_lists_what_ssh_lists_as_far_as_sshk_has_it() {
    let site = Site::new();
    let words = |run: crate::support::Run| -> Vec<String> {
        run.run().expect(0).out().lines().map(str::to_owned).collect()
    };
    let kinds = words(site.ssh(["-Q", "help"]));
    let own = words(site.sshk(["-Q", "help"]));
    assert_eq!(words(site.sshk(["-Q", "key-ca-sign"])), words(site.sshk(["-Q", "sig"])));
    // OpenSSH 9.2 does not know key-ca-sign. kex-gss is Debian's, and sshk has no GSSAPI.
    for kind in kinds.iter().filter(|kind| *kind != "kex-gss") {
        assert!(own.contains(kind), "{kind}");
    }
    let keywords =
        ["Ciphers", "macs", "KEXALGORITHMS", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms"];
    for kind in own
        .iter()
        .map(String::as_str)
        .chain(keywords)
        .filter(|kind| !["help", "key-ca-sign"].contains(kind))
    {
        let (ours, theirs) = (words(site.sshk(["-Q", kind])), words(site.ssh(["-Q", kind])));
        assert!(!ours.is_empty(), "{kind}");
        for name in ours.iter().filter(|name| *name != "mlkem768x25519-sha256") {
            assert!(theirs.contains(name), "{kind}: {name}, but ssh has {theirs:?}");
        }
        // Each is accepted where its keyword is.
        let option = match kind {
            "cipher" => "Ciphers",
            "mac" => "MACs",
            "kex" => "KexAlgorithms",
            "key-sig" => "PubkeyAcceptedAlgorithms",
            _ => continue,
        };
        let said = site
            .sshk(["-F", "none", "-G", "-o", &format!("{option}={}", ours.join(",")), "srv"])
            .run();
        let line = format!("{} {}", option.to_lowercase(), ours.join(","));
        assert!(said.out().lines().any(|own| own == line), "{kind}: {}", said.out());
    }
    let said = site.sshk(["-Q", "nonsense"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: -Q \"nonsense\" is not a kind of algorithm\n\
         sshk: hint: sshk connect -Q help lists the kinds\n"
    );
}

#[test]
fn y_changes_nothing_and_f_is_refused_with_the_ssh_command() {
    let site = Site::new();
    assert_eq!(site.sshk(["-y", "srv", "echo in"]).run().expect(0).out(), "in\n");
    let said = site.sshk(["-f", "-p", "2222", "srv", "sleep 5"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: srv: -f is not supported: sshk does not go to the background; nothing was \
         tried\n\
         sshk: hint: use: ssh -f -p 2222 srv 'sleep 5'\n"
    );
    assert_eq!(site.sshd.log().matches("Accepted publickey").count(), 1);
}
