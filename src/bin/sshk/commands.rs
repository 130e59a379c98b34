//! The verbs: each turns its arguments into one call of the library and shows what came back.

mod audit;
mod connect;
mod convert;
mod copy_id;
mod each_account;
mod key_choice;
mod keygen;
mod oneline;
mod other_key;
mod retry;
mod revoke;
mod show;
mod test;

use std::sync::Arc;

use sshk::Error;

use crate::cli::Command;
use crate::ui::Ui;

pub use retry::Retry;

/// Runs one command; the number is the exit status.
pub async fn run(command: Command, retry: &Retry, ui: &Arc<Ui>) -> Result<u8, Error> {
    match command {
        Command::Keygen(arguments) => keygen::run(arguments, ui).await,
        Command::Show(arguments) => show::run(arguments, ui).await,
        Command::Convert(arguments) => convert::run(arguments, ui).await,
        Command::Oneline(arguments) => oneline::run(arguments, ui).await,
        Command::CopyId(arguments) => copy_id::run(arguments, retry, ui).await,
        Command::Test(arguments) => test::run(arguments, retry, ui).await,
        Command::Connect(arguments) => connect::run(*arguments, retry, ui).await,
        Command::Revoke(arguments) => revoke::run(arguments, retry, ui).await,
        Command::Audit(arguments) => audit::run(arguments, retry, ui).await,
    }
}
