//! Several destinations: if one fails, the others go on, and the last line says how to try again.

use serde_json::Value;

use super::*;
use crate::support::hostile::Refusing;
use crate::support::process::write_private;

/// A working destination, one that rejects the password, and one where nothing listens.
struct Three {
    fine: Site,
    refusing: Server,
    dead: Refusing,
}

impl Three {
    fn new() -> Self {
        let (fine, dead) = (Site::open(), Refusing::new());
        let account = server::Account {
            methods: vec![MethodKind::Password],
            ..server::Account::new("bob", "another")
        };
        let refusing = Server::start(account).unwrap();
        fine.home.know(&refusing.known_hosts());
        Self { fine, refusing, dead }
    }

    fn destinations(&self) -> [String; 3] {
        [
            destination("bob", self.refusing.port()),
            self.fine.destination(),
            destination("ann", self.dead.port()),
        ]
    }
}

#[test]
fn one_unreachable_one_rejecting_and_one_working_destination() {
    let three = Three::new();
    let [refusing, fine, dead] = three.destinations();
    let said = three
        .fine
        .home
        .sshk(["copy-id", &refusing, &fine, &dead])
        .env("SSHK_PASSWORD", "hush")
        .run()
        .expect(1);
    assert_eq!(said.out(), "");
    let mut lines: Vec<&str> = said.err().lines().collect();
    let last = lines.split_off(lines.len() - 2);
    // As each becomes known, in any order.
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            installed(&fine).trim_end(),
            &format!(
                "sshk: error: {dead}: cannot connect to 127.0.0.1:{}: connection refused; nothing \
                was sent",
                three.dead.port()
            ),
            &format!(
                "sshk: error: {refusing}: permission denied; tried password; it accepts password"
            ),
            "sshk: hint: check that the host is up and that its SSH server listens on this port \
            (-p)",
        ]
    );
    assert_eq!(
        last,
        [
            format!(
                "sshk: error: 2 of 3 hosts failed: {refusing} (permission denied), {dead} (cannot \
                connect to 127.0.0.1:{}); \
                 the key is on the other one",
                three.dead.port()
            ),
            format!("sshk: hint: retry only these: sshk copy-id {refusing} {dead}"),
        ]
    );
    assert_eq!(fs::read_to_string(three.fine.remote()).unwrap(), three.fine.public());
}

#[test]
fn the_retry_is_the_same_command_for_the_failed_destinations() {
    let three = Three::new();
    let [refusing, fine, dead] = three.destinations();
    let password = three.fine.home.join("pass word");
    write_private(&password, "hush");
    let key = three.fine.key.to_str().unwrap();
    let options = [
        "-i",
        key,
        "-F",
        "none",
        "-o",
        "ConnectTimeout=9",
        "--accept-new",
        "--no-verify",
        "-f",
        "-t",
        "my keys",
        "--password-file",
        password.to_str().unwrap(),
        "--json",
    ];
    let said = three
        .fine
        .home
        .sshk(["copy-id"])
        .args(options)
        .args([&fine, &refusing, &dead])
        .run()
        .expect(1);
    let hint = said.err().lines().last().unwrap().to_owned();
    assert_eq!(
        hint,
        format!(
            "sshk: hint: retry only these: sshk copy-id -i {key} -F none -o ConnectTimeout=9 \
             --accept-new --no-verify -f -t 'my keys' \
             --password-file '{}' --json {refusing} {dead}",
            password.display()
        )
    );
    // Pasted, it fails for these two only.
    let pasted = hint.split_once("these: sshk").unwrap().1;
    let again = three
        .fine
        .home
        .run("/bin/sh")
        .args(["-c", &format!("{}{pasted}", env!("CARGO_BIN_EXE_sshk"))])
        .run()
        .expect(1);
    assert!(again.err().contains("2 of 2 hosts failed: "), "{}", again.err());
}

#[test]
fn json_has_one_line_per_destination() {
    let three = Three::new();
    let [refusing, fine, dead] = three.destinations();
    let said = three
        .fine
        .home
        .sshk(["copy-id", "--json", &refusing, &fine, &dead])
        .env("SSHK_PASSWORD", "hush")
        .run()
        .expect(1);
    let mut lines: Vec<Value> =
        said.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.sort_by_key(|line| line["status"] != "installed");
    let of =
        |destination: &str| lines.iter().find(|line| line["destination"] == destination).unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(of(&fine)["status"], "installed");
    assert_eq!(
        (&of(&refusing)["status"], &of(&refusing)["error"]["kind"]),
        (&"failed".into(), &"permission-denied".into())
    );
    assert_eq!(
        of(&dead)["error"],
        serde_json::json!({
            "kind": "connect",
            "message": format!("cannot connect to 127.0.0.1:{}: connection refused; nothing was \
                sent", three.dead.port()),
            "hint": "check that the host is up and that its SSH server listens on this port (-p)",
        })
    );
}

#[test]
fn a_dry_run_does_not_claim_that_the_key_is_installed() {
    let three = Three::new();
    let [_, fine, dead] = three.destinations();
    let said = three
        .fine
        .home
        .sshk(["copy-id", "-n", &fine, &dead])
        .env("SSHK_PASSWORD", "hush")
        .run()
        .expect(1);
    let last: Vec<&str> = said.err().lines().rev().take(2).collect();
    assert_eq!(last[0], format!("sshk: hint: retry only these: sshk copy-id -n {dead}"));
    assert_eq!(
        last[1],
        format!(
            "sshk: error: 1 of 2 hosts failed: {dead} (cannot connect to 127.0.0.1:{})",
            three.dead.port()
        )
    );
}

#[test]
fn one_host_named_twice_gets_one_line() {
    let site = Site::open();
    let said = site.copy_id::<&str>([]).arg(site.destination()).run().expect(0);
    assert_eq!(said.err().lines().count(), 2, "{}", said.err());
    assert_eq!(fs::read_to_string(site.remote()).unwrap(), site.public());
}

#[test]
fn more_hosts_than_are_worked_on_at_once() {
    let site = Site::open();
    let others: Vec<Server> =
        (0..11).map(|_| Server::start(server::Account::new("ann", "hush")).unwrap()).collect();
    let mut run = site.copy_id::<&str>([]);
    for other in &others {
        site.home.know(&other.known_hosts());
        run = run.arg(destination("ann", other.port()));
    }
    let said = run.run().expect(0);
    assert_eq!(
        said.err()
            .lines()
            .filter(|line| line.ends_with("verified by a new login (ssh-ed25519)"))
            .count(),
        12,
        "{}",
        said.err()
    );
}
