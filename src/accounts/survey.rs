//! Which authorized_keys files a server reads for an account, and what is in them. Nothing here
//! changes anything.
//!
//! The usual place is a guess: AuthorizedKeysFile may name others. Where the account can read
//! sshd_config, the sshd that listens is asked (`sshd -T`); it was started with the options that
//! its title shows. Elsewhere the usual places are looked at.

mod file;
mod server_config;
mod sftp;

use crate::error::{Failure, Kind};
use ssh_key::{Algorithm, LineEnding, PrivateKey};

use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::remote_script::{self, Given, bounded};
use crate::session::{self, ChannelError, Session};
pub(crate) use file::shown;
pub use file::{File, Hazard, Node, State, Unsafe};
pub use server_config::ServerConfig;

const SURVEY: &str = include_str!("survey/survey.sh");
const LOOK: &str = include_str!("survey/look.sh");
const MEND: &str = include_str!("survey/mend.sh");

/// The largest file that is looked through, in bytes.
pub const MAX_FILE: usize = 16 * 1024 * 1024;

/// What the scripts may answer besides the files' bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// How often a file may change under the reading.
const ATTEMPTS: usize = 3;

/// What sshd reads where it is not told otherwise (sshd_config(5)). dropbear knows the first alone.
pub const USUAL: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/// Who an account is, and where its server looks for keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Who logged in; another name may have the same uid.
    pub user: String,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// Where logins begin.
    pub home: String,
    /// Commands run there; otherwise there is SFTP alone.
    pub runs_commands: bool,
    /// SELinux is enforcing.
    pub is_enforcing: bool,
    /// What sshd says of itself; nothing where it is not an sshd or the account cannot read its
    /// configuration.
    pub config: Option<ServerConfig>,
    /// Why sshd said nothing, in the server's words.
    pub unread: Option<String>,
    /// The server's identification.
    pub server: String,
    /// Where OpenWrt's dropbear and Haiku's sshd have their file.
    place: Option<String>,
    /// The folder that the user database names.
    passwd_home: String,
}

/// Why an account could not be looked at; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{file:?} on the server changes all the time; it was not read")]
    Unsettled { file: String },
    #[error("the server's SFTP refused to show {file:?}: it said {said:?}")]
    Refused { file: String, said: String },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Unsettled { .. } => Kind::ConcurrentChange,
            Self::Refused { .. } => Kind::Unreadable,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unsettled { .. } => {
                Some("run it again when whatever writes to it has ended".into())
            }
            Self::Refused { .. } => None,
        }
    }
}

impl Survey {
    /// Asks the account `user`, over SFTP where it runs no commands.
    pub async fn take(session: &Session, user: &str) -> Result<Self, crate::error::Error> {
        let server = session.server();
        let is_sshd = server.contains("-OpenSSH");
        let key = match is_sshd {
            true => throw_away_key(),
            false => String::new(),
        };
        let given = Given::default()
            .text('l', user)
            .word('s', if is_sshd { "1" } else { "0" })
            .text('k', &key);
        let spoken = match remote_script::run(session, SURVEY, &given, MAX_ANSWER).await {
            Ok((spoken, ..)) => spoken,
            // Without SFTP either, what the account does with a command says more.
            Err(refusal) if may_be_sftp_only(&refusal) => {
                return match Self::take_over_sftp(session, user).await {
                    Err(error) if has_no_sftp(&error) => Err(refusal),
                    survey => survey,
                };
            }
            Err(error) => return Err(error),
        };
        let mut survey =
            Self { user: user.to_owned(), runs_commands: true, server, ..Self::default() };
        let mut config = ServerConfig::default();
        let mut is_done = false;
        for (word, rest) in spoken.words() {
            match word {
                "uid" => survey.uid = rest.parse().ok(),
                "gid" => survey.gid = rest.parse().ok(),
                "home" => survey.home = rest.to_owned(),
                "passwd" => survey.passwd_home = rest.to_owned(),
                "place" => survey.place = Some(rest.to_owned()),
                "enforcing" => survey.is_enforcing = true,
                "config" => config.file = Some(rest.to_owned()),
                "sshd" => config.push(rest),
                "unread" => survey.unread = Some(bounded(rest)),
                "done" => is_done = true,
                _ => {}
            }
        }
        if !is_done {
            return Err(spoken.ended().into());
        }
        if survey.passwd_home.is_empty() {
            survey.passwd_home.clone_from(&survey.home);
        }
        survey.config = (!config.is_empty()).then_some(config);
        Ok(survey)
    }

    /// The same over SFTP alone.
    pub async fn take_over_sftp(
        session: &Session,
        user: &str,
    ) -> Result<Self, crate::error::Error> {
        let mut sftp = session.sftp().await?;
        let survey = sftp::survey(&mut sftp, user, session.server()).await;
        sftp.end().await;
        survey
    }

