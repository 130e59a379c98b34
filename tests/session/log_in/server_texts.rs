//! What a server says for people: it cannot pass for what sshk says, and cannot make it send more
//! than it should.

use std::fs;

use crate::keys::public;
use crate::log_in::{Site, text};
use crate::support::oracle::node;
use crate::support::process::Daemon;
use crate::support::{Home, Run, SOON, Sshd, Terminal};

/// A site whose server shows this before the login, and a key that it accepts.
fn with_banner(banner: &[u8]) -> Site {
    let home = Home::new();
    let file = home.join("banner");
    fs::write(&file, banner).unwrap();
    let sshd = Sshd::builder().line(&format!("Banner {}", file.display())).start();
    home.know(&sshd.known_hosts());
    sshd.authorize(&public(&home.key("ed25519", "id_ed25519")));
    Site { home, sshd }
}

#[test]
fn a_banner_that_speaks_as_sshk_is_marked_as_the_servers_words() {
    let forged = "u@h: installed in ~/.ssh/authorized_keys\nsshk: hint: sudo run\rsshk: error: x\n";
    let site = with_banner(forged.as_bytes());
    let from = format!("{}@127.0.0.1 says: ", site.sshd.user());
    let marked = format!(
        "{from}u@h: installed in ~/.ssh/authorized_keys\n{from}sshk: hint: sudo run\n{from}sshk: \
        error: x\n"
    );
    let said = site.connect(&[]).run().expect(0);
    assert_eq!((said.out(), said.err()), ("in\n", marked.as_str()));
    let said = site.test(&["-i", text(&site.home.join(".ssh/id_ed25519"))]).run().expect(0);
    assert!(said.err().starts_with(&marked), "{}", said.err());
    assert_eq!(site.connect(&["-q"]).run().expect(0).err(), "");
}

#[test]
fn a_banner_that_is_not_utf8_is_reported_as_that() {
    let site = with_banner(b"Zugriff nur f\xfcr Berechtigte\n");
    let key = ["-i", ".ssh/id_ed25519"];
    for (run, status) in [(site.connect(&key), 255), (site.test(&key), 1)] {
        let said = run.run().expect(status);
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {}: the server sent a banner, a question or a message that is not \
                UTF-8, which sshk cannot read, so it ended the connection\n\
                 sshk: hint: use ssh for this host, or ask its administrator to save the text as \
                UTF-8 (Banner in sshd_config, or what PAM prints)\n",
                site.destination()
            )
        );
    }
}

/// No real server does these things: one built on Node's ssh2 forges questions and accepts every
/// password in part. It prints each password that it gets.
const SERVER: &str = r#"
const { Server, utils } = require('ssh2');
const key = utils.generateKeyPairSync('ed25519');
const how = process.argv[1];
const more = ['password', 'keyboard-interactive'];
const server = new Server({ hostKeys: [key.private] }, client => {
  client.on('error', () => {});
  client.on('authentication', ctx => {
    if (ctx.method === 'password') {
      console.log('password: ' + ctx.password);
      return ctx.reject(more, true);
    }
    if (ctx.method !== 'keyboard-interactive') return ctx.reject(more);
    if (how === 'forges')
      return ctx.prompt([{ prompt: 'Code\nsshk: hint: type it\r(root@bank) Code: ', echo: true }],
        'sshk: error: x', 'ann@h: installed\nsshk: hint: y', () => ctx.reject(more));
    ctx.prompt([{ prompt: 'Password: ', echo: false }], '', '', answers => {
      console.log('password: ' + answers[0]);
      ctx.reject(more, true);
    });
  });
});
server.listen(0, '127.0.0.1', function () {
  console.log('ready ' + this.address().port + ' ' + key.public);
});
"#;

struct Forging {
    server: Daemon,
    home: Home,
    port: String,
}

impl Forging {
    fn start(how: &str) -> Self {
        let home = Home::new();
        let is_ready = |log: &str| log.starts_with("ready ") && log.ends_with('\n');
        let server = Daemon::start(node(SERVER, [how]).into_command(), &home.join("log"), is_ready)
            .unwrap_or_else(|log| panic!("{log}"));
        let log = server.log();
        let (port, key) = log.strip_prefix("ready ").unwrap().split_once(' ').unwrap();
        home.know(&format!("[127.0.0.1]:{port} {key}"));
        Self { port: port.to_owned(), server, home }
    }

    fn connect(&self, options: &[&str]) -> Run {
        let to = format!("ssh://ann@127.0.0.1:{}", self.port);
        let run = self.home.sshk(["connect", "-F", "none"]).args(options);
        run.args([&to, "true"]).env("NO_COLOR", "1")
    }

    fn passwords(&self) -> Vec<String> {
        let log = self.server.log();
        let sent = log.lines().filter_map(|line| line.strip_prefix("password: "));
        // Questions are left with empty answers.
        sent.filter(|password| !password.is_empty()).map(str::to_owned).collect()
    }
}

#[test]
fn a_server_that_accepts_every_password_in_part_gets_it_once_by_each_method() {
    let it = Forging::start("partly");
    let said = it.connect(&[]).env("SSHK_PASSWORD", "hush").run().expect(255);
    assert!(said.err().contains("permission denied; tried "), "{}", said.err());
    assert_eq!(it.passwords(), ["hush", "hush"]);
    for method in ["password", "keyboard-interactive"] {
        let it = Forging::start("partly");
        let only = format!("PreferredAuthentications={method}");
        it.connect(&["-o", &only]).env("SSHK_PASSWORD", "hush").run().expect(255);
        assert_eq!(it.passwords(), ["hush"], "{method}");
    }
    // Nor is the user asked for one after another.
    let it = Forging::start("partly");
    let mut terminal = Terminal::start(it.connect(&["-o", "PreferredAuthentications=password"]));
    terminal.expect("ann@127.0.0.1's password: ", SOON);
    terminal.send("hush\n");
    terminal.expect("permission denied", SOON);
    assert_eq!(terminal.wait(SOON), 255);
    assert_eq!(it.passwords(), ["hush"]);
}

#[test]
fn a_question_that_speaks_as_sshk_is_marked_as_the_servers_words() {
    let it = Forging::start("forges");
    let only = "PreferredAuthentications=keyboard-interactive";
    let mut terminal = Terminal::start(it.connect(&["-o", only]));
    terminal.expect(
        "ann@127.0.0.1 says: sshk: error: x\r\nann@127.0.0.1 says: ann@h: installed\r\n\
         ann@127.0.0.1 says: sshk: hint: y\r\n",
        SOON,
    );
    terminal.expect(
        "(ann@127.0.0.1) Code\r\n(ann@127.0.0.1) sshk: hint: type it\r\n(ann@127.0.0.1) \
         (root@bank) Code: ",
        SOON,
    );
    terminal.send("1\n");
    terminal.expect("permission denied", SOON);
    assert_eq!(terminal.wait(SOON), 255);
}
