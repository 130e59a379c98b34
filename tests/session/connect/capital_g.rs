//! `-G`, compared with `ssh -G` line by line: every keyword, in its order, and which of the words
//! of a command line win.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use crate::connect::Site;
use crate::support::Finished;

/// Lists of algorithms that both programs know: each has defaults of its own.
const LISTS: &str =
    "Ciphers aes256-ctr,aes128-ctr\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\n";

/// Types of key that sshk does not try.
fn is_of_ssh_alone(line: &str) -> bool {
    ["identityfile ~/.ssh/id_xmss", "identityfile ~/.ssh/id_dsa"].contains(&line)
}

fn lines(said: &Finished) -> Vec<&str> {
    said.out().lines().filter(|line| !is_of_ssh_alone(line)).collect()
}

/// Runs both with the configuration of the site, and with the home of passwd(5), which is ssh's.
/// `-G` only reads.
fn both(site: &Site, args: &[&str]) -> (Finished, Finished) {
    let config = site.config();
    let named = ["-F".as_ref(), config.as_os_str(), "-G".as_ref()];
    let ours = site.sshk(named).args(args).env("HOME", &*HOME);
    (ours.run(), site.ssh(["-G"]).args(args).run())
}

static HOME: LazyLock<String> = LazyLock::new(|| {
    let said = Command::new("sh").args(["-c", "eval echo ~$(id -un)"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim_end().to_owned()
});

/// Both must print the same, or fail.
#[track_caller]
fn same(site: &Site, args: &[&str]) {
    let (ours, theirs) = both(site, args);
    if theirs.code() == 0 {
        assert_eq!(ours.code(), 0, "{args:?}: {}", ours.err());
        let config = fs::read_to_string(site.config()).unwrap();
        assert_eq!(lines(&ours), lines(&theirs), "{args:?}: sshk on the left, with:\n{config}");
    } else {
        assert_ne!(ours.code(), 0, "{args:?}: ssh refuses: {}", theirs.err());
        assert_eq!(ours.out(), "");
    }
}

#[test]
fn capital_g_prints_every_keyword_that_ssh_prints_in_its_order() {
    let site = Site::new();
    let others = [
        "",
        "ProxyJump ann@gate:22,other\nForwardAgent yes\nSetEnv A=1\nHostKeyAlgorithms \
         ssh-ed25519,rsa-sha2-512\nPubkeyAcceptedAlgorithms ssh-ed25519\nCASignatureAlgorithms \
         ssh-ed25519,rsa-sha2-256\nHostbasedAcceptedAlgorithms -*cert*\nCertificateFile \
         ~/.ssh/x-cert.pub\nRekeyLimit 1G 1h\nPort 99",
        "ForwardX11 yes\nForwardX11Trusted no\nForwardX11Timeout 1h\nGatewayPorts yes\n\
         ExitOnForwardFailure true\nHostbasedAuthentication yes\nEnableSSHKeysign yes\n\
         NoHostAuthenticationForLocalhost yes\nPermitLocalCommand yes\nLocalCommand echo %h \
         \"x\" # y\nStreamLocalBindUnlink yes\nStreamLocalBindMask 077\nVisualHostKey yes\n\
         EnableEscapeCommandline yes\nProxyUseFdpass yes",
        "GSSAPIAuthentication yes\nGSSAPIClientIdentity me\nGSSAPIServerIdentity it\n\
         GSSAPIKexAlgorithms gss-group14-sha1-\nGSSAPIKeyExchange yes\nGSSAPITrustDns yes",
        "AddKeysToAgent confirm 5m\nControlMaster autoask\nControlPath ~/x-%h-%p\n\
         ControlPersist 10m\nTunnel yes\nTunnelDevice 1:any\nIPQoS af21\nSyslogFacility local1\n\
         FingerprintHash md5",
        "AddKeysToAgent 1h\nControlPersist yes\nControlPath none\nTunnel ethernet\nTunnelDevice \
         3\nIPQoS 0x10 none\nXAuthLocation none\nSecurityKeyProvider none\nLogVerbose \
         kex.c:*:1000,x y",
        "AddKeysToAgent ask\nControlPersist 0\nIPQoS reliability 0\nPermitRemoteOpen a:1 b:*\n\
         KbdInteractiveDevices pam,skey\nIgnoreUnknown abc,def\nabc 1",
        "UpdateHostKeys ask\nVerifyHostKeyDNS ask\nCheckHostIP yes\nRevokedHostKeys ~/r\n\
         KnownHostsCommand /bin/x %H\nPKCS11Provider /x",
        "VerifyHostKeyDNS yes\nRevokedHostKeys none\nKnownHostsCommand none\nPKCS11Provider \
         none\nLocalCommand none",
        "LocalForward 8080 localhost:80\nRemoteForward 9000\nRemoteForward /tmp/s a:1\n\
         DynamicForward 1080\nDynamicForward *:1081\nLocalForward 8080 localhost:80\n\
         RemoteForward [::]:3 [::1]:4\nLocalForward *:8080 [::1]:80",
        "ClearAllForwardings yes\nLocalForward 8080 localhost:80",
        "ConnectTimeout 0\nPubkeyAuthentication host-bound\nEscapeChar ^]\nLogLevel quiet\n\
         GlobalKnownHostsFile none",
        "EscapeChar \\\\\nConnectTimeout 1m\nPubkeyAuthentication unbound\nLogLevel verbose",
        "ProxyJump 127.0.0.1",
        "ProxyCommand nc %h %p\nProxyUseFdpass yes",
    ];
    for config in others {
        site.configure(&format!("{LISTS}{config}"));
        same(&site, &["srv"]);
        // OpenSSH 9.2 takes these two from the block of another host.
        if ["StreamLocalBindMask", "SyslogFacility"].iter().any(|name| config.contains(name)) {
            continue;
        }
        // None of it applies.
        same(
            &site,
            &[
                "elsewhere",
                "-c",
                "aes256-ctr",
                "-m",
                "hmac-sha2-256",
                "-oKexAlgorithms=curve25519-sha256",
            ],
        );
    }
    site.configure(LISTS);
    for args in [
        &["-p", "7", "-l", "bob", "-4", "-oConnectTimeout=9", "srv"][..],
        &["-J", "one,[::1]:2222", "-T", "-e", "none", "srv", "some", "command"],
        &["-i", "/etc/passwd", "-o", "UserKnownHostsFile=none", "srv"],
        &["-vv", "-x", "-n", "srv"],
        &["-q", "-s", "srv", "sftp"],
    ] {
        same(&site, args);
    }
    assert_eq!(site.sshd.log().matches("Connection from").count(), 0);
    let said = site.sshk(["-G", "-o", "Port=x", "srv"]).run().expect(255);
    assert_eq!(
        (said.out(), said.err().lines().next().unwrap()),
        ("", "sshk: error: srv: command line: Port: the port must be a number from 1 to 65535")
    );
}

/// All orders of some groups of words.
fn permutations<'a>(groups: &[&[&'a str]]) -> Vec<Vec<&'a str>> {
    if groups.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..groups.len() {
        let mut others = groups.to_vec();
        let first = others.remove(at);
        all.extend(permutations(&others).into_iter().map(|rest| [first, &rest].concat()));
    }
    all
}

