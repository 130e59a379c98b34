//! The ways to a host: over TCP, through the standard streams of a program, or through a jump
//! host's connection.

use std::path::Path;
use std::sync::Arc;

use super::dial::{dial, host_and_port};
use super::error::{Error, ReachError};
use super::forwarded::Forwarded;
use super::proxy_command::ProxyCommand;
use super::step::Step;
use super::steps::Steps;
use super::transport::{Beneath, Route, Transport};
use crate::hosts::ssh_config::Endpoint;
use crate::text::io_reason;

/// Straight over TCP.
pub(super) async fn direct(endpoint: &Endpoint, steps: &Steps) -> Result<Route, Error> {
    let (stream, address) = dial(endpoint, steps).await?;
    let failed =
        |error| ReachError::Connect { address: host_and_port(endpoint), why: io_reason(&error) };
    stream.set_nodelay(true).map_err(failed)?;
    Ok(Route { stream: Box::new(stream), address: Some(address), beneath: Beneath::Nothing })
}

/// Through `ProxyCommand`, which `shell` runs.
pub(super) fn through_command(command: &str, shell: &Path, steps: &Steps) -> Result<Route, Error> {
    steps.enter(Step::Connect);
    let (program, stream) = ProxyCommand::start(command, shell)?;
    let beneath = Beneath::Command(Box::new(program));
    Ok(Route { stream: Box::new(stream), address: None, beneath })
}

/// Through the connection to a jump host.
pub(super) async fn through_jump_host(
    transport: Transport,
    hop: &Arc<Endpoint>,
    to: &Endpoint,
    steps: &Steps,
) -> Result<Route, Error> {
    steps.enter(Step::Connect);
    let channel = steps.bound(transport.forward(to, hop)).await??;
    let stream = Box::new(Forwarded::new(channel, transport.gate.clone()));
    let beneath = Beneath::Jump { hop: hop.clone(), transport: Box::new(transport) };
    Ok(Route { stream, address: None, beneath })
}
