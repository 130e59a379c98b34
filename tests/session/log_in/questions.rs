//! Questions that servers ask: one-time codes, several at a time and in a row, and passwords that
//! must be changed.

use std::path::Path;

use crate::site::OnAccount;
use crate::support::oracle::node;
use crate::support::process::Daemon;
use crate::support::{Account, Home, Run, SOON, Sshd, Terminal, program, root_only};

/// Debian has no PAM module for one-time codes: a server built on Node's ssh2 asks for one. Its
/// argument selects how.
const SERVER: &str = r#"
const { Server, utils } = require('ssh2');
const key = utils.generateKeyPairSync('ed25519');
const how = process.argv[1];
const done = (ctx, ok) => ok ? ctx.accept() : ctx.reject(['keyboard-interactive', 'password']);
const server = new Server({ hostKeys: [key.private] }, client => {
  client.on('error', () => {});
  client.on('authentication', ctx => {
    if (ctx.method === 'password' && how === 'change')
      return ctx.requestChange('Your password has expired', () => {});
    if (ctx.method !== 'keyboard-interactive' || how === 'change')
      return ctx.reject(how === 'change' ? ['password'] : ['keyboard-interactive']);
    const password = { prompt: 'Password: ', echo: false };
    const code = { prompt: 'Verification code: ', echo: true };
    if (how === 'together')
      return ctx.prompt([password, code], 'Two questions', 'The code is on your token', answers => {
        done(ctx, answers.length === 2 && answers[0] === 'hush' && answers[1] === '123456');
      });
    if (how === 'empty')
      return ctx.prompt([], '', 'Nothing to answer', () =>
        ctx.prompt([password], '', '', answers => done(ctx, answers[0] === 'hush')));
    ctx.prompt([password], '', '', first => {
      if (first[0] !== 'hush') return done(ctx, false);
      const oneTime = { prompt: 'One-time code: ', echo: false };
      ctx.prompt([oneTime], '', '', second => done(ctx, second[0] === '654321'));
    });
  });
  client.on('ready', () => client.on('session', accept => accept().on('exec', accept => {
    const stream = accept();
    stream.write('in\n');
    stream.exit(0);
    stream.end();
  })));
});
server.listen(0, '127.0.0.1', function () {
  console.log('ready ' + this.address().port + ' ' + key.public);
});
"#;

struct Asking {
    _server: Daemon,
    home: Home,
    port: String,
}

fn asking(how: &str) -> Asking {
    let home = Home::new();
    let is_ready = |log: &str| log.starts_with("ready ") && log.ends_with('\n');
    let server = Daemon::start(node(SERVER, [how]).into_command(), &home.join("log"), is_ready)
        .unwrap_or_else(|log| panic!("{log}"));
    let log = server.log();
    let (port, key) = log.strip_prefix("ready ").unwrap().split_once(' ').unwrap();
    home.know(&format!("[127.0.0.1]:{port} {key}"));
    Asking { home, port: port.to_owned(), _server: server }
}

impl Asking {
    fn connect(&self, options: &[&str]) -> Run {
        let to = format!("ssh://ann@127.0.0.1:{}", self.port);
        self.home
            .sshk(["connect", "-F", "none"])
            .args(options)
            .args([&to, "echo in"])
            .env("NO_COLOR", "1")
    }
}

