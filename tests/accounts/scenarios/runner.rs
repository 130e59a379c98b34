//! The whole table, several rows at a time; every row that fails is reported with all its output.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use crate::scenarios::scenario::Row;
use crate::scenarios::worker::Worker;

/// A login spends as much time waiting for the server as computing.
const WORKERS: usize = 6;

pub fn run(rows: Vec<Row>) {
    let names: HashSet<_> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "two rows have one name");
    let todo: Mutex<VecDeque<_>> = Mutex::new(
        rows.iter().flat_map(|row| row.at.iter().map(move |spot| (row, *spot))).collect(),
    );
    let failures = Mutex::new(Vec::new());
    let next = || todo.lock().unwrap().pop_front();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let mut worker = Worker::new();
                while let Some((row, spot)) = next() {
                    let played = catch_unwind(AssertUnwindSafe(|| worker.play(row, spot)));
                    let wrong = match played {
                        Ok(Ok(())) => continue,
                        Ok(Err(wrong)) => wrong,
                        Err(panic) => {
                            // After a panic the account and the servers cannot be relied on.
                            worker = Worker::new();
                            let text = panic.downcast_ref::<String>().cloned();
                            text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                                .unwrap_or_default()
                        }
                    };
                    failures.lock().unwrap().push(format!("=== {}, {spot:?}\n{wrong}", row.name));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} do not hold:\n{}", failures.len(), failures.join("\n\n"));
}
