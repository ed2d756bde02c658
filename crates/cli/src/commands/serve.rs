//! `highwater serve`: the vendor's API on this machine.

use std::sync::Arc;

use highwater_api::Vendor;
use highwater_lake::Lake;
use highwater_market::Clock;
use highwater_serve::{Faults, LakeVendor, Now, ServeError, ServeOptions, Server};
use highwater_simulate::{Options, SimulatedMarket};

use crate::{
    args,
    commands::snapshot::runtime,
    failure::{Exit, Failure, Outcome},
    settings::Settings,
    sheet::short_time,
    terminal::Terminal,
};

/// With `--faults`, about one request in so many fails.
const ONE_FAULT_IN: u64 = 10;

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::caused(Exit::Usage, &error).hint(error.hint())
    }
}

pub(crate) fn run(args: &args::Serve, settings: &Settings, terminal: &Terminal) -> Outcome {
    if !args.from_lake {
        settings.refuse_flag_lake(
            "without `--from-lake` a simulated market is served",
            "add `--from-lake` to answer from the lake",
        )?;
    }
    let (vendor, now, what): (Arc<dyn Vendor>, Now, String) = if args.from_lake {
        let lake = Lake::open(&settings.lake.value)?;
        let vendor = LakeVendor::new(lake, args.source.clone(), Clock::Published)?;
        let what = format!(
            "source {} of the lake {}",
            vendor.source(),
            settings.lake.value.display()
        );
        let now = args.as_of.map_or_else(Now::system, Now::at);
        (Arc::new(vendor), now, what)
    } else {
        let market = SimulatedMarket::new(Options {
            seed: args.seed,
            ..Options::default()
        });
        // After the last day has closed, so that all of it is served.
        let end = market.last_day().plus_days(1);
        let what = format!(
            "a simulated market (seed {}), {} to {}",
            args.seed,
            market.first_day().date(),
            market.last_day().date()
        );
        (Arc::new(market), Now::at(args.as_of.unwrap_or(end)), what)
    };
    let options = ServeOptions {
        keys: args.keys.clone(),
        requests_per_minute: args.rate,
        now: now.clone(),
        faults: args.faults.then(|| Faults::new(args.seed, ONE_FAULT_IN)),
        allow_remote: args.allow_remote,
    };
    runtime()?.block_on(async {
        let server = Server::bind(args.listen, vendor, options).await?;
        let as_of = match args.as_of {
            None if args.from_lake => "now".to_owned(),
            _ => short_time(now.get()),
        };
        // Also with `--quiet`: whoever started it on port 0 must learn where it listens.
        terminal.announce(format_args!(
            "serving {what}, as of {as_of}, at {}",
            server.url()
        ));
        if args.faults {
            terminal.warn(format_args!(
                "about one request in {ONE_FAULT_IN} fails on purpose, because of `--faults`"
            ));
        }
        terminal.say("stop it with Ctrl-C");
        let stopped = async {
            // Without a signal handler there is nothing to wait for: serve until the process ends.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        Ok(server.run(stopped).await?)
    })
}
