//! Why a key that stands in the file does not log in: what the account can see of it, said as one
//! cause.

use std::fmt;

use ssh_key::PublicKey;

use crate::accounts::authorized_keys::{AuthorizedKeys, Content};
use crate::accounts::survey::{File, Hazard, Survey, Unsafe, shown};
use crate::quoting::remote_path;

/// How much of a setting goes into a message, in characters.
const SHOWN: usize = 120;

/// What keeps the key out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A setting of sshd, whatever file the key stands in.
    Setting { setting: String, config: String },
    /// The server reads other files.
    NotRead { file: String, reads: Vec<String>, config: String },
    /// Modes or owners, under StrictModes.
    Unsafe { hazards: Vec<Hazard>, uid: Option<u32> },
    /// The key's first line has options, among them perhaps one that keeps this login out.
    Options { file: String, line: usize, options: String },
    /// The only lines that hold the key are dead.
    DeadLine { file: String, line: usize, why: String },
    /// SELinux is enforcing, and the file is not labelled as sshd's.
    Context { file: String, context: String },
}

impl Cause {
    /// The first cause that is found, those that are certain before those that are likely.
    pub(super) fn find(survey: &Survey, file: &File, key: &PublicKey) -> Option<Self> {
        let config = survey.config.as_ref();
        if let Some((config, setting)) =
            config.and_then(|config| Some((config, config.objection(key)?)))
        {
            return Some(Self::Setting {
                setting: bounded(setting),
                config: config.name().to_owned(),
            });
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

    /// The modes that the account itself can mend.
    pub(super) fn mendable(&self) -> &[Hazard] {
        match self {
            Self::Unsafe { hazards, uid }
                if hazards.iter().all(|hazard| Some(hazard.uid) == *uid) =>
            {
                hazards
            }
            _ => &[],
        }
    }

    /// One next step, ready to paste.
    pub fn hint(&self) -> String {
        match self {
            Self::Setting { .. } => "ask the server's administrator to allow it, or use another \
                kind of key: sshk keygen -t ed25519"
                .into(),
            Self::NotRead { reads, .. } if reads.is_empty() => "ask the server's administrator \
                how keys are installed there"
                .into(),
            Self::NotRead { reads, .. } => format!(
                "install it there: run it again with -t \
                {}",
                remote_path(&reads[0])
            ),
            Self::Unsafe { hazards, .. } => {
                let paths = |wanted: &[&Hazard]| {
                    wanted
                        .iter()
                        .map(|hazard| remote_path(&hazard.path))
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                let foreign: Vec<_> =
                    hazards.iter().filter(|hazard| hazard.why == Unsafe::Owner).collect();
                match foreign.is_empty() {
                    _ if !self.mendable().is_empty() => {
                        format!(
                            "run it again with --fix-perms, or on the server: chmod go-w {}",
                            paths(&hazards.iter().collect::<Vec<_>>())
                        )
                    }
                    true => format!(
                        "ask the server's administrator: chmod go-w \
                        {}",
                        paths(&hazards.iter().collect::<Vec<_>>())
                    ),
                    false => format!(
                        "ask the server's administrator to give it to the account: \
                        ls -ld {}",
                        paths(&foreign)
                    ),
                }
            }
            Self::Options { file, line, .. } | Self::DeadLine { file, line, .. } => {
                format!("look on the server: sed -n {line}p {}", remote_path(file))
            }
            Self::Context { file, .. } => format!(
                "on the server: restorecon -v \
                {}",
                remote_path(file)
            ),
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
                    "the server reads no file for this account, so not {file} (AuthorizedKeysFile \
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
                write!(f, "{}, so servers pass over the file", list.join(", "))
            }
            Self::Options { line, options, .. } => {
                write!(
                    f,
                    "line {line} has it behind {options:?}, which can keep a login from here out"
                )
            }
            Self::DeadLine { line, why, .. } => {
                write!(f, "line {line} holds it, but the server passes over that line: {why}")
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
            let why = "dropbear takes no line that begins with a blank".into();
            return Some(Cause::DeadLine { file: file.to_owned(), line: line.number, why });
        }
        let options = String::from_utf8_lossy(entry.options).into_owned();
        return (!options.is_empty()).then(|| Cause::Options {
            file: file.to_owned(),
            line: line.number,
            options: bounded(options),
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

/// PermitRootLogin lets a key of root's in behind a command only.
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

/// sshd may read ssh_home_t in homes; what else it may read is the policy's business, so this is
/// the last to be named.
fn of_label(survey: &Survey, file: &File) -> Option<Cause> {
    let context =
        file.context.split_whitespace().next().filter(|context| context.contains(":object_r:"))?;
    (survey.is_enforcing && !context.contains("ssh_home_t"))
        .then(|| Cause::Context { file: file.name(), context: context.to_owned() })
}

fn bounded(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
