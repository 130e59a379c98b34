//! One connection: reached, trusted, logged in, used.

#[path = "../support/mod.rs"]
mod support;

mod connect;
mod corrupted;
mod events;
mod host_key;
mod host_key_asked_once;
mod host_keys;
mod hostile_peers;
mod keys;
mod log_in;
mod login_test;
mod reach;
mod site;