    /// The files the server reads, in its order: relative ones from the home folder on. The same
    /// where they are only the usual ones.
    pub fn files(&self) -> Vec<String> {
        match (&self.config, &self.place) {
            (Some(config), _) => {
                config.authorized_keys_files().map(|file| self.expanded(file)).collect()
            }
            (None, Some(place)) => vec![place.clone()],
            (None, None) if self.server.contains("dropbear") => vec![USUAL[0].to_owned()],
            (None, None) => USUAL.map(str::to_owned).to_vec(),
        }
    }

    /// Whether [`Survey::files`] is the server's own word.
    pub fn is_certain(&self) -> bool {
        self.config.is_some()
    }

    /// The tokens of AuthorizedKeysFile (sshd_config(5), TOKENS) replaced; as a path from the home
    /// folder where it is below that.
    fn expanded(&self, file: &str) -> String {
        let mut path = String::new();
        let mut letters = file.chars();
        while let Some(letter) = letters.next() {
            match (letter, if letter == '%' { letters.next() } else { None }) {
                ('%', Some('h')) => path.push_str(&self.passwd_home),
                ('%', Some('u')) => path.push_str(&self.user),
                ('%', Some('U')) => {
                    path.push_str(&self.uid.map(|uid| uid.to_string()).unwrap_or_default())
                }
                ('%', Some(other)) => path.push(other),
                (other, _) => path.push(other),
            }
        }
        match path.starts_with('/') {
            // sshd starts at the user database's home, the scripts at $HOME.
            false if self.home == self.passwd_home => path,
            false => format!("{}/{path}", self.passwd_home),
            true => {
                let below = path
                    .strip_prefix(self.home.trim_end_matches('/'))
                    .and_then(|rest| rest.strip_prefix('/'));
                below
                    .filter(|below| !below.is_empty() && self.home.len() > 1)
                    .map(str::to_owned)
                    .unwrap_or(path)
            }
        }
    }

    /// Looks at `files`, in the form that [`Survey::files`] has them.
    pub async fn look(
        &self,
        session: &Session,
        files: &[String],
    ) -> Result<Vec<File>, crate::error::Error> {
        if !self.runs_commands {
            let mut sftp = session.sftp().await?;
            let looked = sftp::look(&mut sftp, files).await;
            sftp.end().await;
            return looked;
        }
        for _ in 0..ATTEMPTS {
            if let Some(files) = self.look_once(session, files).await? {
                return Ok(files);
            }
        }
        Err(Error::Unsettled { file: files.first().map(|file| shown(file)).unwrap_or_default() }
            .into())
    }

    /// `None` where a file changed meanwhile.
    async fn look_once(
        &self,
        session: &Session,
        files: &[String],
    ) -> Result<Option<Vec<File>>, crate::error::Error> {
        let given = Given::default().text('p', &files.join("\n")).text('h', &self.passwd_home);
        let limit = files.len() * MAX_FILE + MAX_ANSWER;
        let (mut spoken, output, nonce) =
            remote_script::run(session, LOOK, &given.clone().word('w', "0"), limit).await?;
        let mut bytes = file::contents(&output.stdout, &nonce);
        if bytes.is_empty() && spoken.words().any(|(word, _)| word == "bytes") {
            // An rc file turned stdout away.
            let (again, output, its) =
                remote_script::run(session, LOOK, &given.word('w', "1"), limit).await?;
            bytes = file::contents(&output.stderr, &its);
            spoken = again;
        }
        assemble(&spoken, bytes)
    }
}

impl Survey {
    /// Takes the right to write to these from everybody but their owner, which the account must be;
    /// what it may not do stays as it is.
    pub async fn mend(
        &self,
        session: &Session,
        hazards: &[Hazard],
    ) -> Result<(), crate::error::Error> {
        if !self.runs_commands {
            let mut sftp = session.sftp().await?;
            let mended = sftp::mend(&mut sftp, hazards).await;
            sftp.end().await;
            return mended;
        }
        let paths: Vec<_> = hazards.iter().map(|hazard| hazard.path.as_str()).collect();
        let (spoken, ..) = remote_script::run(
            session,
            MEND,
            &Given::default().text('p', &paths.join("\n")),
            MAX_ANSWER,
        )
        .await?;
        if spoken.words().any(|(word, _)| word == "done") {
            Ok(())
        } else {
            Err(spoken.ended().into())
        }
    }
}

