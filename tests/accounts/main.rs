//! A key on an account: installed, found, revoked, on real servers.

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod authorized_keys;
mod copy_id;
mod copy_id_sftp;
mod copy_id_sftp_habits;
mod foreign_owner;
mod hostile_answers;
mod install_script;
mod revoke;
mod scenarios;
mod server;
