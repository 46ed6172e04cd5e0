//! `outer-agent check-config`: reads everything that a run needs and changes nothing.

use crate::config::Config;
use crate::context::Agent;
use crate::portal;
use crate::texts::commands;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::fs::pdf_text;
use ferry_io::outln;
use ferry_io::output::language::Show;

/// Checks configuration, keys, catalogue, certificates and the sandbox for PDF text.
pub fn run(config: Config) -> Result<()> {
    let agent = Agent::open(config)?;
    agent.may_send(&agent.outgoing()?, clock::now_s())?;
    agent.receive_endpoint()?;
    portal::check(&agent)?;
    pdf_text::check(&agent.policy)?;
    outln!("{}", commands::configuration_valid(agent.catalogue.kinds.len()).show());
    Ok(())
}