#[test]
fn the_word_of_a_command_line_that_wins_is_the_one_that_wins_in_ssh() {
    let site = Site::new();
    fs::write(site.config(), LISTS).unwrap();
    let groups: &[&[&[&str]]] = &[
        &[&["-p", "2"], &["-oPort=3"], &["ssh://a@h:1"]],
        &[&["-p", "2"], &["-p", "3"], &["-oport=4"], &["h"]],
        &[&["-l", "bar"], &["-o", "user=foo"], &["baz@h"]],
        &[&["-l", "one"], &["-l", "two"], &["-oUser=three", "h"]],
        &[&["-4"], &["-oAddressFamily=any"], &["-6"], &["h"]],
        &[&["-A"], &["-a"], &["-oForwardAgent=no"], &["h"]],
        &[&["-C"], &["-oCompression=no"], &["-C"], &["h"]],
        &[&["-c", "aes128-ctr"], &["-oCiphers=aes256-ctr"], &["-c", "aes192-ctr"], &["h"]],
        &[&["-m", "hmac-sha2-512"], &["-oMACs=hmac-sha2-256"], &["-m", "hmac-sha1"], &["h"]],
        &[&["-J", "a"], &["-oProxyJump=b"], &["h"]],
        &[&["-J", "a"], &["-J", "none"], &["h"]],
        &[&["-J", "a"], &["-oProxyCommand=x"], &["h"]],
        &[&["-oProxyJump=a"], &["-oProxyCommand=x"], &["h"]],
        &[&["-t"], &["-T"], &["-oRequestTTY=auto"], &["h"]],
        &[&["-t"], &["-t"], &["-T"], &["h"]],
        &[&["-N"], &["-t"], &["-oRequestTTY=force"], &["h"]],
        &[&["-N"], &["-s"], &["h"]],
        &[&["-N"], &["-oSessionType=subsystem"], &["h"]],
        &[&["-N"], &["-oSessionType=none"], &["h"]],
        &[&["-s"], &["-oSessionType=default"], &["h", "sftp"]],
        &[&["-n"], &["-oStdinNull=no"], &["h"]],
        &[&["-b", "127.0.0.1"], &["-oBindAddress=::1"], &["-b", "127.0.0.2"], &["h"]],
        &[&["-B", "lo"], &["-oBindInterface=x"], &["-B", "lo2"], &["h"]],
        &[&["-e", "a"], &["-oEscapeChar=b"], &["-e", "^c"], &["h"]],
        &[&["-q"], &["-v"], &["-oLogLevel=ERROR"], &["h"]],
        &[&["-x"], &["-oForwardX11=yes"], &["h"]],
        &[&["-i", "/etc/passwd"], &["-oIdentityFile=/x"], &["-i", "/etc/group"], &["h"]],
    ];
    for groups in groups {
        for args in permutations(groups) {
            same(&site, &args);
        }
    }
}

