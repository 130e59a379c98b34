//! The project itself: the support for the other tests, the files generated from the clap
//! definition, and what holds for every command.

#[path = "../support/mod.rs"]
mod support;

mod appended;
mod documents;
mod examples;
mod generated;
mod help;
mod layering;
mod picture;
mod results;
mod support_itself;
