//! The connection cut after every byte: the file keeps its old content or gains the whole line, and
//! what sshk reports is true.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use crate::scenarios::relay::Relay;
use crate::scenarios::site::{Held, Site};
use crate::support::root_only;

const WORKERS: usize = 6;

/// Identification, key exchange and proof of the key are this many bytes, and then fewer than a
/// hundred more.
const LOGIN: usize = 1400;

/// How close to the ends of the packet every byte is tried: the length in front, one block, and the
/// MAC behind. In the middle, only some are.
const EDGE: usize = 24;

/// How far apart the cuts before and after the packet are.
const APART: usize = 48;

/// A small packet of the channel's can precede or follow the large one, which then comes this many
/// bytes later or earlier.
const SLACK: usize = 128;

/// What goes to the server: where the largest packet after the login, which carries the line,
/// begins and ends, and where all of it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Course {
    start: usize,
    end: usize,
    last: usize,
}

impl Course {
    fn of(site: &Site, options: &[&str]) -> Self {
        site.account.authorize(&site.before());
        let relay = Relay::new(site.server.port(), usize::MAX);
        let said = site.copy_id(relay.port(), options).run();
        site.settle();
        assert_eq!((site.judge(&said), said.code()), (Ok(Held::Whole), 0), "{}", said.err());
        let pieces = relay.pieces();
        let starts = pieces.iter().scan(0, |sum, piece| Some(std::mem::replace(sum, *sum + piece)));
        let (start, length) = starts
            .zip(&pieces)
            .filter(|(start, _)| *start >= LOGIN)
            .max_by_key(|(_, length)| **length)
            .unwrap();
        Self { start, end: start + length, last: pieces.iter().sum() }
    }

    /// Every byte near the packet's ends, every `step`th in it, and some before and after it.
    fn cuts(self, step: usize) -> VecDeque<usize> {
        let is_near = |at: usize| at.abs_diff(self.start) <= EDGE || at.abs_diff(self.end) <= EDGE;
        let is_inside = |at: usize| (self.start..self.end).contains(&at);
        let is_tried = |at: &usize| {
            is_near(*at) || at.is_multiple_of(if is_inside(*at) { step } else { APART })
        };
        (self.start.saturating_sub(2000)..self.last).filter(is_tried).collect()
    }
}

/// Cuts after each of these bytes, at several sites at a time. Every `step`th byte in the middle of
/// the packet is enough: its MAC stands at its end, so the server acts on all of it or on nothing.
fn sweep(make: fn() -> Site, options: &[&str], step: usize) {
    let sites: Vec<_> = (0..WORKERS).map(|_| make()).collect();
    let courses: Vec<_> = sites.iter().map(|site| Course::of(site, options)).collect();
    let course = courses[0];
    // Otherwise the bytes could not be predicted.
    assert!(courses.iter().all(|other| *other == course), "{courses:?}");
    let todo = Mutex::new(course.cuts(step));
    let (wrong, whole) = (Mutex::new(Vec::new()), Mutex::new(0));
    thread::scope(|scope| {
        for site in &sites {
            scope.spawn(|| {
                loop {
                    let next = todo.lock().unwrap().pop_front();
                    let Some(at) = next else { break };
                    site.account.authorize(&site.before());
                    let relay = Relay::new(site.server.port(), at);
                    let said = site.copy_id(relay.port(), options).run();
                    site.settle();
                    let is_open = said.err().contains("the line may or may not be in the file");
                    match site.judge(&said) {
                        Ok(_) if at >= course.end && said.code() == 1 && !is_open => {
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("{at}: sshk cannot know, and said {}", said.err()));
                        }
                        Ok(Held::Whole) if at + SLACK >= course.end => *whole.lock().unwrap() += 1,
                        Ok(Held::Whole) => {
                            wrong.lock().unwrap().push(format!("{at}: there before the packet was"))
                        }
                        Ok(Held::Old) => {}
                        Err(why) => wrong.lock().unwrap().push(format!("{at}: {why}")),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{course:?}: {} cuts went wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(whole.into_inner().unwrap() > 0, "no cut came so late that the line was there");
}

#[test]
fn a_link_cut_at_any_byte_leaves_the_old_file_or_the_whole_line() {
    root_only!("a_link_cut_at_any_byte_leaves_the_old_file_or_the_whole_line");
    sweep(Site::dropbear, &[], 11);
}

#[test]
fn a_link_cut_on_the_way_to_sshd_leaves_the_old_file_or_the_whole_line() {
    root_only!("a_link_cut_on_the_way_to_sshd_leaves_the_old_file_or_the_whole_line");
    // sshd re-executes itself for every connection, which takes longer.
    sweep(Site::sshd, &[], 32);
}

#[test]
fn an_sftp_link_cut_at_any_byte_leaves_the_old_file_or_the_whole_line() {
    root_only!("an_sftp_link_cut_at_any_byte_leaves_the_old_file_or_the_whole_line");
    sweep(Site::sshd, &["-s"], 5);
    sweep(Site::dropbear, &["-s"], 3);
}

#[test]
fn a_connection_cut_after_the_line_is_reported_as_unknown() {
    root_only!("a_connection_cut_after_the_line_is_reported_as_unknown");
    let site = Site::sshd();
    for (options, at) in [(&[][..], "the remote command"), (&["-s"], "the SFTP session")] {
        let course = Course::of(&site, options);
        site.account.authorize(&site.before());
        let relay = Relay::new(site.server.port(), course.end);
        let said = site.copy_id(relay.port(), options).run().expect(1);
        site.settle();
        let to = format!("ssh://{}@127.0.0.1:{}", site.account.name(), relay.port());
        assert_eq!(
            said.err(),
            format!(
                "sshk: error: {to}: the server closed the connection during {at}; the line may or \
                 may not be in the file\n\
                 sshk: hint: run it again: it checks before it writes\n"
            )
        );
        // And it is correct either way.
        site.copy_id(site.server.port(), options).run().expect(0);
        assert_eq!(site.file(), site.after());
    }
}
