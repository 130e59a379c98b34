//! ssh_config, compared with the real `ssh -G`: tricky cases by hand, and generated ones. What
//! `ssh -G` cannot show (the files of the home directory, what is refused, newer syntax) is
//! compared with ssh_config(5).

mod criteria;
mod files;
mod generated;
mod hops;
mod messages;
mod settings;
mod ssh_g;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::LazyLock;

use sshk::Destination;
use sshk::hosts::ssh_config::{
    Argument, CommandLine, ConfigFile, Endpoint, Error, SessionType, Surroundings, resolve,
};

type Settings = BTreeMap<String, Vec<String>>;

/// Home, user, uid and host of the test process. The home is that of passwd(5), as in ssh.
static SELF: LazyLock<[String; 4]> = LazyLock::new(|| {
    let of = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    let user = of("id", &["-un"]);
    [of("sh", &["-c", &format!("echo ~{user}")]), user, of("id", &["-u"]), of("uname", &["-n"])]
});

fn surroundings() -> Surroundings {
    let [home, user, uid, host] = &*SELF;
    Surroundings {
        home: home.into(),
        uid: uid.parse().unwrap(),
        local_user: user.clone(),
        local_host: host.clone(),
        env: Box::new(|name| (name == "SSHK_TEST_KEYS").then(|| "/keys/%h".to_owned())),
        system_config: "/etc/ssh/ssh_config".into(),
        shell: "/bin/sh".into(),
        run: Box::new(|command| {
            Ok(Command::new("/bin/sh").arg("-c").arg(command).status()?.success())
        }),
        resolves: Box::new(|name| ["web1.two.example.", "db.one.example."].contains(&name)),
        addresses: Box::new(|| {
            Ok(vec![
                "127.0.0.1".parse().unwrap(),
                "10.1.2.3".parse().unwrap(),
                "fe80::1".parse().unwrap(),
            ])
        }),
    }
}

/// A directory with a configuration, and the command line that uses it.
struct Case {
    folder: tempfile::TempDir,
    line: CommandLine,
    destination: String,
}

