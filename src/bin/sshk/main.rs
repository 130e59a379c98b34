//! sshk: parse, run, report, exit status.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

mod cli;
mod commands;
mod connection;
mod environment;
mod ui;
mod usage;

use std::alloc::System;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{ColorChoice, Parser};
use cli::Cli;
use ui::{Interrupts, Settings, Ui, report};
use usage::Usage;
use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed: copies of secrets that no type of ours could wipe, because a library made
/// them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// After an interrupt, how long work on other threads may take to let go.
const UNWINDING: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    environment::keep_secrets_in_memory();
    match Cli::try_parse().map_or_else(wrong_usage, run) {
        Ok(status) => ExitCode::from(status),
        Err(error) => ui::startup_failure(&error),
    }
}

/// Help and the version are no failure; what is not understood is said as every other failure is.
fn wrong_usage(error: clap::Error) -> anyhow::Result<u8> {
    let typed: Vec<_> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some(usage) = Usage::of_parser(&error, &typed) else {
        // A reader that has gone away is no failure.
        let _ = error.print();
        return Ok(if error.use_stderr() { 2 } else { 0 });
    };
    let json = usage::asks_for_json(&typed);
    let settings = Settings { quiet: false, verbose: 0, color: ColorChoice::Auto, json };
    let ui = Ui::new(settings, Interrupts::watch()?, |name| std::env::var_os(name));
    Ok(report::run_failure(&usage.into(), json, &ui))
}

fn run(cli: Cli) -> anyhow::Result<u8> {
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
            done = commands::run(cli.command, &ui) => done.unwrap_or_else(|error| report::run_failure(&error, as_json, &ui)),
        }
    });
    runtime.shutdown_timeout(UNWINDING);
    // What ended the run decides the status, also where the work noticed first.
    Ok(interrupts.pending().map_or(status, |ending| ending.exit_status()))
}
