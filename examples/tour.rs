//! The main job in one run, against an SSH server of its own on a free loopback port: make a PEM
//! key, install it with a password, prove the login, print the key on one line, run a command.
//! Nothing outside two throw-away folders is touched.
//!
//! The steps call the same library functions as the `sshk` program; each shows the command that
//! does it.

#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use ssh_key::HashAlg;
use sshk::accounts::install::{self, Change, Plan, RemoteFile, Way};
use sshk::accounts::proof;
use sshk::credentials::Credentials;
use sshk::hosts::ssh_config::{self, CommandLine, Surroundings};
use sshk::keys::generate::{self, KeySpec, KeyType};
use sshk::keys::identity::Identity;
use sshk::keys::key_file::{self, Format, KeyFile};
use sshk::keys::oneline;
use sshk::prompter::{self, Answer, Prompter, Question};
use sshk::session::{Account, Exit, Input, Notice, Notices, Program, Request, Sent};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USER: &str = "ann";
const PASSWORD: &str = "correct horse battery staple";

#[tokio::main]
async fn main() -> Result<()> {
    let server = server::Server::start(server::Account::new(USER, PASSWORD))?;
    let home = tempfile::tempdir()?;
    println!(
        "An SSH server of this tour's own listens on 127.0.0.1 port {}; its only account is \
        {USER}.",
        server.port()
    );

    let key = make_key(home.path().join(".ssh/id_rsa"))?;
    let tour = Tour::new(&server, home.path().to_owned(), &key).await?;
    tour.install().await?;
    tour.test().await?;
    one_line(&key)?;
    tour.connect("echo \"$(whoami) is in $HOME\" && wc -l < .ssh/authorized_keys").await?;

    println!("\nThat is the whole job. Both folders are gone again.");
    Ok(())
}

fn make_key(path: PathBuf) -> Result<KeyFile> {
    typed("sshk keygen -m pem -N ''");
    println!("(the search for two primes of 2048 bits takes a moment)");
    let rng = &mut rand::rng();
    let key = generate::generate(KeySpec::new(KeyType::Rsa, Some(4096))?, "ann@tour", rng)?;
    let text = key_file::encode(&key, Format::Pem, None, None, rng)?;
    let file = KeyFile::new(path);
    let public_line = format!("{}\n", key.public_key().to_openssh()?);
    file.create_pair(&text, &public_line, false, true)?;
    println!("private key: ~/.ssh/id_rsa ({})", text.lines().next().unwrap_or_default());
    println!("public key:  ~/.ssh/id_rsa.pub");
    println!("fingerprint: {}", key.public_key().fingerprint(HashAlg::Sha256));
    Ok(file)
}

fn one_line(key: &KeyFile) -> Result<()> {
    typed("sshk oneline ~/.ssh/id_rsa >> config.json");
    let member = oneline::member("privateKey", &key.read_text()?);
    let (head, tail) = (&member[..64], &member[member.len() - 40..]);
    println!("{head} [... {} characters ...] {tail}", member.len() - head.len() - tail.len());
    Ok(())
}

/// One account on the tour's server, and the key for it.
struct Tour {
    account: Account,
    identity: Arc<Identity>,
}

impl Tour {
    async fn new(server: &server::Server, home: PathBuf, key: &KeyFile) -> Result<Self> {
        let person =
            Person { fingerprint: server.host_key().fingerprint(HashAlg::Sha256).to_string() };
        let credentials = Arc::new(Credentials::new(Arc::new(person), None, None, None));
        let surroundings = Surroundings {
            // Only this throw-away home is read and written, whatever stands in the real one.
            home,
            local_user: USER.into(),
            uid: rustix::process::getuid().as_raw(),
            local_host: "tour".into(),
            env: Box::new(|_| None),
            system_config: "/nonexistent/ssh_config".into(),
            shell: "/bin/sh".into(),
            run: Box::new(|_| Ok(false)),
            resolves: Box::new(|_| false),
            addresses: Box::new(|| Ok(Vec::new())),
        };
        let line = CommandLine {
            port: Some(server.port()),
            user: Some(USER.into()),
            ..CommandLine::default()
        };
        let endpoint = ssh_config::resolve(&"127.0.0.1".parse()?, &line, &surroundings)?;
        let notices = Notices::new(|notice| match notice {
            Notice::Note(text) | Notice::Banner(text) => println!("{text}"),
        });
        let identity = Arc::new(Identity::load(key, &credentials).await?);
        Ok(Self {
            account: Account { endpoint: Arc::new(endpoint), credentials, notices },
            identity,
        })
    }