impl Case {
    /// `{dir}` in the text stands for the directory.
    fn new(config: &str, destination: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let case = Self {
            line: CommandLine { config: ConfigFile::File(file), ..Default::default() },
            folder,
            destination: destination.into(),
        };
        case.write("config", config);
        case
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text.replace("{dir}", self.folder.path().to_str().unwrap())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// Sets `-o` options.
    fn options(&mut self, texts: &[&str]) {
        self.line.arguments =
            texts.iter().map(|text| Argument::Option((*text).to_owned())).collect();
    }

    fn resolve(&self) -> Result<Endpoint, Error> {
        resolve(&self.destination.parse::<Destination>().unwrap(), &self.line, &surroundings())
    }

    /// What the real ssh prints, or its error.
    fn ssh(&self) -> Result<Settings, String> {
        let mut ssh = Command::new("ssh");
        ssh.env_remove("SSH_AUTH_SOCK").env("SSHK_TEST_KEYS", "/keys/%h").arg("-G");
        if let ConfigFile::File(file) = &self.line.config {
            ssh.arg("-F").arg(file);
        }
        let mut has_destination = false;
        for argument in &self.line.arguments {
            match argument {
                Argument::Option(text) => ssh.arg("-o").arg(text),
                Argument::User(user) => ssh.arg("-l").arg(user),
                Argument::Port(port) => ssh.arg("-p").arg(port.to_string()),
                Argument::IdentityFile(path) => ssh.arg("-i").arg(path),
                Argument::JumpHosts(hosts) => ssh.arg("-J").arg(hosts),
                Argument::SessionType(SessionType::Subsystem) => ssh.arg("-s"),
                Argument::SessionType(_) => ssh.arg("-N"),
                Argument::Destination(typed) => {
                    has_destination = true;
                    ssh.arg(typed.to_string())
                }
            };
        }
        if !has_destination {
            ssh.arg("--").arg(&self.destination);
        }
        let output =
            ssh.output().expect("ssh is missing: run scripts/test, it installs openssh-client");
        if output.status.success() {
            Ok(normalised(&String::from_utf8(output.stdout).unwrap()))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn assert_same(&self) {
        let text = std::fs::read_to_string(self.folder.path().join("config")).unwrap();
        match (self.resolve(), self.ssh()) {
            (Ok(endpoint), Ok(theirs)) => {
                let mut ours = rendered(&endpoint);
                // Debian's ssh keeps batch connections alive by default.
                let alive = ("serveraliveinterval".to_owned(), vec!["300".to_owned()]);
                if endpoint.batch_mode
                    && endpoint.server_alive_interval.is_zero()
                    && theirs.get(&alive.0) == Some(&alive.1)
                {
                    ours.insert(alive.0, alive.1);
                }
                assert_eq!(ours, theirs, "{} with:\n{text}", self.destination);
            }
            (Err(_), Err(_)) => {}
            // A host that is its own jump host: ssh -G does not follow the hops, and ssh itself
            // starts processes without end.
            (Err(error), Ok(theirs)) if error.to_string().contains("more than 16 jump hosts") => {
                assert!(theirs.contains_key("proxyjump"), "{} with:\n{text}", self.destination);
            }
            (ours, theirs) => {
                panic!("{} with:\n{text}\nsshk: {ours:?}\nssh: {theirs:?}", self.destination)
            }
        }
    }
}

/// The settings that both know, from the text of `ssh -G`.
fn normalised(text: &str) -> Settings {
    let mut settings = Settings::new();
    for line in text.lines() {
        let (keyword, value) = line.split_once(' ').unwrap_or((line, ""));
        if !KEYWORDS.contains(&keyword) {
            continue;
        }
        let value = match (keyword, value) {
            // No limit, either way.
            ("connecttimeout", "0") => "none".to_owned(),
            // ssh shows a control character as vis(3) does.
            ("escapechar", value) => value.trim_start_matches('\\').to_owned(),
            ("pubkeyauthentication", "unbound" | "host-bound") => "true".to_owned(),
            ("userknownhostsfile" | "globalknownhostsfile", "none" | "") => "none".to_owned(),
            // Key types that only one of OpenSSH 9.2 and 10 tries by default.
            (
                "identityfile",
                "~/.ssh/id_xmss"
                | "~/.ssh/id_dsa"
                | "~/.ssh/id_mldsa44_ed25519"
                | "~/.ssh/id_mldsa44-ed25519",
            ) => continue,
            _ => value.to_owned(),
        };
        settings.entry(keyword.to_owned()).or_default().push(value);
    }
    settings
}

const KEYWORDS: &[&str] = &[
    "addressfamily",
    "batchmode",
    "bindaddress",
    "bindinterface",
    "canonicaldomains",
    "canonicalizefallbacklocal",
    "canonicalizehostname",
    "canonicalizemaxdots",
    "certificatefile",
    "checkhostip",
    "compression",
    "connectionattempts",
    "connecttimeout",
    "escapechar",
    "forwardagent",
    "globalknownhostsfile",
    "hashknownhosts",
    "host",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "kbdinteractiveauthentication",
    "knownhostscommand",
    "loglevel",
    "numberofpasswordprompts",
    "passwordauthentication",
    "port",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "pubkeyauthentication",
    "rekeylimit",
    "remotecommand",
    "requesttty",
    "requiredrsasize",
    "revokedhostkeys",
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "sessiontype",
    "setenv",
    "stdinnull",
    "stricthostkeychecking",
    "tcpkeepalive",
    "updatehostkeys",
    "user",
    "userknownhostsfile",
];

/// The same settings from an endpoint.
fn rendered(endpoint: &Endpoint) -> Settings {
    let text: String = endpoint
        .listing(Vec::new())
        .iter()
        .map(|(keyword, value)| format!("{keyword} {value}\n"))
        .collect();
    normalised(&text)
}
