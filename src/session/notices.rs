//! What the user should know during a connection: neither a result nor a failure.

use std::sync::{Arc, Mutex};

use super::lock::lock;

/// A message for the user.
#[derive(Clone, Debug)]
pub enum Notice {
    /// What sshk did or could not do, cleaned and complete.
    Note(String),
    /// What only matters if the login fails, for `-v`.
    Detail(String),
    /// A detail again, now that the login has failed.
    Reason(String),
    /// A server's words, as received. The caller removes control characters before it shows them,
    /// and begins each line with where they are from.
    Banner {
        /// The account that they are for, `user@host`.
        from: String,
        /// The words, of one or more lines.
        text: String,
    },
}

/// Where [`Notice`]s go.
#[derive(Clone)]
pub struct Notices {
    sink: Arc<dyn Fn(Notice) + Send + Sync>,
    /// The jump host that they are about, if any.
    jump_host: Option<String>,
    /// The details so far, for a login that fails.
    details: Arc<Mutex<Vec<String>>>,
}

impl Notices {
    /// Passes each notice to `sink`.
    pub fn new(sink: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink), jump_host: None, details: Arc::default() }
    }

    pub(super) fn at_jump_host(&self, name: String) -> Self {
        Self { sink: self.sink.clone(), jump_host: Some(name), details: Arc::default() }
    }

    pub(crate) fn say(&self, text: String) {
        (self.sink)(Notice::Note(self.located(text)));
    }

    /// Why a key or certificate is not offered: of interest with `-v`, or if the login fails.
    pub(super) fn detail(&self, text: String) {
        let text = self.located(text);
        let mut details = lock(&self.details);
        if !details.contains(&text) {
            details.push(text.clone());
        }
        drop(details);
        (self.sink)(Notice::Detail(text));
    }

    /// Of interest with `-v` only.
    pub(super) fn remark(&self, text: String) {
        (self.sink)(Notice::Detail(self.located(text)));
    }

    /// Repeats the details, after a login that failed.
    pub(super) fn give_reasons(&self) {
        for text in std::mem::take(&mut *lock(&self.details)) {
            (self.sink)(Notice::Reason(text));
        }
    }

    fn located(&self, text: String) -> String {
        match &self.jump_host {
            Some(name) => format!("jump host {name}: {text}"),
            None => text,
        }
    }

    pub(super) fn banner(&self, from: &str, text: &str) {
        (self.sink)(Notice::Banner { from: from.to_owned(), text: text.to_owned() });
    }
}
