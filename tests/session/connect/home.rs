//! What `~` stands for: HOME, unless it is another user's.

use std::os::unix::fs::{MetadataExt, chown};

use crate::connect::Site;
use crate::support::root_only;

/// The value of a keyword that `-G` prints.
fn listed(text: &str, keyword: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {keyword} in {text}")).to_owned()
}

#[test]
fn root_follows_no_links_of_a_user_whose_home_is_in_the_environment() {
    root_only!("root_follows_no_links_of_a_user_whose_home_is_in_the_environment");
    let site = Site::new();
    let known = |run: crate::support::Run| {
        let said = run.run().expect(0);
        listed(said.out(), "userknownhostsfile")
    };
    let ours = || known(site.sshk(["-F", "none", "-G", "srv"]));
    let own = site.home.join(".ssh/known_hosts");
    assert!(ours().starts_with(own.to_str().unwrap()), "{}", ours());
    chown(site.home.join(""), Some(65534), None).unwrap();
    assert_eq!(site.home.join("").metadata().unwrap().uid(), 65534);
    let theirs =
        known(site.home.run(crate::support::program("ssh")).args(["-F", "none", "-G", "srv"]));
    assert_eq!(ours(), theirs);
    // A home that does not exist yet, in the home of that user, is no better.
    let inside = known(site.sshk(["-F", "none", "-G", "srv"]).env("HOME", site.home.join("new")));
    assert_eq!(inside, theirs);
    // Its owner uses it.
    let setpriv = site.home.run(crate::support::program("setpriv"));
    let as_owner = setpriv
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_sshk"))
        .args(["connect", "-F", "none", "-G", "srv"])
        .run();
    // The binary may be where that user cannot run it.
    if as_owner.code() == 0 {
        let said = listed(as_owner.out(), "userknownhostsfile");
        assert!(said.starts_with(own.to_str().unwrap()), "{said}");
    }
    chown(site.home.join(""), Some(0), None).unwrap();
}
