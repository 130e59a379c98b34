//! Why a key that is in the file does not log in, as far as the account shows: one cause.

use std::fmt;

use ssh_key::PublicKey;

use super::permissions::{is_shared, repairable};
use crate::accounts::authorized_keys::{AuthorizedKeys, Content};
use crate::accounts::judge::Judge;
use crate::accounts::remote_file::{FileSnapshot, Hazard, Unsafe, shown};
use crate::accounts::survey::Survey;
use crate::quoting::{remote_path, shell_word};
use crate::text::start_of;

/// How many characters of a setting or of options a message shows.
const SHOWN: usize = 120;

/// Why the server rejects a key that is in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A setting of sshd, whatever file the key is in.
    Setting {
        /// `Keyword value`, cut to a length for messages.
        setting: String,
        /// The file of sshd's configuration.
        config: String,
    },
    /// The server reads other files.
    NotRead {
        /// As messages name it.
        file: String,
        /// The files that it reads; there may be none.
        reads: Vec<String>,
        /// The file of sshd's configuration.
        config: String,
    },
    /// Permissions or owners that StrictModes rejects.
    Unsafe {
        /// The files and folders that sshd objects to.
        hazards: Vec<Hazard>,
        /// The account's.
        uid: Option<u32>,
    },
    /// The key's first line has options, and one of them may reject this login.
    Options {
        /// As messages name it.
        file: String,
        /// Its number, from 1.
        line: usize,
        /// Cut to a length for messages.
        options: String,
    },
    /// The server ignores every line that contains the key.
    DeadLine {
        /// As messages name it.
        file: String,
        /// The number of the first, from 1.
        line: usize,
        /// A clause about the line.
        why: String,
    },
    /// SELinux is enforcing, and the file does not have sshd's label.
    Context {
        /// As messages name it.
        file: String,
        /// Its label.
        context: String,
    },
}

impl Cause {
    /// The first cause that is found; certain causes come before likely ones.
    pub(super) fn find(
        survey: &Survey,
        judge: &Judge,
        file: &FileSnapshot,
        key: &PublicKey,
    ) -> Option<Self> {
        let config = survey.config.as_ref();
        if let Some((config, setting)) =
            config.and_then(|config| Some((config, judge.objection_to(key)?)))
        {
            return Some(Self::Setting { setting, config: config.name().to_owned() });
        }
        if let Some(config) = config
            && !survey.files().contains(&file.path)
        {
            let reads = survey.files().iter().map(|file| shown(file)).collect();
            return Some(Self::NotRead {
                file: file.name(),
                reads,
                config: config.name().to_owned(),
            });
        }
        let uid = survey.uid;
        let hazards = file.hazards(uid);
        let is_strict = config.is_none_or(|config| config.is_strict());
        if is_strict && !hazards.is_empty() {
            return Some(Self::Unsafe { hazards, uid });
        }
        file.content()
            .and_then(|content| of_line(survey, &file.name(), content, key))
            .or_else(|| of_root(survey))
            .or_else(|| of_label(survey, file))
    }

