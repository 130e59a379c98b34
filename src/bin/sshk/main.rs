//! sshk: parse, run, report, exit status.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]

fn main() {}
