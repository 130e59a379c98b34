//! Generated configurations, compared with `ssh -G`.

use proptest::prelude::*;
use sshk::hosts::ssh_config::{Surroundings, resolve};

use crate::ssh_config::{Case, surroundings};

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
        1 => prop::collection::vec(negatable(), 1..4)
            .prop_map(|patterns| format!("Host {}", patterns.join(" "))),
        1 => prop::collection::vec(criterion, 1..3)
            .prop_map(|criteria| format!("Match {}", criteria.join(" "))),
        1 => Just("Match all".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ssh_g_agrees_on_generated_configurations(
        lines in prop::collection::vec(
            (block(), prop::sample::select(vec!["\n", "\r\n", " \t\n", "\n\n"])),
            0..14,
        ),
        other in prop::collection::vec(
            block().prop_filter("one level of Include", |line| !line.starts_with("Include")),
            0..5,
        ),
        destination in prop::sample::select(
            vec!["web1", "WEB2", "ann@db1", "127.1", "ssh://web1:7"],
        ),
    ) {
        let config: String = lines.into_iter().map(|(line, end)| line + end).collect();
        let case = Case::new(&config, destination);
        case.write("other", &other.join("\n"));
        case.assert_same();
    }

    #[test]
    fn any_text_gives_an_endpoint_or_an_error(
        text in "(?s)(Host|Match|Include|Port|SetEnv|Proxy|[ -~\n\t\"'\\\\#=])*",
    ) {
        let case = Case::new(&text, "web1");
        // No command in it is run.
        let surroundings = Surroundings { run: Box::new(|_| Ok(false)), ..surroundings() };
        let _ = resolve(&case.destination.parse().unwrap(), &case.line, &surroundings);
    }
}
