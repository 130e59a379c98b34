//! Tricky configurations, compared with `ssh -G`.

use sshk::hosts::ssh_config::Argument;

use crate::ssh_config::Case;

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
            "Hostname %h.example.org\nMatch host web1.example.org\nPort 1\nMatch host web1\n\
            Port 2\n",
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
        ("web1", "RevokedHostKeys ~/%h-%r\nRevokedHostKeys /d\nUser bob\n"),
        ("web1", "RevokedHostKeys none\n"),
        ("web1", "CheckHostIP yes\nCheckHostIP no\nUpdateHostKeys ask\n"),
        ("web1", "UpdateHostKeys maybe\n"),
        ("web1", "UserKnownHostsFile ~/.ssh/known_hosts\n"),
        ("web1", "UserKnownHostsFile ~/.ssh/known_hosts /a\n"),
        ("web1", "KnownHostsCommand /bin/x %H \"a b\" # c\nKnownHostsCommand /bin/y\n"),
        ("web1", "KnownHostsCommand none\n"),
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
    // Lines after an Include belong to the block around it, however the included file ended.
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
fn the_command_line_overrides_the_files_as_in_ssh() {
    let with = |destination: &str, arguments: &[Argument]| {
        let mut case = Case::new("User file\nPort 9\nStrictHostKeyChecking yes\n", destination);
        case.line.arguments = arguments.to_vec();
        case.assert_same();
        case.resolve()
    };
    let option = |text: &str| Argument::Option(text.into());
    let flag = Argument::User("flag".into());
    let ports = [option("Port=1"), option("Port 2"), Argument::Port(3), option("User=opt")];
    assert_eq!(with("ann@web1", &ports).unwrap().port, 1);
    assert_eq!(with("ann@web1", std::slice::from_ref(&flag)).unwrap().user, "flag");
    let later = [Argument::Destination("ann@web1".parse().unwrap()), flag];
    assert_eq!(with("ann@web1", &later).unwrap().user, "ann");
    assert_eq!(
        with("ssh://ann@web1:5", &[option("StrictHostKeyChecking=no")]).unwrap().user,
        "ann"
    );
    assert_eq!(with("web1", &[option(" HostName = db1 ")]).unwrap().host, "db1");
    for text in ["Host web1", "Match all", "Include /dev/null", "Colour=blue", "Port", "Port=1 2"] {
        with("web1", &[option(text)]).unwrap_err();
    }
    let brackets =
        Case { destination: "ann@[::1]:2222".into(), ..Case::new("", "web1") }.resolve().unwrap();
    assert_eq!((brackets.host.as_str(), brackets.port), ("::1", 2222));
}
