//! sshk: parse, run, report, exit status.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

mod choice;
mod cli;
mod commands;
mod connection;
mod environment;
mod ui;
mod usage;

use std::alloc::System;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{ColorChoice, CommandFactory, FromArgMatches};
use cli::Cli;
use commands::Retry;
use ui::{Interrupts, Settings, Ui, report};
use usage::Usage;
use zeroizing_alloc::ZeroAlloc;

/// Wipes freed memory: the libraries copy secrets in ways that our types cannot wipe.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// After an interrupt, how long work on other threads may take to stop.
const UNWINDING: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    environment::keep_secrets_in_memory();
    let mut sshk = Cli::command();
    sshk.build();
    let status = match parse(&sshk) {
        Ok((cli, retry)) => run(cli, &retry),
        Err(error) => wrong_usage(&error, &sshk),
    };
    status.map_or_else(|error| ui::startup_failure(&error), ExitCode::from)
}

fn parse(sshk: &clap::Command) -> Result<(Cli, Retry), clap::Error> {
    let mut matches = sshk.clone().try_get_matches()?;
    let retry = Retry::of(sshk, &matches);
    Ok((Cli::from_arg_matches_mut(&mut matches)?, retry))
}

/// Help and the version are not failures; everything else is reported as one.
fn wrong_usage(error: &clap::Error, sshk: &clap::Command) -> io::Result<u8> {
    let typed: Vec<_> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some(usage) = Usage::of_parser(error, &typed, sshk) else {
        return match error.print() {
            // There is nobody left to read it.
            Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                Err(io::Error::other(ui::Error::Output { source }.to_string()))
            }
            _ => Ok(if error.use_stderr() { 2 } else { 0 }),
        };
    };
    let json = usage::asks_for_json(&typed, sshk);
    let settings = Settings { quiet: false, verbose: 0, color: ColorChoice::Auto, json };
    let ui = Ui::new(settings, Interrupts::watch()?, |name| std::env::var_os(name));
    Ok(report::run_failure(&usage.into(), json, &ui))
}

fn run(cli: Cli, retry: &Retry) -> io::Result<u8> {
    let interrupts = Interrupts::watch()?;
    let as_json = cli.command.wants_json();
    let settings = Settings {
        quiet: cli.talk.quiet,
        verbose: cli.talk.verbose,
        color: cli.talk.color,
        json: as_json,
    };
    let ui = Arc::new(Ui::new(settings, interrupts.clone(), |name| std::env::var_os(name)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        tokio::select! {
            biased;
            // Dropping the work removes its temporary files.
            ending = interrupts.ended() => ending.exit_status(),
            done = commands::run(cli.command, retry, &ui) => {
                done.unwrap_or_else(|error| report::run_failure(&error, as_json, &ui))
            }
        }
    });
    runtime.shutdown_timeout(UNWINDING);
    // What ended the run decides the status, even if the work noticed first.
    Ok(interrupts.pending().map_or(status, |ending| ending.exit_status()))
}
