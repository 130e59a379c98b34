//! Readers of what accounts answer, for the fuzz targets: they are no part of the library's
//! interface, and are compiled for those targets alone.

use super::authorized_keys::AuthorizedKeys;
use super::judge;
use super::remote_file::FileState;
use super::remote_script::{Nonce, read_script};
use super::revoke;
use super::survey::look::{assemble, contents};
use super::survey::{ServerConfig, Survey};

/// What the survey script prints: whatever it says, few files of bounded names follow.
pub fn survey_answer(stdout: &[u8], stderr: &[u8], nonce: &Nonce) {
    let Ok(answer) = read_script(stdout, stderr, Some(0), nonce) else { return };
    let Ok(survey) = Survey::from_answer(&answer, "ann", "SSH-2.0-OpenSSH_9.2".into()) else {
        return;
    };
    let files = survey.files();
    assert!(files.len() <= 32 && files.iter().all(|file| file.len() <= 1024), "{files:?}");
    survey.left_out();
}

/// What the script prints that shows files: those that were asked for, or a failure.
pub fn look_answer(stdout: &[u8], nonce: &Nonce) {
    let Ok(answer) = read_script(stdout, b"", Some(0), nonce) else { return };
    let asked = [".ssh/authorized_keys".to_owned(), "/etc/keys".to_owned()];
    let Ok(Some(files)) = assemble(&asked, &answer, contents(stdout, nonce)) else { return };
    assert_eq!(files.len(), asked.len());
    for file in &files {
        file.hazards(Some(1000));
        if let FileState::Read(content) = &file.state {
            assert!(content.as_bytes().len() <= stdout.len());
        }
    }
}

/// What the scripts print that disable and delete lines.
pub fn revoke_answer(stdout: &[u8], nonce: &Nonce) {
    let Ok(answer) = read_script(stdout, b"", Some(0), nonce) else { return };
    let _ = revoke::read_answer(&answer);
}

/// What `sshd -T` prints, and a list of revoked keys, judge the keys of a file.
pub fn judged(config: &str, revoked: &[u8], file: &[u8]) {
    let mut server_config = ServerConfig::default();
    config.lines().for_each(|line| server_config.push(line));
    let judge = judge::Judge::from_parts(server_config, revoked);
    judge.refuses_all_keys();
    judge.unknown();
    let file = AuthorizedKeys::new(file);
    for line in file.lines() {
        if let super::authorized_keys::Content::Key(entry) = line.content
            && let Some(blob) = entry.key()
        {
            judge.objection(&judge::Judged::in_file(&blob));
        }
    }
}
