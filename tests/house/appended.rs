//! `sshk oneline KEY >> config.json`, which makes the file invalid JSON.

use std::fs;

use crate::support::Home;

#[test]
fn oneline_appended_to_a_json_file_is_printed_with_a_warning_that_names_into() {
    let home = Home::new();
    home.key("rsa", "id_rsa");
    let append = |file: &str, args: &str| {
        let line = format!("{} oneline {args} >> {file}", env!("CARGO_BIN_EXE_sshk"));
        home.run("sh").args(["-c", &line]).run().expect(0)
    };
    let printed = home.sshk(["oneline", ".ssh/id_rsa"]).run().expect(0);
    let document = "{\n  // comments are allowed\n  \"user\": {}\n}\n";
    fs::write(home.join("config.json"), document).unwrap();
    let said = append("config.json", ".ssh/id_rsa");
    let file = home.path().canonicalize().unwrap().join("config.json");
    assert_eq!(
        said.err(),
        format!(
            "sshk: warning: standard output was appended to {file:?}, which was JSON and no \
             longer is: the key belongs inside it\n\
             sshk: hint: remove the line that was added, then run: sshk oneline .ssh/id_rsa \
             --into {}\n",
            file.display()
        )
    );
    let text = fs::read_to_string(home.join("config.json")).unwrap();
    assert_eq!(text, format!("{document}{}", printed.out()), "the result is still printed");

    // The hint, step by step.
    fs::write(home.join("config.json"), document).unwrap();
    let command = said.err().trim_end().split_once("then run: sshk ").unwrap().1;
    home.sshk(command.split(' ')).run().expect(0);
    let text = fs::read_to_string(home.join("config.json")).unwrap();
    assert!(text.contains("\"privateKey\": \"-----BEGIN"), "{text}");
}

#[test]
fn oneline_appended_to_anything_else_gives_no_such_warning() {
    let home = Home::new();
    home.key("rsa", "id_rsa");
    for before in ["", "\n", "A=1\n", "{ not JSON\n", "[section]\nkey = 1\n", "\"text\"\n"] {
        fs::write(home.join("file"), before).unwrap();
        let line = format!("{} oneline .ssh/id_rsa >> file", env!("CARGO_BIN_EXE_sshk"));
        let said = home.run("sh").args(["-c", &line]).run().expect(0);
        assert!(!said.err().contains("appended"), "{before:?}: {}", said.err());
    }
    let line = format!("{} oneline .ssh/id_rsa > file", env!("CARGO_BIN_EXE_sshk"));
    fs::write(home.join("file"), "{}\n").unwrap();
    assert_eq!(home.run("sh").args(["-c", &line]).run().expect(0).err(), "");
}