#[test]
fn a_file_may_name_a_jump_host_by_any_characters_and_the_command_line_may_not() {
    let site = Site::new();
    for jump in ["a$b", "user;with;semicolon@host;with;semicolon", "a'b'", "-x", "a|b,c;d:7", "%h"]
    {
        site.configure(&format!("{LISTS}ProxyJump {jump}"));
        same(&site, &["srv"]);
    }
    for jump in ["a/b", "[a]x", "u@", "a:0", ",a"] {
        site.configure(&format!("{LISTS}ProxyJump {jump}"));
        same(&site, &["srv"]);
    }
    // OpenSSH 10 refuses them here; 9.2 passed them to a shell.
    site.configure(LISTS);
    for args in [["-J", "a;b"], ["-o", "ProxyJump=a;b"], ["-J", "$(x)@a"]] {
        let said = site.sshk(["-G"]).args(args).arg("srv").run();
        assert!(
            said.code() != 0 && said.err().contains("shell metacharacter"),
            "{args:?}: {}",
            said.err()
        );
    }
    // Nothing is connected to by such a name, but by the name that it stands for.
    site.configure("ProxyJump a;b");
    let said = site.sshk(["srv", "true"]).run().expect(255);
    assert!(
        said.err().starts_with(&format!(
            "sshk: error: srv: {}:2: HostName: the host name contains whitespace, a control \
             character or a shell metacharacter; did not connect\n",
            site.config().display()
        )),
        "{}",
        said.err()
    );
    let alias = format!(
        "Host a;b\nHostName 127.0.0.1\nPort {}\nUser {}\nUserKnownHostsFile {}\nIdentityFile {}\n",
        site.sshd.port(),
        site.sshd.user(),
        site.home.join(".ssh/known_hosts").display(),
        site.key.display(),
    );
    let config = fs::read_to_string(site.config()).unwrap();
    fs::write(site.config(), format!("{config}{alias}")).unwrap();
    assert_eq!(site.sshk(["srv", "echo", "in"]).run().expect(0).out(), "in\n");
}
