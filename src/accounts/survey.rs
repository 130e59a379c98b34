//! Which authorized_keys files a server reads for an account, and what is in them. Nothing here
//! changes anything.
//!
//! The default place is a guess: AuthorizedKeysFile may name others. If the account can read
//! sshd_config, the sshd that listens is asked (`sshd -T`), with the options that its title shows.
//! Otherwise the default files are checked.

pub(super) mod look;
mod server_config;
mod sftp;

use ssh_key::{Algorithm, LineEnding, PrivateKey};

use crate::accounts::remote_file::FileSnapshot;
use crate::accounts::remote_script::{self, MAX_ANSWER, ScriptAnswer, Variables, cleaned};
use crate::accounts::session_failure;
use crate::session::Session;
use crate::text::start_of;
pub use server_config::ServerConfig;

/// What sshd reads by default (sshd_config(5)). dropbear knows the first alone.
pub const USUAL: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/// How many files of one account are looked at. sshd(8) of OpenSSH 9.2 reads as many as are named.
const MAX_FILES: usize = 32;

/// The longest path of such a file, in bytes, its tokens expanded.
const MAX_PATH: usize = 1024;

/// Who an account is, and where its server looks for keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The user who logged in; another name may have the same uid.
    pub user: String,
    /// `None` if the server does not say.
    pub uid: Option<u32>,
    /// `None` if the server does not say.
    pub gid: Option<u32>,
    /// Where logins begin.
    pub home: String,
    /// Commands run there; otherwise there is SFTP alone.
    pub runs_commands: bool,
    /// SELinux is enforcing.
    pub is_enforcing: bool,
    /// sshd's own configuration; `None` if it is not an sshd or the account cannot read it.
    pub config: Option<ServerConfig>,
    /// Why sshd did not print its configuration, in the server's words.
    pub unread: Option<String>,
    /// The server's identification.
    pub server: String,
    /// Where OpenWrt's dropbear and Haiku's sshd keep their file.
    place: Option<String>,
    /// The directory that the user database names.
    passwd_home: String,
}

