//! Login shells, what their rc files do, and missing tools: either the script runs anyway, or the
//! account is reported for what it is.

use crate::scenarios::scenario::{After, BY_COMMAND, DROPBEAR, Login, Row, SSHD, SSHD_SFTP, row};

const BEFORE: &str = "<other> last words without a newline";
/// fish creates these for itself.
const FISH: &str = "mkdir -p .config/fish .local/share/fish";
const SEE: &str =
    "see what the account does with a command: sshk connect -i <keyfile> <to> echo hello";

/// The key's line is added after a line without a newline.
fn shell(name: &'static str, shell: &'static str) -> Row {
    row(name).shell(shell).holds(BEFORE).mends()
}

fn rc(name: &'static str, text: &str) -> Row {
    row(name).holds(BEFORE).mends().file(".bashrc", format!("{text}\n"), 0o644)
}

/// A PATH with only these.
fn tools(name: &'static str, tools: &str) -> Row {
    row(name)
        .holds(BEFORE)
        .mends()
        .file("tools", tools, 0o644)
        .given(
            "mkdir bin; for tool in $(cat tools); do ln -s \"$(command -v $tool)\" bin/$tool; done",
        )
        .config("SetEnv PATH=<home>/bin")
        .at(SSHD)
}

pub fn rows() -> Vec<Row> {
    vec![
        shell("bash", "/bin/bash").at(SSHD),
        shell("dash", "/bin/dash").at(BY_COMMAND),
        shell("sh", "/bin/sh").at(SSHD),
        shell("zsh", "/bin/zsh").at(BY_COMMAND),
        shell("fish", "/usr/bin/fish").given(FISH).at(SSHD),
        shell("tcsh", "/usr/bin/tcsh").at(BY_COMMAND),
        shell("csh", "/bin/csh").at(SSHD),
        shell("ksh", "/bin/ksh93").at(BY_COMMAND),
        shell("mksh", "/bin/mksh").at(BY_COMMAND),
        shell("rbash", "/bin/rbash").at(BY_COMMAND),
        row("busybox ash").shell("<ash>").holds(BEFORE).mends().at(SSHD),
        row("nologin")
            .shell("/usr/sbin/nologin")
            .refused(
                "the account allows no logins: the server said \"This account is currently \
                not available.\"; nothing was written",
                "ask the server's administrator to give the account a shell",
            )
            .at(SSHD),
        row("/bin/false")
            .shell("/bin/false")
            .refused(
                "the account's shell did not run the script and said nothing (exit status \
                1)",
                SEE,
            )
            .at(SSHD),
        row("a shell that is missing")
            .shell("/nowhere/shell")
            .refused(
                "permission denied; tried publickey <keyfile>, password; it accepts \
                <methods>",
                "",
            )
            .at(SSHD),
        rc("an rc file that prints", "echo welcome; printf 'no newline'").at(BY_COMMAND),
        rc("an rc file that reads its input to the end", "cat; read line"),
        rc("an rc file that changes the directory", "cd /; CDPATH=/tmp; export CDPATH"),
        rc("an rc file with noclobber and errexit", "set -C -e -u; export SHELLOPTS").at(SSHD),
        rc("an rc file that sets IFS", "export IFS=abc/").at(SSHD),
        rc("an rc file that turns its output away", "exec >/dev/null").at(SSHD),
        rc("an rc file that turns its errors away", "exec 2>/dev/null").at(SSHD),
        rc("an rc file that sleeps", "sleep 1").at(SSHD),
        rc(
            "an rc file with aliases and \
            functions",
            "alias sh=false; printf() { :; }; dd() { :; }; command() { :; }; export \
                -f printf dd",
        )
        .at(SSHD),
        rc(
            "an rc file that says what a script could \
            say",
            "echo installed; echo 'present 1'; echo 'no home'",
        )
        .at(SSHD),
        rc("an rc file that exits", "exit 3")
            .refused(
                "the account's shell did not run the script and said nothing (exit status \
                3)",
                SEE,
            )
            .but_ssh_gets(Login::Out)
            .at(SSHD),
        rc("an rc file that says something and exits", "echo come back later; exit 0")
            .refused(
                "the account's shell did not run the script; it said \"come back later\"; \
                nothing was written",
                SEE,
            )
            .at(SSHD),
        row("zsh's rc file")
            .shell("/bin/zsh")
            .holds(BEFORE)
            .mends()
            .file(".zshenv", "echo hi; setopt noclobber nomatch; read x\n", 0o644)
            .at(SSHD),
        row("tcsh's rc file")
            .shell("/usr/bin/tcsh")
            .holds(BEFORE)
            .mends()
            .file(".cshrc", "echo hi\nset noclobber noglob\ncd /\n", 0o644)
            .at(DROPBEAR),
        row("fish's rc file")
            .shell("/usr/bin/fish")
            .holds(BEFORE)
            .mends()
            .file(".config/fish/config.fish", "echo hi; cd /; read line\n", 0o644)
            .given(FISH)
            .at(SSHD),
        tools("neither mktemp, tail, grep nor flock", "sh dd wc mkdir chmod cat"),
        tools("only what the script cannot do without", "sh dd wc"),
        tools("no dd", "sh wc cat")
            .refused(
                "the account lacks \"dd\", which the script needs; nothing was written",
                "install dd on the server, or run it again with -s",
            )
            .but_ssh_gets(Login::Out),
        row("an rc file that SFTP meets as well")
            .holds(BEFORE)
            .mends()
            .file(".bashrc", "cd /; exit 0\n", 0o644)
            .makes(After::Added)
            .at(SSHD_SFTP),
    ]
}
