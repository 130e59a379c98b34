//! ssh_config held against the real `ssh -G`: tricky cases by hand, and generated ones. What `ssh
//! -G` cannot show (the files of the home folder, what is refused, newer syntax) is held against
//! ssh_config(5).

use sshk::error::Failure;
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use sshk::Destination;
use sshk::hosts::ssh_config::{
    AddressFamily, AlgorithmList, CommandLine, ConfigFile, Endpoint, Error, IdentityAgent,
    SessionType, Surroundings, Through, resolve,
};

type Settings = BTreeMap<String, Vec<String>>;

/// Home, user, uid and host of the test process; `~` is the home of passwd(5), as for ssh.
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

/// A folder with a configuration, and the line to use it with.
struct Case {
    folder: tempfile::TempDir,
    line: CommandLine,
    destination: String,
}

impl Case {
    /// `{dir}` in the text stands for the folder.
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

    fn resolve(&self) -> Result<Endpoint, Error> {
        resolve(&self.destination.parse::<Destination>().unwrap(), &self.line, &surroundings())
    }

    /// What the real ssh says, or its complaint.
    fn ssh(&self) -> Result<Settings, String> {
        let mut ssh = Command::new("ssh");
        ssh.env_remove("SSH_AUTH_SOCK").env("SSHK_TEST_KEYS", "/keys/%h").arg("-G");
        if let ConfigFile::File(file) = &self.line.config {
            ssh.arg("-F").arg(file);
        }
        for option in &self.line.options {
            ssh.arg("-o").arg(option);
        }
        if let Some(port) = self.line.port {
            ssh.arg("-p").arg(port.to_string());
        }
        if let Some(user) = &self.line.user {
            ssh.arg("-l").arg(user);
        }
        let output = ssh
            .arg("--")
            .arg(&self.destination)
            .output()
            .expect("ssh is missing: run scripts/test, it installs openssh-client");
        match output.status.success() {
            true => Ok(normalised(&String::from_utf8(output.stdout).unwrap())),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
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
            // A host that is its own jump host: ssh -G does not follow the way, and ssh itself
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
            // Kinds of key that only one of OpenSSH 9.2 and 10 knows are tried by neither.
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
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "sessiontype",
    "setenv",
    "stdinnull",
    "stricthostkeychecking",
    "tcpkeepalive",
    "user",
    "userknownhostsfile",
];

/// The same settings from an endpoint.
fn rendered(endpoint: &Endpoint) -> Settings {
    let text: String =
        endpoint.listing().iter().map(|(keyword, value)| format!("{keyword} {value}\n")).collect();
    normalised(&text)
}

#[test]
fn ssh_g_agrees_on_tricky_configurations() {
    for (destination, config) in [
        ("web1", ""),
        ("web1", "# nothing\n\n   \t# else\r\n"),
        ("web1", "Port 1\nPort 2\nHost *\nPort 3\n"),
        ("web1", "Host web1\nPort 1\nHost *\nPort 2\nUser bob\n"),
        ("WEB1", "Host web1\nPort 1\nHost WEB1\nUser big\n"),
        ("WEB1", "Match host web1\nPort 1\nMatch originalhost Web?\nUser big\n"),
        ("web1", "Host db1 !web1 *\nPort 1\nHost web* !db*\nUser bob\n"),
        ("web1", "Host * !web1\nPort 1\nHost !web1\nPort 2\nHost !db1\nPort 3\n"),
        ("web1", "Host \"web1\" 'db 1'\n  Port=\"2222\"\n"),
        ("web1", "HOST web1\r\n\tPORT = 2222\r\n\tuser\tann\r\n"),
        ("web1", "Host web1 # not this: db1\nPort 22 # nor this\n"),
        ("web1", "Host=web1\nPort= 2222\nUser =bob\n"),
        (
            "web1",
            "Hostname %h.example.org\nMatch host web1.example.org\nPort 1\nMatch host web1\nPort 2\n",
        ),
        ("web1", "Host web1\nHostName Web1.Example.ORG\n"),
        ("web1", "HostName %%h\n"),
        ("web1", "HostName %n\n"),
        ("web1", "HostName ::1\nMatch final host ::1\nPort 7\n"),
        ("web1", "HostName 127.1\n"),
        ("0:0::1", "Host 0:0::1\nPort 3\n"),
        ("2130706433", "Host 127.0.0.1\nPort 3\nMatch final\nUser last\n"),
        ("web1", "HostName db1\nHost db1\nPort 9\nMatch final all\nUser last\n"),
        ("web1", "Match canonical\nPort 9\nMatch !canonical\nPort 8\n"),
        ("web1", "IdentityFile /a\nMatch final\nIdentityFile /b\nIdentityFile /a\n"),
        ("web1", "Match user bob\nPort 1\nMatch all\nUser bob\nMatch user bob\nPort 2\n"),
        ("bob@web1", "Match user b*,!bill\nPort 1\nMatch !user bob\nUser x\n"),
        ("web1", "Match !host db*,x* !user nobody\nPort 5\n"),
        ("web1", "Match host \"web1,db1\" all\nPort 6\n"),
        ("web1", "Match all host web1\nPort 6\n"),
        ("web1", "Match\nPort 6\n"),
        ("web1", "Match host\nPort 6\n"),
        ("web1", "Match weather fine\nPort 6\n"),
        (
            "web1",
            "IdentityFile ~/.ssh/a\nIdentityFile ~/.ssh/b\nHost *\nIdentityFile \
            ~/.ssh/a\nIdentityFile \"/c d\"\n",
        ),
        ("web1", "IdentityFile none\n"),
        ("web1", "IdentityFile /a\nIdentityFile none\n"),
        (
            "web1",
            "UserKnownHostsFile ~/a /b/%h-%n-%p-%r-%u-%i-%l-%L-%k-%% \
            ${SSHK_TEST_KEYS}/c\nHostKeyAlias ALIAS\nHostName db1\n",
        ),
        ("web1", "UserKnownHostsFile /%C/%d\n"),
        ("web1", "UserKnownHostsFile /%x\n"),
        ("web1", "UserKnownHostsFile ${SSHK_TEST_NONE}\n"),
        ("web1", "UserKnownHostsFile none\nGlobalKnownHostsFile NONE\n"),
        ("web1", "UserKnownHostsFile none /a\n"),
        ("web1", "GlobalKnownHostsFile /a \"/b c\"\nGlobalKnownHostsFile /d\n"),
        ("web1", "IdentityAgent none\n"),
        ("web1", "IdentityAgent ~/%r.sock\nUser bob\n"),
        ("web1", "IdentityAgent ${SSHK_TEST_NONE}\n"),
        ("web1", "IdentityAgent ${SSHK_TEST_KEYS}/x\n"),
        (
            "web1",
            "ConnectTimeout none\nConnectTimeout 1m30\nServerAliveInterval \
            2H\nServerAliveCountMax 0\n",
        ),
        ("web1", "ConnectTimeout 0\n"),
        ("web1", "ConnectTimeout -1\n"),
        ("web1", "ConnectionAttempts 0\n"),
        ("web1", "ConnectionAttempts 4\nNumberOfPasswordPrompts 0\n"),
        ("web1", "Port 0\n"),
        ("web1", "Port 65536\n"),
        ("web1", "Port 0022\n"),
        ("web1", "Port 22 23\n"),
        ("web1", "Port\n"),
        ("web1", "Port #22\n"),
        ("web1", "Port \"22\n"),
        ("web1", "User \"\"\n"),
        ("web1", "Host db1\nPort none\n"),
        ("web1", "Host db1\nColour blue\n"),
        ("web1", "IgnoreUnknown col*,x\nColour blue \n"),
        ("web1", "Colour blue\nIgnoreUnknown col*\n"),
        ("web1", "Host db1\nIgnoreUnknown col*\nHost *\nColour blue\n"),
        (
            "web1",
            "StrictHostKeyChecking accept-new\nBatchMode true\nHashKnownHosts No\nAddressFamily \
            INET6\n",
        ),
        (
            "web1",
            "StrictHostKeyChecking off\nRequestTTY force\nLogLevel debug\nPubkeyAuthentication \
            host-bound\n",
        ),
        ("web1", "StrictHostKeyChecking maybe\n"),
        (
            "web1",
            "ChallengeResponseAuthentication no\nKbdInteractiveAuthentication \
            yes\nPasswordAuthentication false\n",
        ),
        ("web1", "SendEnv LANG LC_* A B\nSendEnv -LC_*\nSendEnv C -B\n"),
        ("web1", "SendEnv A=B\n"),
        ("web1", "SetEnv A=1 B=\"2 3\" A=4\nSetEnv C=5\n"),
        ("web1", "SetEnv A\n"),
        ("web1", "RemoteCommand  echo \"%r at %h\" # all of it\nUser bob\nRequestTTY no\n"),
        ("web1", "RemoteCommand = none\n"),
        ("web1", "RemoteCommand echo \"\n"),
        (
            "web1",
            "EscapeChar ^]\nBindAddress 127.0.0.1\nPreferredAuthentications publickey,password\n",
        ),
        ("web1", "EscapeChar none\nSessionType none\nStdinNull yes\nTCPKeepAlive no\n"),
        ("web1", "EscapeChar ab\n"),
        (
            "web1",
            "ForwardAgent yes\nLocalForward 8080 localhost:80\nControlPath ~/x\nCompression \
            yes\nProtocol 2\nUseRoaming no\n",
        ),
        (
            "web1",
            "Match exec \"test %h = web1\"\nPort 5\nMatch exec false\nPort 6\nMatch !exec \
            false\nUser bob\n",
        ),
        (
            "web1",
            "Match host db1 exec \"touch {dir}/ran\"\nPort 5\nMatch exec \"test ! -e \
            {dir}/ran\"\nPort 6\n",
        ),
        ("web1", "User bob\nHostName db1\nMatch exec \"test %r%n%h%p = bobweb1db122\"\nPort 6\n"),
        ("web1", "Match exec \"%x\"\nPort 6\n"),
        ("web1", "Match exec\nPort 6\n"),
        ("web1", "CanonicalizeHostname maybe\n"),
        ("web1", "CanonicalDomains none a.example\n"),
        ("web1", "CanonicalDomains \n"),
        ("web1", "CanonicalizeHostname yes\nMatch canonical\nPort 7\n"),
        (
            "Web1",
            "CanonicalizeHostname always\nHost web1\nPort 7\nMatch final host web1\nUser bob\n",
        ),
        ("web1", "CanonicalizeHostname yes\nCanonicalDomains none\nCanonicalizeFallbackLocal no\n"),
        (
            "127.1",
            "CanonicalizeHostname yes\nCanonicalizeFallbackLocal no\nMatch canonical host \
            127.0.0.1\nPort 7\n",
        ),
        (
            "a.b.c",
            "CanonicalizeHostname yes\nCanonicalizeFallbackLocal no\nMatch canonical host \
            a.b.c\nPort 7\n",
        ),
        (
            "web1",
            "ProxyCommand nc\nCanonicalizeHostname yes\nCanonicalizeFallbackLocal no\nMatch \
            canonical\nPort 7\n",
        ),
        ("web1", "ForwardAgent no\nForwardAgent yes\nRequiredRSASize 2048\nRequiredRSASize 3072\n"),
        ("web1", "ForwardAgent /\nCompression maybe\n"),
        ("web1", "ForwardAgent $\n"),
        ("web1", "ForwardAgent \n"),
        ("web1", "RekeyLimit 1G 1h\nRekeyLimit 5\n"),
        ("web1", "RekeyLimit default none\n"),
        ("web1", "RekeyLimit 0 30m\n"),
        ("web1", "RekeyLimit 15\n"),
        ("web1", "RekeyLimit 1.5T\n"),
        ("web1", "RekeyLimit 1X\n"),
        ("web1", "RekeyLimit 8E\n"),
        ("web1", "RekeyLimit 64k x\n"),
        ("web1", "Ciphers aes128-ctr,,aes256-ctr\n"),
        ("web1", "Host db1\nMACs\n"),
        ("web1", "ProxyJump a,,b\n"),
        ("web1", "Host db1\nProxyJump a b\n"),
        ("web1", "ProxyJump ann@\n"),
        ("web1", "ProxyJump a:0\n"),
        ("web1", "ProxyJump ::1\n"),
        ("web1", "ProxyCommand none\nProxyJump db1\nPort 5\n"),
        ("web1", "ProxyJump none\nHost *\nProxyJump db1\n"),
        ("web1", "Host db1\nProxyJump bastion\nCiphers aes128-ctr\nHost *\nPort 4\n"),
        ("web1", "\x0cPort 22\n"),
        ("web1", "Port 22\x0c\n"),
        ("web1", "=Port 22\n"),
        ("web1", "\"Port\" 2200\n"),
        ("ssh://ann@web1:2022/", "Port 1\nUser bob\nMatch user ann\nBatchMode yes\n"),
    ] {
        Case::new(config, destination).assert_same();
    }
}

#[test]
fn ssh_g_agrees_on_includes() {
    let included = |main: &str, files: &[(&str, &str)]| {
        let case = Case::new(main, "web1");
        files.iter().for_each(|(name, text)| case.write(name, text));
        case.assert_same();
        case.resolve()
    };
    let order = included(
        "Include {dir}/d/*.conf\nPort 9\n",
        &[("d/b.conf", "Port 2\nUser b\n"), ("d/a.conf", "Port 1\n"), ("d/.c.conf", "Port 3\n")],
    );
    assert_eq!(order.unwrap().port, 1);
    included(
        "Include {dir}/missing {dir}/d/[!a].conf\n",
        &[("d/b.conf", "Port 2\n"), ("d/a.conf", "Port 1\n")],
    )
    .unwrap();
    // Lines after an include belong to the block around it, whatever the file in between ended
    // with.
    included("Host web1\nInclude {dir}/x\nPort 4\n", &[("x", "User x\nHost db1\nPort 1\n")])
        .unwrap();
    included(
        "Host db1\nInclude {dir}/x\nPort 4\n",
        &[("x", "User x\nHost web1\nPort 1\nMatch all\nPort 2\n")],
    )
    .unwrap();
    included("Include {dir}/x\n", &[("x", "Include {dir}/y\nPort 3\n"), ("y", "Port 5\n")])
        .unwrap();
    included("Host db1\nInclude {dir}/x\n", &[("x", "Colour blue\n")]).unwrap_err();
    included("Include {dir}/d*\n", &[("d/file", "Port 1\n"), ("dd", "Port 2\n")]).unwrap();
    included("Include\n", &[]).unwrap_err();
    let error = included("Include {dir}/config\n", &[]).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("config:1: too many recursive configuration includes: the limit is 16"),
        "{error}"
    );
}

#[test]
fn the_command_line_comes_before_the_files_as_in_ssh() {
    let with = |destination: &str, options: &[&str], user: Option<&str>, port| {
        let mut case = Case::new("User file\nPort 9\nStrictHostKeyChecking yes\n", destination);
        case.line.options = options.iter().map(|it| (*it).to_owned()).collect();
        case.line.user = user.map(str::to_owned);
        case.line.port = port;
        case.assert_same();
        case.resolve()
    };
    assert_eq!(
        with("ann@web1", &["Port=1", "Port 2", "User=opt"], Some("flag"), Some(3)).unwrap().port,
        1
    );
    assert_eq!(with("ann@web1", &[], Some("flag"), Some(3)).unwrap().user, "flag");
    assert_eq!(
        with("ssh://ann@web1:5", &["StrictHostKeyChecking=no"], None, None).unwrap().user,
        "ann"
    );
    assert_eq!(with("web1", &[" HostName = db1 "], None, None).unwrap().host, "db1");
    for option in ["Host web1", "Match all", "Include /dev/null", "Colour=blue", "Port", "Port=1 2"]
    {
        with("web1", &[option], None, None).unwrap_err();
    }
    let brackets =
        Case { destination: "ann@[::1]:2222".into(), ..Case::new("", "web1") }.resolve().unwrap();
    assert_eq!((brackets.host.as_str(), brackets.port), ("::1", 2222));
}

fn setting() -> impl Strategy<Value = String> {
    prop_oneof![
        (1u16..5).prop_map(|port| format!("Port {port}")),
        prop::sample::select(vec!["ann", "bob", "web1"]).prop_map(|user| format!("User {user}")),
        prop::sample::select(vec!["web1", "WEB2", "db1", "%h.example", "127.1", "10.0.0.1"])
            .prop_map(|host| format!("HostName {host}")),
        prop::sample::select(vec!["/a", "/b", "\"/c d\"", "none", "~/.ssh/k"])
            .prop_map(|file| format!("IdentityFile {file}")),
        prop::sample::select(vec!["/k1 /%h-%r-%p", "none", "/%k-%n", "~/k2 \"/k 3\""])
            .prop_map(|file| format!("UserKnownHostsFile {file}")),
        prop::sample::select(vec!["Alias", "web1"])
            .prop_map(|alias| format!("HostKeyAlias {alias}")),
        prop::sample::select(vec!["yes", "NO", "ask", "accept-new", "off", "bad"])
            .prop_map(|it| format!("StrictHostKeyChecking={it}")),
        prop::sample::select(vec!["none", "5", "1m", "0"])
            .prop_map(|time| format!("ConnectTimeout {time}")),
        prop::sample::select(vec!["A", "B C", "-A", "-*"])
            .prop_map(|name| format!("SendEnv {name}")),
        prop::sample::select(vec!["A=1", "'B=2 3' C=", "A=2 A=3"])
            .prop_map(|it| format!("SetEnv {it}")),
        prop::sample::select(vec!["none", "ls '%h' # %u", "echo %%"])
            .prop_map(|command| format!("RemoteCommand {command}")),
        prop::sample::select(vec![
            "BatchMode yes",
            "IdentitiesOnly no",
            "ForwardX11 yes",
            "IgnoreUnknown x*",
            "Xyz 1",
            "ProxyJump none"
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            "one",
            "ann@one:7,two",
            "NONE",
            "ssh://one:8",
            "one,,two",
            "one # x"
        ])
        .prop_map(|jump| format!("ProxyJump {jump}")),
        prop::sample::select(vec!["none", "nc %h %p", "x %r%n%%", "a \"b"])
            .prop_map(|command| format!("ProxyCommand {command}")),
        prop::sample::select(vec!["yes", "No", "/sock", "~/sock", "$"])
            .prop_map(|agent| format!("ForwardAgent {agent}")),
        prop::sample::select(vec!["~/c", "/d-%r", "none", "~/c"])
            .prop_map(|file| format!("CertificateFile {file}")),
        prop::sample::select(vec!["1G 1h", "default none", "0", "5", "2K 30"])
            .prop_map(|limit| format!("RekeyLimit {limit}")),
        prop::sample::select(vec![
            "CanonicalizeHostname yes",
            "CanonicalizeHostname no",
            "CanonicalizeMaxDots 0",
            "CanonicalDomains none"
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            "RequiredRSASize 2048",
            "Compression yes",
            "CanonicalizeFallbackLocal yes",
            "BindAddress 127.0.0.1"
        ])
        .prop_map(str::to_owned),
        Just("Include {dir}/other".to_owned()),
    ]
}

fn block() -> impl Strategy<Value = String> {
    let name = || {
        prop::sample::select(vec![
            "web1",
            "web*",
            "db1",
            "WEB2",
            "*.example",
            "*",
            "127.0.0.1",
            "w?b1",
        ])
    };
    let negatable = move || {
        (any::<bool>(), name())
            .prop_map(|(negated, name)| format!("{}{name}", if negated { "!" } else { "" }))
    };
    let criterion = prop_oneof![
        (
            any::<bool>(),
            prop::sample::select(vec!["host", "originalhost", "user", "localuser"]),
            prop::collection::vec(negatable(), 1..3)
        )
            .prop_map(|(not, attribute, list)| format!(
                "{}{attribute} {}",
                if not { "!" } else { "" },
                list.join(",")
            )),
        prop::sample::select(vec![
            "final",
            "canonical",
            "!canonical",
            "exec true",
            "!exec false",
            "exec \"test %h = web1\""
        ])
        .prop_map(str::to_owned),
    ];
    prop_oneof![
        3 => setting(),
        1 => prop::collection::vec(negatable(), 1..4).prop_map(|patterns| format!("Host {}", patterns.join(" "))),
        1 => prop::collection::vec(criterion, 1..3).prop_map(|criteria| format!("Match {}", criteria.join(" "))),
        1 => Just("Match all".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ssh_g_agrees_on_generated_configurations(
        lines in prop::collection::vec((block(), prop::sample::select(vec!["\n", "\r\n", " \t\n", "\n\n"])), 0..14),
        other in prop::collection::vec(block().prop_filter("one level is \
            enough", |line| !line.starts_with("Include")), 0..5),
        destination in prop::sample::select(vec!["web1", "WEB2", "ann@db1", "127.1", "ssh://web1:7"]),
    ) {
        let case = Case::new(&lines.into_iter().map(|(line, end)| line + end).collect::<String>(), destination);
        case.write("other", &other.join("\n"));
        case.assert_same();
    }

    #[test]
    fn any_text_is_an_endpoint_or_an_error(text in "(?s)(Host|Match|Include|Port|SetEnv|Proxy|[ \
        -~\n\t\"'\\\\#=])*") {
        let case = Case::new(&text, "web1");
        // Whatever it may say, nothing of it is run.
        let surroundings = Surroundings { run: Box::new(|_| Ok(false)), ..surroundings() };
        let _ = resolve(&case.destination.parse().unwrap(), &case.line, &surroundings);
    }
}

/// A home folder of our own, with its files and a system's.
fn home(user: &str, system: &str) -> (tempfile::TempDir, Surroundings) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write(".ssh/config", user);
    write("etc/ssh_config", system);
    write(".ssh/conf.d/x.conf", "Host web1\nPort 77\n");
    write("etc/conf.d/y.conf", "Host *\nUser system\n");
    let surroundings = Surroundings {
        home: folder.path().to_owned(),
        system_config: folder.path().join("etc/ssh_config"),
        ..surroundings()
    };
    (folder, surroundings)
}

fn web1(surroundings: &Surroundings) -> Result<Endpoint, Error> {
    resolve(&"web1".parse().unwrap(), &CommandLine::default(), surroundings)
}

#[test]
fn the_users_file_comes_before_the_systems_and_includes_stand_beside_each() {
    let (folder, surroundings) =
        home("Include conf.d/*.conf\nHost web1\nPort 1\n", "Include conf.d/*\nPort 2\nUser late\n");
    let endpoint = web1(&surroundings).unwrap();
    assert_eq!((endpoint.port, endpoint.user.as_str()), (77, "system"));
    assert!(endpoint.identity_files_are_default);
    assert_eq!(endpoint.identity_files[0], folder.path().join(".ssh/id_rsa"));
    assert_eq!(endpoint.user_known_hosts_files[0], folder.path().join(".ssh/known_hosts"));
    assert_eq!(endpoint.global_known_hosts_files[0], folder.path().join("etc/ssh_known_hosts"));
    let none = CommandLine { config: ConfigFile::None, ..Default::default() };
    assert_eq!(resolve(&"web1".parse().unwrap(), &none, &surroundings).unwrap().port, 22);
    std::fs::remove_dir_all(folder.path().join(".ssh")).unwrap();
    std::fs::remove_dir_all(folder.path().join("etc")).unwrap();
    assert_eq!(web1(&surroundings).unwrap().port, 22);
}

#[test]
fn a_tilde_include_is_for_the_user_alone() {
    let (_folder, surroundings) = home("Include ~/.ssh/conf.d/*.conf\n", "");
    assert_eq!(web1(&surroundings).unwrap().port, 77);
    let (folder, surroundings) = home("", "Include ~/.ssh/conf.d/*.conf\n");
    let wanted = format!(
        "{}/etc/ssh_config:1: Include: ~ cannot be used in a system file",
        folder.path().display()
    );
    assert_eq!(web1(&surroundings).unwrap_err().to_string(), wanted);
}

#[test]
fn a_file_that_others_can_write_is_refused() {
    let (folder, surroundings) = home("Include conf.d/x.conf\n", "Port 2\n");
    for (name, refused) in
        [(".ssh/conf.d/x.conf", true), (".ssh/config", true), ("etc/ssh_config", false)]
    {
        let path = folder.path().join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        match web1(&surroundings) {
            Err(error) => {
                let owner = path.metadata().unwrap().uid();
                let wanted = format!(
                    "{}: Bad owner or permissions (owner {owner}, mode 0664); the file was not \
                    used",
                    path.display()
                );
                assert_eq!(error.to_string(), wanted);
                assert_eq!(
                    (error.kind().as_str(), error.hint().unwrap()),
                    ("config-permissions", format!("chmod go-w {}", path.display()))
                );
                assert!(refused, "{name}");
            }
            Ok(_) => assert!(!refused, "{name}"),
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The way to a host, one line a hop: `host:port as user`, the user's own host first.
fn way(config: &str, destination: &str) -> Vec<String> {
    let mut endpoint = std::sync::Arc::new(Case::new(config, destination).resolve().unwrap());
    let mut way = Vec::new();
    loop {
        way.push(format!("{}:{} as {}", endpoint.host, endpoint.port, endpoint.user));
        endpoint = match &endpoint.through {
            Through::Jump(hop) => hop.clone(),
            Through::Command { command, .. } => {
                way.push(command.clone());
                return way;
            }
            Through::Direct => return way,
        };
    }
}

#[test]
fn each_jump_host_has_a_configuration_of_its_own() {
    let me = &SELF[1];
    assert_eq!(
        way(
            "Host web1\nPort 5\nUser ann\nProxyJump one,bob@two:7,ssh://three:8\nHost \
            two\nHostName 2.example.org\nHost three\nPort 9\n",
            "web1"
        ),
        [
            "web1:5 as ann".into(),
            format!("three:8 as {me}"),
            "2.example.org:7 as bob".into(),
            format!("one:22 as {me}")
        ]
    );
    // The first hop's own way goes before it; the others' own ways do not count, as with `ssh -J`.
    let chained = "Host *\nUser ann\nHost web1\nProxyJump one,two\nHost one\nProxyCommand nc %h \
        %p %r\nHost two\nProxyJump nowhere\n";
    assert_eq!(
        way(chained, "web1"),
        ["web1:22 as ann", "two:22 as ann", "one:22 as ann", "nc one 22 ann"]
    );
    // A host may stand behind another port of itself.
    assert_eq!(
        way("User ann\nHost web1\nProxyJump [::1]:2222\n", "ssh://web1:99"),
        ["web1:99 as ann", "::1:2222 as ann"]
    );
    let error = Case::new("ProxyJump gate\n", "web1").resolve().unwrap_err();
    assert!(
        error.to_string().ends_with(
            ":1: ProxyJump: more than 16 jump hosts; one of them may be its own jump host"
        ),
        "{error}"
    );
}

#[test]
fn a_short_name_becomes_the_one_that_is_found_in_a_domain() {
    let domains = "CanonicalDomains one.example two.example\nCanonicalizeFallbackLocal no\n";
    let resolved = |config: &str, destination: &str| {
        Case::new(&format!("{domains}{config}"), destination).resolve()
    };
    let found = resolved(
        "CanonicalizeHostname yes\nMatch canonical host *.two.example\nPort \
        7\nHost web1\nUser typed\n",
        "WEB1",
    )
    .unwrap();
    assert_eq!(
        (found.host.as_str(), found.port, found.user == "typed"),
        ("web1.two.example", 7, false)
    );
    assert_eq!(resolved("", "web1").unwrap().host, "web1");
    let error = resolved("CanonicalizeHostname yes\n", "web9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Could not resolve host \"web9\" in any of CanonicalDomains; nothing was tried"
    );
    assert_eq!(
        (error.kind().as_str(), error.hint().unwrap().contains("CanonicalizeFallbackLocal=yes")),
        ("name", true)
    );
    // A proxy looks names up where it is.
    assert_eq!(
        resolved("Match originalhost web1\nCanonicalizeHostname yes\nProxyJump gate\n", "web1")
            .unwrap()
            .host,
        "web1"
    );
    assert_eq!(
        resolved("Match originalhost web1\nCanonicalizeHostname always\nProxyJump gate\n", "web1")
            .unwrap()
            .host,
        "web1.two.example"
    );
    assert_eq!(
        resolved("CanonicalizeHostname yes\nCanonicalizeMaxDots 0\n", "a.b").unwrap().host,
        "a.b"
    );
}

#[test]
fn localnetwork_matches_the_addresses_of_this_machine() {
    let port = |criterion: &str| {
        Case::new(&format!("Match {criterion}\nPort 7\n"), "web1")
            .resolve()
            .map(|endpoint| endpoint.port)
    };
    for criterion in [
        "localnetwork 10.1.0.0/16",
        "localnetwork 192.168.0.0/16,fe80::/10",
        "!localnetwork 192.168.0.0/16",
        "localnetwork 10.0.0.0/8,!10.2.0.0/16",
    ] {
        assert_eq!(port(criterion).unwrap(), 7, "{criterion}");
    }
    for criterion in [
        "localnetwork 192.168.0.0/16",
        "!localnetwork 127.0.0.0/8",
        "localnetwork 10.0.0.0/8,!10.1.0.0/16",
        "host db1 localnetwork 10.0.0.0/8",
    ] {
        assert_eq!(port(criterion).unwrap(), 22, "{criterion}");
    }
    let error = port("localnetwork 10.1.2.3/8").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(":1: Match: localnetwork needs addresses or networks such as 10.0.0.0/8"),
        "{error}"
    );
}

#[test]
fn a_command_of_match_exec_reads_no_host_that_could_be_a_command() {
    for config in [
        "HostName \"a;b\"\nMatch exec \"echo %h\"\n",
        "User \"$(touch x)\"\nMatch exec \"echo %r\"\n",
    ] {
        let error = Case::new(config, "web1").resolve().unwrap_err();
        assert!(error.to_string().contains("shell metacharacter"), "{error}");
    }
}

#[test]
fn of_proxy_jump_and_proxy_command_the_first_counts() {
    let way = |config: &str| {
        way(&format!("User ann\nMatch originalhost web1\n{config}"), "web1").split_off(1).concat()
    };
    for (config, wanted) in [
        ("ProxyJump gate\nProxyCommand nc %h\n", "gate:22 as ann"),
        (
            "ProxyCommand nc %n:%p %k %% # all of it\nProxyJump gate\n",
            "nc web1:22 web1 % # all of it",
        ),
        ("ProxyJump none\nProxyCommand nc %h\n", "nc web1"),
        ("ProxyJump none\nProxyJump gate\n", ""),
        ("ProxyCommand none\nProxyJump gate\n", ""),
        ("ProxyCommand None\nProxyCommand nc\n", ""),
        ("ProxyJump gate # by night\n", "gate:22 as ann"),
    ] {
        assert_eq!(way(config), wanted, "{config}");
    }
}

#[test]
fn algorithms_and_certificates_are_kept_as_listed() {
    let endpoint = Case::new(
        "Ciphers aes256-ctr,aes128-ctr\nCiphers x\nMACs -*sha1*\nKexAlgorithms \
        ^a\nHostKeyAlgorithms +ssh-rsa\nPubkeyAcceptedKeyTypes b\n\
         CASignatureAlgorithms c\nCertificateFile ~/%r-cert.pub\nCertificateFile \
         none\nCertificateFile /b\nUser ann\n",
        "web1",
    )
    .resolve()
    .unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let algorithms = endpoint.algorithms;
    assert_eq!(
        algorithms.ciphers,
        Some(AlgorithmList::Exactly(names(&["aes256-ctr", "aes128-ctr"])))
    );
    assert_eq!(algorithms.macs, Some(AlgorithmList::Remove(names(&["*sha1*"]))));
    assert_eq!(algorithms.kex, Some(AlgorithmList::Prepend(names(&["a"]))));
    assert_eq!(algorithms.host_key, Some(AlgorithmList::Append(names(&["ssh-rsa"]))));
    assert_eq!(algorithms.pubkey_accepted, Some(AlgorithmList::Exactly(names(&["b"]))));
    assert_eq!(algorithms.ca_signature, Some(AlgorithmList::Exactly(names(&["c"]))));
    assert_eq!(endpoint.certificate_files, [surroundings().home.join("ann-cert.pub"), "/b".into()]);
}

#[test]
fn what_is_not_honoured_yet_is_an_error_only_where_it_applies_and_matters() {
    let refused = |config: &str, line: u32, what: &str| {
        let case = Case::new(config, "ann@web1");
        let error = case.resolve().unwrap_err();
        let file = case.folder.path().join("config");
        let wanted =
            format!("{}:{line}: {what} is not supported yet; did not connect", file.display());
        assert_eq!(error.to_string(), wanted, "{config}");
        assert_eq!(error.kind().as_str(), "config-unsupported");
        assert!(error.hint().unwrap().contains("-F none"));
    };
    refused("Host db1\nKnownHostsCommand a\nHost *\nKnownHostsCommand b\n", 4, "KnownHostsCommand");
    for keyword in
        ["VerifyHostKeyDNS yes", "KnownHostsCommand /bin/x", "CanonicalizePermittedCNAMEs *:*"]
    {
        refused(keyword, 1, keyword.split(' ').next().unwrap());
    }
    for keyword in ["RevokedHostKeys ~/r", "PKCS11Provider x.so", "CheckHostIP yes"] {
        refused(keyword, 1, keyword.split(' ').next().unwrap());
    }
    refused("ProxyCommand nc %h\nProxyUseFdpass yes\n", 2, "ProxyUseFdpass");
    refused("Match host web1 version OpenSSH_10*\nPort 5\n", 1, "Match version");
    let applied = |config: &str| Case::new(config, "ann@web1").resolve().unwrap();
    assert_eq!(
        applied("Match host db1 version \"x\"\nPort 5\nMatch version x !user ann\nPort 6\n").port,
        22
    );
    applied("Host db1\nInclude {dir}/more\nProxyJump bastion\n");
    applied("ProxyUseFdpass yes\n");
    applied("ProxyCommand none\nProxyUseFdpass yes\n");
    applied(
        "ProxyCommand none\nCanonicalizeHostname no\nVerifyHostKeyDNS ask\nRevokedHostKeys none\n",
    );
}

#[test]
fn match_sessiontype_and_command_see_what_will_run_as_in_openssh_10() {
    let matches = |criteria: &str, settings: &[&str], command: Option<&str>| {
        let mut case = Case::new(
            &format!("RemoteCommand no part of this\nMatch {criteria}\nPort 7\n"),
            "web1",
        );
        case.line.options = settings.iter().map(|setting| (*setting).to_owned()).collect();
        case.line.command = command.map(str::to_owned);
        case.resolve().unwrap().port == 7
    };
    for (criteria, settings, command) in [
        ("sessiontype shell", &[][..], None),
        ("sessiontype exec command \"git-upload-pack *\"", &[], Some("git-upload-pack '/x'")),
        ("sessiontype exec command \"\"", &[], Some("")),
        ("sessiontype subsystem command sftp", &["SessionType=subsystem"], Some("sftp")),
        ("sessiontype none", &["SessionType=none"], None),
        ("sessiontype none,shell command=\"\"", &[], None),
        ("!sessiontype shell !command b*", &[], Some("a")),
    ] {
        assert!(matches(criteria, settings, command), "{criteria}");
    }
    for (criteria, settings, command) in [
        ("sessiontype exec", &[][..], None),
        ("sessiontype shell", &[], Some("")),
        ("sessiontype shell", &["SessionType=none"], None),
        ("command *", &[], None),
        ("command \"\"", &[], Some("a")),
        ("command a,!b*", &[], Some("b")),
    ] {
        assert!(!matches(criteria, settings, command), "{criteria}");
    }
    // A jump host is asked for a way on, and for no session.
    let config = "Match host gate sessiontype none\nPort 7\nMatch host web1 sessiontype \
        shell\nPort 8\n\
                  Match host web1\nProxyJump gate\n";
    let endpoint = Case::new(config, "web1").resolve().unwrap();
    let Through::Jump(gate) = &endpoint.through else { panic!() };
    assert_eq!((endpoint.port, gate.port), (8, 7));
}

#[test]
fn fedoras_crypto_policy_in_the_system_file_does_not_stand_in_the_way() {
    let policy = "GSSAPIKexAlgorithms gss-curve25519-sha256-\nCiphers \
        aes256-gcm@openssh.com\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\n\
                  PubkeyAcceptedAlgorithms rsa-sha2-512\nHostKeyAlgorithms \
                  rsa-sha2-512\nCASignatureAlgorithms rsa-sha2-512\nRequiredRSASize 2048\n";
    assert_eq!(Case::new(policy, "web1").resolve().unwrap().host, "web1");
}

#[test]
fn what_is_passed_over_is_noted_where_it_applies() {
    let mut case = Case::new(
        "Host db1\nForwardX11 yes\nHost web1\nLocalForward 1 a:1\nMatch final\nControlMaster auto\n",
        "web1",
    );
    case.line.options = vec!["UpdateHostKeys=yes".into()];
    let notes: Vec<String> =
        case.resolve().unwrap().ignored.iter().map(ToString::to_string).collect();
    let file = case.folder.path().join("config");
    let of = |line: u32, keyword: &str| format!("{}:{line}: {keyword} is ignored", file.display());
    assert_eq!(
        notes,
        [
            "command line: UpdateHostKeys is ignored".to_owned(),
            of(4, "LocalForward"),
            of(6, "ControlMaster")
        ]
    );
}

#[test]
fn newer_syntax_than_the_oracles_is_read_by_its_manual() {
    let of = |config: &str| Case::new(config, "web1").resolve();
    assert_eq!(of("Tag work\nMatch tagged wo*\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("Match tagged \"\"\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("Match host=web1 user=none\nPort 4\nMatch host=web1\nPort 5\n").unwrap().port, 5);
    assert_eq!(of("User %n-${SSHK_TEST_KEYS}\n").unwrap().user, "web1-/keys/%h");
    assert_eq!(of("User %n-%p\n").unwrap().user, "web1-22");
    assert!(of("User %r\n").is_err());
    assert_eq!(
        of("Match !final\nPort 5\nHostName db1\nHost db1\nUser x\n").unwrap().user,
        surroundings().local_user
    );
    let case = Case::new("Include {dir}/%n.${SSHK_TEST_NONE}\n", "web1");
    assert!(case.resolve().is_err());
    let case = Case::new("HostName db1\nInclude {dir}/%h-%n\n", "web1");
    case.write("db1-web1", "Port 6\n");
    assert_eq!(case.resolve().unwrap().port, 6);
    let refused = of("Host web1\nRefuseConnection \"moved to web2\"\n").unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("config:2: RefuseConnection: \"moved to web2\"; did not connect"),
        "{refused}"
    );
    assert!(of("Host db1\nRefuseConnection gone\n").is_ok());
}

#[test]
fn hosts_and_users_that_a_shell_could_misread_are_refused() {
    for (config, words) in [
        (
            "HostName -oProxyCommand=x\n",
            "HostName: the host name starts with a dash; did not connect",
        ),
        (
            "HostName 'a b'\n",
            "HostName: the host name contains whitespace, a control character, a slash or a shell \
            metacharacter; did not connect",
        ),
        (
            "User $(x)\n",
            "User: the user name contains whitespace, a control character or a shell \
            metacharacter; did not connect",
        ),
        ("User -x\n", "User: the user name starts with a dash; did not connect"),
    ] {
        let case = Case::new(config, "web1");
        let error = case.resolve().unwrap_err();
        let file = case.folder.path().join("config");
        assert_eq!(error.to_string(), format!("{}:1: {words}", file.display()));
    }
    let mut case = Case::new("", "web1");
    case.line.user = Some("$(x)".into());
    let wanted = "command line: User: the user name contains whitespace, a control character or a \
        shell metacharacter; did not connect";
    assert_eq!(case.resolve().unwrap_err().to_string(), wanted);
}

#[test]
fn messages_name_file_and_line_and_never_quote_what_may_be_a_key() {
    for (config, words) in [
        ("\nColour blue\n", "2: Bad configuration option: \"Colour\""),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "1: Bad configuration option"),
        (
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAB x\n",
            "1: Bad configuration option",
        ),
        ("Port secret\n", "1: Port: the port must be a number from 1 to 65535"),
        ("Port 22 23\n", "1: Port: extra arguments at end of line"),
        (
            "StrictHostKeyChecking x\n",
            "1: StrictHostKeyChecking: must be one of yes, no, ask, accept-new, off, \
            true, false",
        ),
        ("IdentityFile \"x\n", "1: cannot parse the line: unbalanced quotes"),
        ("User\n", "1: User: missing value"),
        ("IdentityFile /%z\n", "1: IdentityFile: the token \"%z\" cannot be used here"),
        ("Match all host x\n", "1: Match: \"all\" cannot be combined with other Match attributes"),
    ] {
        let case = Case::new(config, "web1");
        let file = case.folder.path().join("config");
        assert_eq!(case.resolve().unwrap_err().to_string(), format!("{}:{words}", file.display()));
    }
    let case = Case::new("", "web1");
    std::fs::write(case.folder.path().join("config"), b"# caf\xe9\nPort 22\nUser \xff\n").unwrap();
    assert!(
        case.resolve()
            .unwrap_err()
            .to_string()
            .ends_with("config:3: cannot parse the line: not valid UTF-8 text")
    );
    let hint = Case::new("Colour blue\n", "web1").resolve().unwrap_err().hint().unwrap();
    assert_eq!(hint, "fix the spelling, or ignore the keyword with: -o IgnoreUnknown=Colour");
}

#[test]
fn a_named_file_must_exist_and_dev_null_is_an_empty_one() {
    let of = |path: &Path| {
        let line = CommandLine { config: ConfigFile::File(path.to_owned()), ..Default::default() };
        resolve(&"web1".parse().unwrap(), &line, &surroundings())
    };
    assert_eq!(of(Path::new("/dev/null")).unwrap().port, 22);
    assert_eq!(
        of(Path::new("/dev/zero")).unwrap_err().to_string(),
        "/dev/zero is not a regular file; it was not read"
    );
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    assert_eq!(
        of(&missing).unwrap_err().to_string(),
        format!("cannot read {}: no such file", missing.display())
    );
    assert!(matches!(of(folder.path()), Err(Error::NotAFile { .. })));
}

#[test]
fn identities_of_the_command_line_come_first_and_are_taken_as_they_are() {
    let mut case = Case::new("IdentityFile /c\nIdentityFile ~/d\n", "web1");
    case.line.identity_files = vec!["/a%h".into(), "~/b".into()];
    case.line.options = vec!["IdentityFile=/o".into()];
    let endpoint = case.resolve().unwrap();
    let home = surroundings().home;
    assert_eq!(
        endpoint.identity_files,
        [PathBuf::from("/o"), "/a%h".into(), home.join("b"), "/c".into(), home.join("d")]
    );
    assert!(!endpoint.identity_files_are_default);
}

#[test]
fn defaults_are_sshs() {
    let mut case = Case::new("", "web1");
    case.line.config = ConfigFile::None;
    let endpoint = case.resolve().unwrap();
    assert_eq!(endpoint.identity_agent, IdentityAgent::Default);
    assert_eq!(
        (endpoint.address_family, endpoint.session_type),
        (AddressFamily::Any, SessionType::Default)
    );
    assert_eq!(
        (endpoint.connect_timeout, endpoint.connection_attempts, endpoint.host_key_alias),
        (None, 1, None)
    );
}
