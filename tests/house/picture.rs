//! The picture in the README and the transcripts in docs/: what sshk prints now.

use std::path::Path;

use crate::support::{Run, program};

#[test]
fn the_picture_and_the_transcripts_show_what_sshk_prints() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/readme-picture");
    let run = Run::new(program("python3"))
        .arg(script)
        .args(["--check", env!("CARGO_BIN_EXE_sshk")])
        .run();
    assert!(run.status.success(), "{}{}", run.out(), run.err());
}
