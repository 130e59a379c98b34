//! `sshk copy-id` on accounts in every state: a table of states and expected results, connections
//! cut at every byte, many installs at once, and what ssh-copy-id does in the same states.

mod cuts;
mod hints;
mod kills;
mod many;
mod relay;
mod rows;
mod runner;
mod scenario;
mod site;
mod snapshot;
mod ssh_copy_id;
mod worker;

use crate::support::root_only;

#[test]
fn every_row_of_the_table_holds() {
    root_only!("every_row_of_the_table_holds");
    let rows = rows::all();
    assert!(rows.len() >= 150, "{} rows", rows.len());
    runner::run(rows);
}