#[test]
fn two_questions_in_one_round_each_with_its_own_echo() {
    let it = asking("together");
    let mut terminal = Terminal::start(it.connect(&[]));
    terminal.expect("Two questions", SOON);
    terminal.expect("The code is on your token", SOON);
    terminal.expect("ann@127.0.0.1's password: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("hush\n");
    terminal.expect("(ann@127.0.0.1) Verification code: ", SOON);
    terminal.expect_echo(true, SOON);
    terminal.send("123456\n");
    terminal.expect("in\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    let screen = terminal.screen();
    assert!(screen.contains("123456") && !screen.contains("hush"), "{screen}");
}

#[test]
fn two_rounds_and_the_password_from_the_environment_answers_its_own_question_only() {
    let it = asking("in-turn");
    let mut terminal = Terminal::start(it.connect(&[]).env("SSHK_PASSWORD", "hush"));
    terminal.expect("(ann@127.0.0.1) One-time code: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send("654321\n");
    terminal.expect("in\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    assert!(
        !terminal.screen().contains("assword") && !terminal.screen().contains("654321"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn a_code_that_nobody_can_be_asked_for_is_reported() {
    let it = asking("in-turn");
    let said = it.connect(&[]).env("SSHK_PASSWORD", "hush").run().expect(255);
    let message = "an answer to \"One-time code:\" for ann@127.0.0.1 is needed, and there is no \
        terminal to ask on\n";
    assert!(said.err().contains(message), "{}", said.err());
    let said = it.connect(&["-o", "BatchMode=yes"]).run().expect(255);
    assert!(
        said.err().contains("permission denied; tried nothing; it accepts keyboard-interactive"),
        "{}",
        said.err()
    );
}

#[test]
fn a_round_without_questions_is_answered_with_nothing() {
    let it = asking("empty");
    assert_eq!(it.connect(&[]).env("SSHK_PASSWORD", "hush").run().expect(0).out(), "in\n");
}

/// SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: OpenSSH's server never sends it, but Node's does.
#[test]
fn a_server_that_requires_a_new_password_times_out_and_is_reported() {
    let it = asking("change");
    let said =
        it.connect(&["-o", "ConnectTimeout=2"]).env("SSHK_PASSWORD", "old").run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: ssh://ann@127.0.0.1:{}: the server did not say within 2 s whether it \
            accepts the password; it may require a new password first\n\
             sshk: hint: log in once with ssh to set a new password, or allow more time with \
            -o ConnectTimeout=60\n",
            it.port
        )
    );
}

fn expired(sshd: Sshd) -> OnAccount {
    let it = OnAccount::new(sshd, "/bin/bash", &[]);
    chage(&it.account, "0");
    it
}

fn chage(account: &Account, day: &str) {
    Run::new(program("chage")).args(["-d", day, account.name()]).run().expect(0);
}

fn connect(it: &OnAccount, options: &[&str], command: &[&str]) -> Run {
    it.home
        .sshk(["connect", "-F", "none"])
        .args(options)
        .arg(it.destination())
        .args(command)
        .env("NO_COLOR", "1")
}

#[track_caller]
fn logs_in_with(it: &OnAccount, password: &str) {
    let said = connect(it, &[], &["echo in"]).env("SSHK_PASSWORD", password).run().expect(0);
    assert_eq!(said.out(), "in\n");
}

const NEW: &str = "Xk29!fewoQ";

#[test]
fn an_expired_password_is_changed_by_questions_and_the_login_goes_on() {
    root_only!("an_expired_password_is_changed_by_questions_and_the_login_goes_on");
    let it = expired(Sshd::for_accounts().pam().line("PasswordAuthentication no").start());
    let old = it.account.password();
    let mut terminal = Terminal::start(connect(&it, &[], &["echo", "in"]));
    terminal.expect("'s password: ", SOON);
    terminal.expect_echo(false, SOON);
    terminal.send(&format!("{old}\n"));
    for (question, answer) in
        [("Current password: ", old), ("New password: ", NEW), ("Retype new password: ", NEW)]
    {
        terminal.expect(question, SOON);
        terminal.expect_echo(false, SOON);
        terminal.send(&format!("{answer}\n"));
    }
    terminal.expect("\r\nin\r\n", SOON);
    assert_eq!(terminal.wait(SOON), 0);
    logs_in_with(&it, NEW);
}

/// With the password method, sshd logs the account in and runs passwd(1) in place of everything
/// else.
#[test]
fn an_expired_password_is_changed_in_the_session() {
    root_only!("an_expired_password_is_changed_in_the_session");
    let it = expired(
        Sshd::for_accounts().line("UsePAM yes").line("KbdInteractiveAuthentication no").start(),
    );
    let old = it.account.password();
    let mut terminal = Terminal::start(connect(&it, &[], &[]).env("SSHK_PASSWORD", old));
    terminal.expect("WARNING: Your password has expired.", SOON);
    for (question, answer) in
        [("Current password: ", old), ("New password: ", NEW), ("Retype new password: ", NEW)]
    {
        terminal.expect(question, SOON);
        terminal.send(&format!("{answer}\n"));
    }
    terminal.expect("password updated successfully", SOON);
    terminal.wait(SOON);
    logs_in_with(&it, NEW);
}

#[test]
fn without_a_terminal_the_server_says_that_the_password_has_expired() {
    root_only!("without_a_terminal_the_server_says_that_the_password_has_expired");
    let it = expired(
        Sshd::for_accounts().line("UsePAM yes").line("KbdInteractiveAuthentication no").start(),
    );
    let said = connect(&it, &[], &["echo", "in"])
        .env("SSHK_PASSWORD", it.account.password())
        .run()
        .expect(1);
    assert_eq!(said.out(), "");
    assert!(
        said.err().contains("Password change required but no TTY available."),
        "{}",
        said.err()
    );
    assert!(Path::new(&it.account.home()).exists());
}