/// The files that a script showed. `bytes` are theirs, of those that have any, in the same order.
fn assemble(
    spoken: &remote_script::Spoken,
    bytes: Vec<Option<Vec<u8>>>,
) -> Result<Option<Vec<File>>, crate::error::Error> {
    let mut bytes = bytes.into_iter();
    let mut files: Vec<File> = Vec::new();
    let (mut path, mut is_done) = (String::new(), false);
    for (word, rest) in spoken.words() {
        match (word, files.last_mut()) {
            ("look", _) => {
                files.push(File {
                    path: rest.to_owned(),
                    state: State::Missing,
                    is_link: false,
                    nodes: Vec::new(),
                    context: String::new(),
                });
            }
            ("no", _) => return Err(refusal(rest).into()),
            ("done", _) => is_done = true,
            ("link", Some(file)) => file.is_link = true,
            ("context", Some(file)) => file.context = rest.to_owned(),
            ("node", Some(_)) => path = rest.to_owned(),
            ("ls", Some(file)) => file.nodes.extend(Node::from_ls(&path, rest)),
            ("bytes", Some(file)) => match bytes.next().flatten() {
                Some(content) => file.state = State::Read(AuthorizedKeys::new(content)),
                None => return Ok(None),
            },
            ("state", Some(file)) => {
                file.state = match rest {
                    "folder" => State::NoFile("a folder"),
                    "FIFO" => State::NoFile("a FIFO"),
                    "device" => State::NoFile("a device or socket"),
                    "dangling" => State::NoFile("a symlink to nothing"),
                    "large" => State::TooLarge,
                    "closed" | "unreadable" => State::Unreadable,
                    _ => State::Missing,
                };
            }
            _ => {}
        }
    }
    files.iter_mut().for_each(File::name_the_home);
    if is_done { Ok(Some(files)) } else { Err(spoken.ended().into()) }
}

/// A script's `no REASON DETAIL`, where it is about the account.
pub(crate) fn refusal(rest: &str) -> remote_script::Error {
    let (reason, detail) = rest.split_once(' ').unwrap_or((rest, ""));
    match reason {
        "tool" => remote_script::Error::ToolMissing { tool: bounded(detail) },
        _ => remote_script::Error::NoHome { home: bounded(detail) },
    }
}

pub(crate) fn may_be_sftp_only(error: &crate::error::Error) -> bool {
    matches!(error.downcast_ref(), Some(session::Error::Channel(ChannelError::NoCommands)))
        || error.downcast_ref().is_some_and(remote_script::Error::may_be_sftp_only)
}

fn has_no_sftp(error: &crate::error::Error) -> bool {
    use ChannelError::{NoSession, NoSftp, NotSftp};
    matches!(
        error.downcast_ref(),
        Some(session::Error::Channel(NoSftp | NotSftp { .. } | NoSession { .. }))
    )
}

/// Protects nothing and is used nowhere: sshd -T wants a host key, and the server's own is for root
/// to read.
fn throw_away_key() -> String {
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519)
        .and_then(|key| key.to_openssh(LineEnding::LF));
    key.map(|text| text.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(home: &str, passwd_home: &str, files: &str) -> Survey {
        let mut config = ServerConfig::default();
        config.push(&format!("authorizedkeysfile {files}"));
        let (home, passwd_home) = (home.to_owned(), passwd_home.to_owned());
        Survey {
            user: "ann".into(),
            uid: Some(1000),
            home,
            passwd_home,
            config: Some(config),
            ..Survey::default()
        }
    }

    #[test]
    fn tokens_become_the_account_and_the_home_folder_goes() {
        let files = |files| survey("/home/ann", "/home/ann", files).files();
        assert_eq!(files(".ssh/authorized_keys .ssh/authorized_keys2"), USUAL);
        assert_eq!(
            files("%h/.ssh/keys /etc/ssh/keys/%u /k/%U%%"),
            [".ssh/keys", "/etc/ssh/keys/ann", "/k/1000%"]
        );
        assert_eq!(files("none"), [""; 0]);
        assert_eq!(files("/home/anna/k"), ["/home/anna/k"]);
        assert_eq!(
            survey("/tmp/x", "/home/ann", ".ssh/keys %h/k").files(),
            ["/home/ann/.ssh/keys", "/home/ann/k"]
        );
        assert_eq!(survey("/", "/", "%h/k").files(), ["//k"]);
    }

    #[test]
    fn without_the_servers_word_the_usual_files_are_meant() {
        let of = |server: &str, place: Option<&str>| {
            Survey { server: server.into(), place: place.map(str::to_owned), ..Survey::default() }
                .files()
        };
        assert_eq!(of("SSH-2.0-OpenSSH_9.2p1", None), USUAL);
        assert_eq!(of("SSH-2.0-dropbear_2022.83", None), USUAL[..1]);
        assert_eq!(
            of("SSH-2.0-dropbear", Some("/etc/dropbear/authorized_keys")),
            ["/etc/dropbear/authorized_keys"]
        );
    }
}
