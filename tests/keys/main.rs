//! A key as bytes and files: generated, shown, converted, and given to other programs.

#[path = "../support/mod.rs"]
mod support;

mod as_people_have_them;
mod convert;
mod converted_elsewhere;
mod documents;
mod fixtures;
mod forms;
mod hints;
mod key_files;
mod key_files_delivered;
mod key_files_foreign;
mod key_files_on_disk;
mod key_files_refused;
mod key_files_repaired;
mod key_makers;
mod keygen;
mod oneline;
mod prime_search;
mod read_once;
#[cfg(target_os = "linux")]
mod replaced;
mod revoked;
mod show;
mod weak;
