//! Text made harmless for a terminal: no hidden character is left, and no line of a server stands
//! without its prefix.
#![no_main]
use libfuzzer_sys::fuzz_target;
use sshk::text::is_hidden;

#[allow(dead_code)]
#[path = "../../src/bin/sshk/ui/clean.rs"]
mod clean;

fuzz_target!(|data: (&str, &str, Option<u8>)| {
    let (from, text, width) = data;
    let shown = clean::block(text);
    assert!(!shown.contains(|c| is_hidden(c) && !"\n\t".contains(c)), "{shown:?}");
    assert_eq!(clean::block(&shown), shown);
    let line = clean::line(text);
    assert!(!line.contains(is_hidden), "{line:?}");
    let prefix = format!("{} says:", clean::line(from));
    let said = clean::said(from, text, width.map(usize::from));
    assert!(said.split('\n').all(|line| line.starts_with(&prefix)), "{said:?}");
});