    fn place(&self) -> String {
        format!("-p {} {USER}@127.0.0.1", self.account.endpoint.port)
    }

    async fn install(&self) -> Result<()> {
        typed(&format!("sshk copy-id {}", self.place()));
        let plan = Plan {
            file: RemoteFile::Default,
            way: Way::Exec,
            dry_run: false,
            verify: true,
            fix_permissions: false,
            try_key_first: true,
        };
        let done = install::install(&self.account, &self.identity, &plan).await?;
        match done.answer.outcome {
            Change::Installed { .. } => {
                println!("installed in {}; a fresh login with it succeeded", done.answer.file)
            }
            other => return Err(format!("a new account already had the key: {other:?}").into()),
        }
        typed(&format!("sshk copy-id {}", self.place()));
        let again = install::install(&self.account, &self.identity, &plan).await?;
        match again.answer.outcome {
            Change::Present { line } => {
                println!("present, line {line} of {}; nothing was written", again.answer.file)
            }
            other => return Err(format!("the key was installed twice: {other:?}").into()),
        }
        Ok(())
    }

    async fn test(&self) -> Result<()> {
        typed(&format!("sshk test {}", self.place()));
        let proof = proof::prove(&self.account, &self.identity).await?;
        println!(
            "logged in with {} ({}) in {:.2} s",
            proof.fingerprint,
            proof.signature,
            proof.took.as_secs_f64()
        );
        Ok(())
    }

    async fn connect(&self, command: &str) -> Result<()> {
        typed(&format!("sshk connect {} '{command}'", self.place()));
        let session = self.account.log_in(std::slice::from_ref(&self.identity), None).await?;
        let request = Request { program: Program::Command(command.into()), ..Request::default() };
        let (input, from_us) = mpsc::channel(1);
        let (to_us, mut output) = mpsc::channel(1);
        input.send(Input::End).await?;
        let show = async {
            while let Some(Sent::Stdout(data) | Sent::Stderr(data)) = output.recv().await {
                print!("{}", String::from_utf8_lossy(&data));
            }
        };
        let (exit, ()) = tokio::join!(session.run(&request, from_us, to_us), show);
        session.close().await;
        match exit? {
            Exit::Status(0) => Ok(()),
            other => Err(format!("the remote command ended with {other:?}").into()),
        }
    }
}

fn typed(command: &str) {
    println!("\n$ {command}");
}

/// Answers the program's questions as a careful person would: the host key by its fingerprint, then
/// the password.
struct Person {
    fingerprint: String,
}

impl Prompter for Person {
    fn ask(&self, question: &Question) -> std::result::Result<Zeroizing<String>, prompter::Error> {
        let answer = match question.answer {
            // From the server's owner, by another way than this connection; the program compares
            // it.
            Answer::Confirm => self.fingerprint.as_str(),
            Answer::Secret | Answer::Text => PASSWORD,
        };
        let shown = if question.answer == Answer::Secret { "" } else { answer };
        println!("{}{shown}", question.prompt);
        Ok(Zeroizing::new(answer.to_owned()))
    }

    fn can_ask(&self) -> bool {
        true
    }

    fn tell(&self, text: &str) {
        println!("{text}");
    }
}
