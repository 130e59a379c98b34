//! The verbs: each turns its arguments into one call of the library and shows what came back.

mod audit;
mod connect;
mod convert;
mod copy_id;
mod keygen;
mod oneline;
mod revoke;
mod show;
mod test;

use std::sync::Arc;

use anyhow::Result;

use crate::cli::Command;
use crate::ui::Ui;

/// Runs one command; the number is the exit status.
pub async fn run(command: Command, ui: &Arc<Ui>) -> Result<u8> {
    match command {
        Command::Keygen(arguments) => keygen::run(arguments, ui).await,
        Command::Show(arguments) => show::run(arguments, ui).await,
        Command::Convert(arguments) => convert::run(arguments, ui).await,
        Command::Oneline(arguments) => oneline::run(arguments, ui).await,
        Command::CopyId(arguments) => copy_id::run(arguments, ui).await,
        Command::Test(arguments) => test::run(arguments, ui).await,
        Command::Connect(arguments) => connect::run(*arguments, ui).await,
        Command::Revoke(arguments) => revoke::run(arguments, ui).await,
        Command::Audit(arguments) => audit::run(arguments, ui).await,
    }
}
