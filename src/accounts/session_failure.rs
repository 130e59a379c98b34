//! What a session's failure means for a key on an account. The only file in this room that looks
//! inside [`session::Error`].

use crate::prompter;
use crate::session::{self, ChannelError, ConnectionError, Error, LoginError, Step};

/// The server rejected every key and password that it was offered, or there was nobody to ask for
/// one.
pub(crate) fn is_login_denied(error: &Error) -> bool {
    matches!(
        error,
        Error::Login(LoginError::Denied { .. } | LoginError::TooManyFailures { .. })
            | Error::Prompter(
                prompter::Error::NoTerminal { .. } | prompter::Error::NoAnswer { .. }
            )
    )
}

/// The key was not unlocked: there was no passphrase for it, or a wrong one.
pub(crate) fn is_locked(error: &Error) -> bool {
    matches!(error, Error::Login(LoginError::Identity(_)) | Error::Prompter(_))
}

/// The question about a key, and not what was to log in, may be why the login failed: it used up
/// the server's tries, could not be asked, or is never answered (dropbear, whose file is a FIFO).
pub(crate) fn may_be_the_question(error: &Error) -> bool {
    matches!(
        error,
        Error::Login(
            LoginError::TooManyFailures { .. }
                | LoginError::KeyRefused { .. }
                | LoginError::NotOffered { .. }
                | LoginError::Sha1Only { .. }
                | LoginError::OpenDoor
        ) | Error::Connection(ConnectionError::TimedOut { step: Step::Authentication, .. })
    )
}

/// The user interrupted a question.
pub(crate) fn is_interrupted(error: &Error) -> bool {
    matches!(error, Error::Prompter(prompter::Error::Interrupted))
}

/// The server rejected the one key that it was offered.
pub(crate) fn is_key_rejected(error: &Error) -> bool {
    matches!(error, Error::Login(LoginError::KeyRefused { .. }))
}

/// The server accepted the key and asks for one of these methods as well.
pub(crate) fn also_required(error: &Error) -> Option<&[String]> {
    match error {
        Error::Login(LoginError::MoreRequired { accepts }) => Some(accepts),
        _ => None,
    }
}

/// The server runs no commands for the account.
pub(crate) fn runs_no_commands(error: &crate::error::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Channel(ChannelError::NoCommands)))
}

/// The server has no SFTP for the account.
pub(crate) fn has_no_sftp(error: &crate::error::Error) -> bool {
    use ChannelError::{NoSession, NoSftp, NotSftp};
    matches!(error.downcast_ref(), Some(Error::Channel(NoSftp | NotSftp { .. } | NoSession { .. })))
}

/// The server was asked about this key and rejects it.
pub(crate) fn key_rejected(fingerprint: String, accepts: Vec<String>) -> session::Error {
    LoginError::KeyRefused { fingerprint, accepts }.into()
}

/// The server completed the login before a key could be offered.
pub(crate) fn nothing_proved() -> session::Error {
    LoginError::OpenDoor.into()
}
