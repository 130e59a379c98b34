//! sshk: parse, run, report, exit status.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]

#[expect(dead_code, reason = "the commands that speak through it come next")]
#[cfg_attr(not(test), expect(unused_imports, reason = "as above"))]
mod ui;

fn main() {}
