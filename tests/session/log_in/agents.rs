//! Agents: a security key's signature is passed on unchanged, keys are restricted to hosts, and
//! agents hang, lie, die or send too much.

use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::fs;
use std::path::Path;

use crate::keys::{fingerprint, public};
use crate::log_in::mock_agent::{
    Answer, MockAgent, REQUEST_IDENTITIES, SIGN_REQUEST, identities, signature, string, strings,
};
use crate::log_in::{Site, text};
use crate::support::process::write_private;
use crate::support::{Agent, Run, program};

const SK_ED25519: &[u8] = b"sk-ssh-ed25519@openssh.com";
const APPLICATION: &[u8] = b"ssh:";

fn blob_of(key: &Path) -> Vec<u8> {
    data_encoding::BASE64.decode(public(key).split(' ').nth(1).unwrap().as_bytes()).unwrap()
}

/// Without the hardware: the mock agent makes the signature that a security key would make
/// (PROTOCOL.u2f), and a real sshd verifies it.
#[test]
fn a_security_key_in_a_mock_agent_logs_in() {
    let site = Site::plain();
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let point: [u8; 32] = pair.public_key().as_ref().try_into().unwrap();
    let blob = [string(SK_ED25519), string(&point), string(APPLICATION)].concat();
    let line =
        format!("sk-ssh-ed25519@openssh.com {} token\n", data_encoding::BASE64.encode(&blob));
    site.sshd.authorize(&line);
    let listed = identities(std::slice::from_ref(&blob));
    let agent = MockAgent::start(move |request| match request[0] {
        REQUEST_IDENTITIES => Answer::Packet(listed.clone()),
        SIGN_REQUEST => {
            // Touched again; the counter must never repeat.
            let touched = [&[1_u8][..], &4711_u32.to_be_bytes()].concat();
            let data = &strings(&request[1..])[1];
            let signed =
                [digest(&SHA256, APPLICATION).as_ref(), &touched, digest(&SHA256, data).as_ref()]
                    .concat();
            Answer::Packet(signature(
                &[string(SK_ED25519), string(pair.sign(&signed).as_ref()), touched].concat(),
            ))
        }
        _ => Answer::Packet(vec![5]),
    });
    let said = site.connect(&[]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    site.sshd.wait_for_log("Accepted publickey for ");
    assert!(site.sshd.log().contains("ssh2: ED25519-SK SHA256:"), "{}", site.sshd.log());
    // Its public key file names it, as for ssh.
    let file = site.home.ssh().join("token.pub");
    fs::write(&file, line).unwrap();
    let said = site.test(&["-i", text(&file)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
    assert!(said.err().contains("(sk-ssh-ed25519@openssh.com) to "), "{}", said.err());
    // So does its private key file, which is only a handle; without the agent it is of no use.
    let public = ssh_key::public::SkEd25519::new(ssh_key::public::Ed25519PublicKey(point), "ssh:");
    let handle = ssh_key::private::SkEd25519::new(public, 1, vec![9; 64]).unwrap();
    let key = ssh_key::PrivateKey::new(ssh_key::private::KeypairData::SkEd25519(handle), "token")
        .unwrap();
    let private = site.home.ssh().join("token");
    write_private(&private, key.to_openssh(ssh_key::LineEnding::LF).unwrap());
    site.test(&["-i", text(&private)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
    let fingerprint = fingerprint(&private);
    for name in [&private, &file] {
        let said = site.test(&["-i", text(name)]).run().expect(1);
        let message = format!(
            "the key {fingerprint} was not offered: it is on a security key, and no agent holds it"
        );
        assert_eq!(said.err(), format!("sshk: error: {}: {message}\n", site.destination()));
    }
    let said = site.connect(&["-i", text(&private)]).run().expect(255);
    let note = format!(
        "{}: the key {private:?} is not offered: it is on a security key, and no agent holds it\n",
        site.destination()
    );
    assert!(said.err().starts_with(&note), "{}", said.err());
    assert!(agent.requests(SIGN_REQUEST).iter().all(|request| strings(&request[1..])[0] == blob));
}

/// `ssh-add -h`: the agent signs only after it has learned, and verified, which server this is.
#[test]
fn a_key_restricted_to_a_host_logs_in_there() {
    let (site, agent) = (Site::plain(), Agent::start());
    let key = site.home.key("ed25519", "bound");
    site.sshd.authorize(&public(&key));
    let known = site.home.join(".ssh/known_hosts");
    let add = |host: &str| {
        let add = Run::new(program("ssh-add")).env("SSH_AUTH_SOCK", agent.socket());
        add.args(["-q", "-H", text(&known), "-h", host]).arg(&key).run().expect(0);
    };
    add(&format!("[127.0.0.1]:{}", site.sshd.port()));
    let moved = site.home.join("moved");
    fs::rename(&key, &moved).unwrap();
    let run =
        || site.connect(&["-o", "IdentitiesOnly=no"]).env("SSH_AUTH_SOCK", agent.socket()).run();
    assert_eq!(run().expect(0).out(), "in\n");
    // Restricted to another host, it is of no use here.
    Run::new(program("ssh-add")).env("SSH_AUTH_SOCK", agent.socket()).arg("-qD").run().expect(0);
    fs::rename(&moved, &key).unwrap();
    let other = Site::plain();
    site.home.know(&format!("elsewhere {}\n", public(&other.home.key("ed25519", "x"))));
    add("elsewhere");
    fs::remove_file(&key).unwrap();
    run().expect(255);
}

/// An agent that lists `key` and does this when asked to sign.
fn holding(key: &Path, on_signing: impl Fn(&[u8]) -> Answer + Send + Sync + 'static) -> MockAgent {
    let listed = identities(&[blob_of(key)]);
    MockAgent::start(move |request| match request[0] {
        REQUEST_IDENTITIES => Answer::Packet(listed.clone()),
        SIGN_REQUEST => on_signing(request),
        _ => Answer::Packet(vec![5]),
    })
}

#[test]
fn an_agent_that_fails_to_sign_is_reported() {
    let site = Site::plain();
    let key = site.home.key("rsa", "id");
    site.sshd.authorize(&public(&key));
    fs::remove_file(&key).unwrap();
    let sha1 = || signature(&[string(b"ssh-rsa"), string(&[1; 256])].concat());
    let fails = |agent: MockAgent, why: &str| {
        let said =
            site.test(&["-i", text(&key)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(1);
        let message = format!(
            "sshk: error: {}: the agent at {:?} failed: {why}\n",
            site.destination(),
            agent.socket()
        );
        assert_eq!(said.err(), message);
    };
    for (answer, why) in [
        ((|| Answer::HangUp) as fn() -> Answer, "it closed the connection"),
        (|| Answer::Packet(vec![5]), "it refused to sign"),
        (|| Answer::Packet(vec![14, 0, 0, 9]), "its signature is malformed"),
        (|| Answer::Packet(b"nonsense".to_vec()), "its signature is malformed"),
        (|| Answer::Raw(vec![0xff; 64]), "its reply claims to be 4294967295 bytes long"),
    ] {
        fails(holding(&key, move |_| answer()), why);
    }
    // A downgrade to SHA-1 never reaches the server.
    fails(
        holding(&key, move |_| Answer::Packet(sha1())),
        "it was asked to sign with rsa-sha2-512 and used \"ssh-rsa\"",
    );
    // The signature is well-formed but wrong: the server rejects it.
    let agent = holding(&key, |_| {
        Answer::Packet(signature(&[string(b"rsa-sha2-512"), string(&[1; 256])].concat()))
    });
    let said = site.test(&["-i", text(&key)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(1);
    let refused =
        format!("the server accepted the key {} but rejected its signature; ", fingerprint(&key));
    assert!(said.err().contains(&refused), "{}", said.err());
}

#[test]
fn an_agent_that_cannot_list_its_keys_is_reported_and_the_key_file_is_used() {
    let site = Site::plain();
    let key = site.home.key("ed25519", "id");
    site.sshd.authorize(&public(&key));
    let many = [&[12][..], &5000_u32.to_be_bytes()].concat();
    let cut = identities(&[blob_of(&key)])[..30].to_vec();
    let long = [&300_000_u32.to_be_bytes()[..], &[12; 1000]].concat();
    for (answer, why) in [
        (Answer::HangUp, "it closed the connection"),
        (Answer::Packet(vec![5]), "it refused to list its keys"),
        (Answer::Packet(b"garbage".to_vec()), "its list of keys is malformed"),
        (Answer::Raw(vec![0; 4]), "its reply claims to be 0 bytes long"),
        (Answer::Packet(many), "it claims to hold 5000 keys, more than 2048"),
        (Answer::Packet(cut), "its list of keys is malformed"),
        (Answer::Raw(long), "its reply claims to be 300000 bytes long"),
    ] {
        let agent = MockAgent::start(move |_| answer.clone());
        let said =
            site.connect(&["-i", text(&key)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
        let note =
            format!("{}: the agent at {:?} failed: {why}\n", site.destination(), agent.socket());
        assert_eq!((said.out(), said.err()), ("in\n", note.as_str()));
    }
}

/// A thousand keys and one of an unknown type: the named one is found among them, and the others
/// cost no tries.
#[test]
fn the_named_key_is_found_among_a_thousand_in_the_agent() {
    let site = Site::plain();
    let key = site.home.key("ed25519", "id");
    site.sshd.authorize(&public(&key));
    let pair = Agent::start();
    pair.add(&key);
    fs::remove_file(&key).unwrap();
    let mut blobs =
        vec![[string(b"ssh-future@example.org"), string(b"key")].concat(), b"\0\0\0".to_vec()];
    blobs.extend((0..1000_u32).map(|number| {
        let seed: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(32).collect();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        [string(b"ssh-ed25519"), string(pair.public_key().as_ref())].concat()
    }));
    blobs.push(blob_of(&key));
    let listed = identities(&blobs);
    let real = pair.socket();
    // A real agent signs for it.
    let agent = MockAgent::start(move |request| match request[0] {
        REQUEST_IDENTITIES => Answer::Packet(listed.clone()),
        _ => Answer::Packet(relay(&real, request)),
    });
    let said =
        site.connect(&["-i", text(&key)]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", ""));
    // If none is named, as many are offered as the server allows on two connections.
    site.connect(&[]).env("SSH_AUTH_SOCK", agent.socket()).run().expect(255);
    assert!(site.sshd.log().matches("Failed publickey").count() <= 12);
    assert_eq!(site.sshd.log().matches("Connection from").count(), 3, "{}", site.sshd.log());
}

fn relay(socket: &Path, request: &[u8]) -> Vec<u8> {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    stream.write_all(&string(request)).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut reply = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut reply).unwrap();
    reply
}