    /// What the account itself can fix.
    pub(super) fn repairable(&self) -> &[Hazard] {
        match self {
            Self::Unsafe { hazards, uid } => repairable(hazards, *uid),
            _ => &[],
        }
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> String {
        match self {
            Self::Setting { .. } => "ask the server's administrator to allow it, or use another \
                type of key: sshk keygen -t ed25519"
                .into(),
            Self::NotRead { reads, .. } if reads.is_empty() => "ask the server's administrator \
                how keys are installed there"
                .into(),
            // A ~ would be expanded by the shell here, to the home directory here.
            Self::NotRead { reads, .. } => {
                let file = reads[0].strip_prefix("~/").unwrap_or(&reads[0]);
                format!("install it there: run it again with -t {}", shell_word(file))
            }
            Self::Unsafe { hazards, .. } => self.hint_about(hazards),
            Self::Options { file, line, .. } | Self::DeadLine { file, line, .. } => {
                format!("look on the server: sed -n {line}p {}", remote_path(file))
            }
            Self::Context { file, .. } => {
                format!("on the server: restorecon -v {}", remote_path(file))
            }
        }
    }

    fn hint_about(&self, hazards: &[Hazard]) -> String {
        let paths = |hazards: &mut dyn Iterator<Item = &Hazard>| {
            hazards.map(|hazard| remote_path(&hazard.path)).collect::<Vec<_>>().join(" ")
        };
        if hazards.iter().any(is_shared) {
            return "choose a file below a directory that only the account can write to: run it \
                again with -t .ssh/authorized_keys"
                .into();
        }
        let foreign = paths(&mut hazards.iter().filter(|hazard| hazard.why == Unsafe::Owner));
        let all = paths(&mut hazards.iter());
        if !self.repairable().is_empty() {
            format!("run it again with --fix-perms, or on the server: chmod go-w {all}")
        } else if foreign.is_empty() {
            format!("ask the server's administrator: chmod go-w {all}")
        } else {
            format!("ask the server's administrator to give it to the account: ls -ld {foreign}")
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { setting, config } => {
                write!(f, "sshd's configuration says {setting:?} ({config})")
            }
            Self::NotRead { file, reads, config } if reads.is_empty() => {
                write!(
                    f,
                    "the server reads no authorized_keys file for this account (AuthorizedKeysFile \
                     none in {config})"
                )
            }
            Self::NotRead { file, reads, config } => {
                write!(
                    f,
                    "the server reads {}, not {file} (AuthorizedKeysFile in {config})",
                    reads.join(" and ")
                )
            }
            Self::Unsafe { hazards, .. } => {
                let list: Vec<_> = hazards.iter().map(Hazard::to_string).collect();
                write!(f, "{}, so servers ignore the file", list.join(", "))
            }
            Self::Options { line, options, .. } => {
                write!(
                    f,
                    "line {line} has it with the options {options:?}, which may reject logins \
                    from here"
                )
            }
            Self::DeadLine { line, why, .. } => {
                write!(f, "line {line} contains it, but the server ignores that line: {why}")
            }
            Self::Context { file, context } => {
                write!(f, "SELinux is enforcing, and {file} is labelled {context:?}")
            }
        }
    }
}

fn of_line(
    survey: &Survey,
    file: &str,
    content: &AuthorizedKeys,
    key: &PublicKey,
) -> Option<Cause> {
    if let Some((line, entry)) = content.find(key).next() {
        if survey.server.contains("dropbear") && matches!(line.bytes.first(), Some(b' ' | b'\t')) {
            let why = "dropbear accepts no line that begins with a space or tab".into();
            return Some(Cause::DeadLine { file: file.to_owned(), line: line.number, why });
        }
        let options = String::from_utf8_lossy(entry.options).into_owned();
        return (!options.is_empty()).then(|| Cause::Options {
            file: file.to_owned(),
            line: line.number,
            options: start_of(&options, SHOWN),
        });
    }
    let blob = data_encoding::BASE64.encode(&key.to_bytes().ok()?).into_bytes();
    content.lines().find_map(|line| match line.content {
        Content::Dead(dead) if line.bytes.windows(blob.len()).any(|window| window == blob) => {
            Some(Cause::DeadLine {
                file: file.to_owned(),
                line: line.number,
                why: dead.to_string(),
            })
        }
        _ => None,
    })
}

/// PermitRootLogin may accept root's keys only with a forced command.
fn of_root(survey: &Survey) -> Option<Cause> {
    let config = survey.config.as_ref()?;
    let setting = config
        .value("permitrootlogin")
        .filter(|value| *value == "forced-commands-only" && survey.uid == Some(0))?;
    Some(Cause::Setting {
        setting: format!("PermitRootLogin {setting}"),
        config: config.name().to_owned(),
    })
}

/// sshd may read ssh_home_t in home directories. What else it may read depends on the policy, so
/// this cause comes last.
fn of_label(survey: &Survey, file: &FileSnapshot) -> Option<Cause> {
    let context =
        file.context.split_whitespace().next().filter(|context| context.contains(":object_r:"))?;
    (survey.is_enforcing && !context.contains("ssh_home_t"))
        .then(|| Cause::Context { file: file.name(), context: context.to_owned() })
}
