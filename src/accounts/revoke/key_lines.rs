//! The lines of one key in the files of an account.

use ssh_key::PublicKey;

use super::marks::{Mark, marks};
use crate::accounts::authorized_keys::{Content, Entry};
use crate::accounts::remote_file::{self, FileSnapshot, FileState, Made};

/// The files of an account, and the key's lines in them.
pub(super) struct KeyLines<'a> {
    files: &'a [FileSnapshot],
    key: &'a PublicKey,
    in_files: Vec<InFile<'a>>,
}

/// The key's lines in one file.
pub(super) struct InFile<'a> {
    pub file: &'a FileSnapshot,
    pub marks: Vec<Mark>,
    /// Lines that have the key only inside another key's options.
    in_options: Vec<usize>,
}

impl<'a> KeyLines<'a> {
    /// # Errors
    ///
    /// If a file cannot be read: it may contain the key.
    pub fn find(files: &'a [FileSnapshot], key: &'a PublicKey) -> Result<Self, remote_file::Error> {
        let mut in_files = Vec::new();
        for file in files {
            let (name, made) = (file.name(), Made::default());
            match &file.state {
                FileState::Unreadable => {
                    return Err(remote_file::Error::Unreadable { file: name, made });
                }
                FileState::TooLarge => return Err(remote_file::Error::TooLarge { file: name }),
                FileState::Missing | FileState::NotAFile(_) => {}
                FileState::Read(content) => {
                    let (marks, in_options) = marks(content, key);
                    in_files.push(InFile { file, marks, in_options });
                }
            }
        }
        Ok(Self { files, key, in_files })
    }

    /// The files with lines to disable.
    pub fn to_disable(&self) -> impl Iterator<Item = &InFile<'a>> {
        self.in_files.iter().filter(|in_file| !in_file.marks.is_empty())
    }

    pub fn is_empty(&self) -> bool {
        self.to_disable().next().is_none()
    }

    pub fn has_active_line(&self) -> bool {
        self.to_disable().flat_map(|in_file| &in_file.marks).any(|mark| mark.is_in_force)
    }

    /// The files that were read, as messages name them.
    pub fn file_names(&self) -> Vec<String> {
        self.files.iter().map(FileSnapshot::name).collect()
    }

    /// Every mark, with its file.
    pub fn marks(&self) -> Vec<(String, Mark)> {
        let marks = self.in_files.iter().flat_map(|in_file| {
            in_file.marks.iter().map(|mark| (in_file.file.name(), mark.clone()))
        });
        marks.collect()
    }

    /// Every line that has the key only inside another key's options, with its file.
    pub fn in_options(&self) -> Vec<(String, usize)> {
        let lines = self
            .in_files
            .iter()
            .flat_map(|in_file| in_file.in_options.iter().map(|line| (in_file.file.name(), *line)));
        lines.collect()
    }

    /// Whether another key, or an authority, can log in.
    pub fn has_other_keys(&self) -> bool {
        let ours = self.key.to_bytes().ok();
        let is_another = |entry: Entry| entry.key().map(|key| key.as_bytes().to_vec()) != ours;
        self.files
            .iter()
            .filter_map(FileSnapshot::content)
            .flat_map(|content| content.lines())
            .any(|line| matches!(line.content, Content::Key(entry) if is_another(entry)))
    }
}
