//! Audit reports on every line of a file that is not blank or a comment.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::time::SystemTime;

use sshk::accounts::audit::{Measure, ServerFile, read};
use sshk::accounts::authorized_keys::{AuthorizedKeys, Content};
use sshk::accounts::judge::Judge;
use sshk::keys::weak::Blacklist;

fuzz_target!(|data: &[u8]| {
    let content = AuthorizedKeys::new(data);
    let lines = content
        .lines()
        .filter(|line| !matches!(line.content, Content::Blank | Content::Comment))
        .count();
    let file = ServerFile { name: "keys".into(), content: content.clone(), ..ServerFile::default() };
    let blacklist = Blacklist::default();
    let measure = Measure { blacklist: &blacklist, now: SystemTime::UNIX_EPOCH };
    let reports = read(&[file], measure, &Judge::default());
    assert_eq!(reports[0].lines.len(), lines);
});
