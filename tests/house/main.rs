//! The project itself: what the other tests stand on, and the files made from the clap definition.

#[path = "../support/mod.rs"]
mod support;

mod documents;
mod generated;
mod picture;
mod support_itself;
