//! Questions and their answers.

use super::*;
use crate::ui::prompt::LONGEST_ANSWER;

#[test]
fn a_secret_is_not_echoed_and_the_terminal_is_as_before() {
    let mut before = String::new();
    let mut it = OnPty::role_with("secret", |pty| before = summary(&tcgetattr(pty).unwrap()));
    it.expect_secret_question();
    it.send(b"hunter two\n");
    it.expect("answer 10 hunter two");
    assert_eq!(it.status(), 0);
    assert_eq!(summary(&it.modes()), before);
    assert_eq!(
        it.shown().matches("hunter").count(),
        1,
        "only the program itself said it: {:?}",
        it.shown()
    );
    assert!(it.shown().contains("Speak: \r\nanswer"), "the newline is shown: {:?}", it.shown());
    assert!(!it.shown().contains("\x1b[2J"), "{:?}", it.shown());
}

#[test]
fn text_and_a_confirmation_are_echoed() {
    for role in ["text", "confirm"] {
        let mut it = OnPty::role(role);
        it.expect("Speak: ");
        it.send("ye\x7fes naïve\n".as_bytes());
        it.expect("answer 10 yes naïve");
        assert_eq!(it.status(), 0);
        assert!(it.shown().contains("naïve\r\nanswer"), "{:?}", it.shown());
    }
}

#[test]
fn text_may_be_typed_ahead_and_a_secret_may_not() {
    let mut it = OnPty::role("slow secret");
    it.send(b"too early\n");
    it.expect_secret_question();
    it.send(b"in time\n");
    it.expect("answer 7 in time");
    let mut it = OnPty::role("slow text");
    it.send(b"early\n");
    it.expect("answer 5 early");
}

#[test]
fn the_rest_of_a_pasted_secret_is_discarded() {
    let mut it = OnPty::role("two secrets");
    it.expect_secret_question();
    it.send(b"first\r\nrm -rf x\n");
    it.expect("answer 5 first");
    it.expect_secret_question();
    it.send(b"second\n");
    it.expect("answer 6 second");
    assert_eq!(it.status(), 0);
}

#[test]
fn two_askers_take_turns() {
    let mut it = OnPty::role("two askers");
    for word in ["one", "two"] {
        it.expect_secret_question();
        assert!(!it.shown()[it.looked_at..].contains("Speak"), "{:?}", it.shown());
        it.send(format!("{word}\n").as_bytes());
    }
    assert_eq!(it.status(), 0);
    // The first may wait for the second question to close.
    assert!(
        it.shown().contains("answer 3 one\r\n") && it.shown().contains("answer 3 two\r\n"),
        "{:?}",
        it.shown()
    );
}

#[test]
fn ctrl_d_gives_no_answer_or_ends_the_current_one() {
    let mut it = OnPty::role("secret");
    it.expect("Speak: ");
    it.send(b"\x04");
    it.expect("a word was asked for, but not given\r\n");
    it.expect("give it with -N\r\n");
    assert_eq!(it.status(), 1);
    assert!(it.echoes());
    let mut it = OnPty::role("secret");
    it.expect("Speak: ");
    it.send(b"abc\x04\x04");
    it.expect("answer 3 abc");
}

#[test]
fn an_answer_that_the_terminal_may_have_cut_is_rejected() {
    let mut it = OnPty::role("secret");
    it.expect("Speak: ");
    it.send(&[vec![b'x'; LONGEST_ANSWER], b"\n".to_vec()].concat());
    it.expect(&format!("answer {} xxx", LONGEST_ANSWER));
    for length in [LONGEST_ANSWER + 1, 10_000] {
        let mut it = OnPty::role("secret");
        it.expect("Speak: ");
        it.send(&vec![b'x'; length]);
        it.send(b"\n");
        it.expect(&format!("longer than {} bytes", LONGEST_ANSWER));
        assert_eq!(it.status(), 1);
        assert!(!it.shown().contains("xxx"));
    }
}

#[test]
fn an_answer_that_is_not_utf_8_is_rejected_without_showing_it() {
    let mut it = OnPty::role("secret");
    it.expect("Speak: ");
    it.send(b"zz\xff\n");
    it.expect("the answer is not UTF-8 text");
    assert_eq!(it.status(), 1);
    assert!(!it.shown().contains("zz"));
}

#[test]
fn a_question_works_on_a_terminal_that_another_program_left_raw() {
    let mut before = String::new();
    let mut it = OnPty::role_with("secret", |pty| {
        let mut modes = tcgetattr(pty).unwrap();
        modes.make_raw();
        tcsetattr(pty, OptionalActions::Now, &modes).unwrap();
        before = summary(&modes);
    });
    it.expect("Speak: ");
    it.send(b"word\r");
    it.expect("answer 4 word");
    assert_eq!(it.status(), 0);
    assert_eq!(summary(&it.modes()), before);
}
