//! ProxyJump and ProxyCommand.

use sshk::hosts::ssh_config::Through;

use crate::ssh_config::{Case, SELF};

/// The hops to a host, each as `host:port as user`, with the host itself first.
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
fn each_jump_host_has_its_own_configuration() {
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
    // The first hop uses its own proxy; those of the others do not count, as with `ssh -J`.
    let chained = "Host *\nUser ann\nHost web1\nProxyJump one,two\nHost one\nProxyCommand nc %h \
        %p %r\nHost two\nProxyJump nowhere\n";
    assert_eq!(
        way(chained, "web1"),
        ["web1:22 as ann", "two:22 as ann", "one:22 as ann", "nc one 22 ann"]
    );
    // A host may be reached through another port on the same host.
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
fn the_first_of_proxy_jump_and_proxy_command_wins() {
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