impl Survey {
    /// Asks the account `user`; over SFTP if it runs no commands.
    ///
    /// # Errors
    ///
    /// A [`crate::session::Error`] if the connection failed, a [`remote_script::Error`] if the
    /// account did not run the script.
    pub async fn run(session: &Session, user: &str) -> Result<Self, crate::error::Error> {
        let server = session.server();
        let is_sshd = server.contains("-OpenSSH");
        let variables = Variables::default()
            .text("login_name", user)
            .flag("is_sshd", is_sshd)
            .text("host_key", &if is_sshd { throw_away_key() } else { String::new() });
        match remote_script::run(session, &remote_script::SURVEY, &variables, MAX_ANSWER).await {
            Ok((answer, ..)) => Ok(Self::from_answer(&answer, user, server)?),
            // Without SFTP too, the failure of the command says more.
            Err(refusal) if may_be_sftp_only(&refusal) => {
                match Self::run_over_sftp(session, user).await {
                    Err(error) if session_failure::has_no_sftp(&error) => Err(refusal),
                    survey => survey,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The same over SFTP alone, which cannot show what the server reads.
    ///
    /// # Errors
    ///
    /// A [`crate::session::Error`] if the connection failed or the server has no SFTP.
    pub async fn run_over_sftp(session: &Session, user: &str) -> Result<Self, crate::error::Error> {
        let mut sftp = session.sftp().await?;
        let found = sftp::find_account(&mut sftp, user).await;
        sftp.end().await;
        let sftp::SftpAccount { home, uid, gid } = found?;
        let (user, server, passwd_home) = (user.to_owned(), session.server(), home.clone());
        Ok(Self { user, uid, gid, home, passwd_home, server, ..Self::default() })
    }

    pub(super) fn from_answer(
        answer: &ScriptAnswer,
        user: &str,
        server: String,
    ) -> Result<Self, remote_script::Error> {
        let mut survey =
            Self { user: user.to_owned(), runs_commands: true, server, ..Self::default() };
        let mut config = ServerConfig::default();
        let mut is_done = false;
        for (word, rest) in answer.words() {
            match word {
                "uid" => survey.uid = rest.parse().ok(),
                "gid" => survey.gid = rest.parse().ok(),
                "home" => survey.home = rest.to_owned(),
                "passwd" => survey.passwd_home = rest.to_owned(),
                "place" => survey.place = Some(rest.to_owned()),
                "enforcing" => survey.is_enforcing = true,
                "config" => config.file = Some(start_of(rest, MAX_PATH)),
                "sshd" => config.push(rest),
                "unread" => survey.unread = Some(cleaned(rest)),
                "done" => is_done = true,
                _ => {}
            }
        }
        if !is_done {
            return Err(answer.ended());
        }
        if survey.passwd_home.is_empty() {
            survey.passwd_home.clone_from(&survey.home);
        }
        survey.config = (!config.is_empty()).then_some(config);
        Ok(survey)
    }

    /// The files that the server reads, in its order: relative ones start from the home directory.
    /// If they are not known, the default ones. [`Survey::left_out`] says if there are more.
    pub fn files(&self) -> Vec<String> {
        match (&self.config, &self.place) {
            (Some(config), _) => {
                let files = config.authorized_keys_files().take(MAX_FILES);
                files.filter_map(|file| self.expanded(file)).collect()
            }
            (None, Some(place)) => vec![place.clone()],
            (None, None) if self.server.contains("dropbear") => vec![USUAL[0].to_owned()],
            (None, None) => USUAL.map(str::to_owned).to_vec(),
        }
    }

    /// In words, that the server reads more files than are looked at.
    pub fn left_out(&self) -> Option<String> {
        let named = self.config.as_ref()?.authorized_keys_files().count();
        let looked_at = self.files().len();
        (named > looked_at).then(|| {
            format!(
                "the server reads {named} authorized_keys files for this account; sshk looks at \
                {looked_at} of them"
            )
        })
    }

    /// Whether [`Survey::files`] comes from the server itself.
    pub fn is_certain(&self) -> bool {
        self.config.is_some()
    }

    /// The tokens of AuthorizedKeysFile (sshd_config(5), TOKENS) replaced; relative to the home
    /// folder if it is below that. `None` if it is longer than [`MAX_PATH`].
    fn expanded(&self, file: &str) -> Option<String> {
        let path = self.with_tokens(file)?;
        if !path.starts_with('/') {
            // sshd starts at the home directory of the user database, the scripts at $HOME.
            let is_same = self.home == self.passwd_home;
            let path = if is_same { path } else { format!("{}/{path}", self.passwd_home) };
            return (path.len() <= MAX_PATH).then_some(path);
        }
        let below = path
            .strip_prefix(self.home.trim_end_matches('/'))
            .and_then(|rest| rest.strip_prefix('/'))
            .filter(|below| !below.is_empty() && self.home.len() > 1);
        Some(below.map(str::to_owned).unwrap_or(path))
    }

    fn with_tokens(&self, file: &str) -> Option<String> {
        let mut path = String::new();
        let mut characters = file.chars();
        while let Some(character) = characters.next() {
            match (character, if character == '%' { characters.next() } else { None }) {
                ('%', Some('h')) => path.push_str(&self.passwd_home),
                ('%', Some('u')) => path.push_str(&self.user),
                ('%', Some('U')) => {
                    path.push_str(&self.uid.map(|uid| uid.to_string()).unwrap_or_default())
                }
                ('%', Some(other)) => path.push(other),
                (other, _) => path.push(other),
            }
            // At each step: a token can stand for a long text many times.
            if path.len() > MAX_PATH {
                return None;
            }
        }
        Some(path)
    }

    /// Looks at `files`, in the form that [`Survey::files`] gives them.
    ///
    /// # Errors
    ///
    /// A [`crate::accounts::remote_file::Error`] if a file kept changing or the SFTP server refused
    /// to read it, a [`crate::session::Error`] if the connection failed, a
    /// [`remote_script::Error`] if the account did not run the script.
    pub async fn look(
        &self,
        session: &Session,
        files: &[String],
    ) -> Result<Vec<FileSnapshot>, crate::error::Error> {
        if self.runs_commands {
            return look::with_script(session, files, &self.passwd_home).await;
        }
        let mut sftp = session.sftp().await?;
        let looked = sftp::look(&mut sftp, files).await;
        sftp.end().await;
        looked
    }

    /// One file, by its name in messages.
    ///
    /// # Errors
    ///
    /// As [`Survey::look`].
    pub(crate) async fn look_at(
        &self,
        session: &Session,
        file: &str,
    ) -> Result<Option<FileSnapshot>, crate::error::Error> {
        let path = file.strip_prefix("~/").unwrap_or(file).to_owned();
        Ok(self.look(session, &[path]).await?.pop())
    }
}

/// Whether the account may run no commands at all.
pub(crate) fn may_be_sftp_only(error: &crate::error::Error) -> bool {
    session_failure::runs_no_commands(error)
        || error.downcast_ref().is_some_and(remote_script::Error::may_be_sftp_only)
}

/// Protects nothing and is never used: sshd -T needs a host key, and only root can read the
/// server's own.
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
    fn tokens_are_replaced_and_the_home_folder_is_left_out() {
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
    fn files_beyond_the_limits_are_left_out_and_counted() {
        let many: Vec<_> = (0..12_000).map(|number| format!("k{number}")).collect();
        let many = survey("/home/ann", "/home/ann", &many.join(" "));
        assert_eq!((many.files().len(), many.files()[31].as_str()), (MAX_FILES, "k31"));
        let words = "the server reads 12000 authorized_keys files for this account; sshk looks at \
            32 of them";
        assert_eq!(many.left_out().as_deref(), Some(words));
        let long = format!("/{}", "h".repeat(MAX_PATH / 2));
        let long = survey(&long, &long, &format!("{} k", "%h".repeat(100_000)));
        assert_eq!(long.files(), ["k"]);
        assert!(long.left_out().is_some());
        assert_eq!(survey("/home/ann", "/home/ann", "a b").left_out(), None);
    }

    #[test]
    fn if_the_server_does_not_tell_the_default_files_are_meant() {
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
