//! The run: questions out, answers in, groups to the lake.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use highwater_api::Endpoint;
use highwater_lake::{Lake, Writer};
use highwater_market::{Answer, Period, Scope, Source, Timestamp, TokenId, tables as lake_tables};

use super::{
    ask::{self, Sorted},
    asking::{Asking, Outcome},
    balance::{Balance, Gap, GapPlace, Missing},
    days::Days,
    plan::SnapshotPlan,
    question::{Known, Question, questions},
    tokens,
};
use crate::{
    client::Client,
    error::IngestError,
    progress::{Event, Progress},
};

/// Rows of a table that wait for one write.
const GROUP_ROWS: usize = 4_096;
/// Answers of a table that wait for one write.
const GROUP_ANSWERS: usize = 256;

/// Ask for what the plan wants and the lake does not hold, and store it.
///
/// The list of tokens comes first and must come. After that nothing ends the run but a refused key, a full disk, or
/// [`SnapshotPlan::give_up_after`] questions in a row that a server does not answer; what did not come is listed in
/// the balance. A server that answers, but refuses one endpoint so many times in a row, is asked for the others.
/// [`Balance::complete`] says whether the lake now holds what the plan wanted.
///
/// # Errors
/// [`IngestError`] if the list of tokens does not come, a symbol does not name one token, or the lake refuses.
pub async fn snapshot(
    client: &Arc<Client>,
    lake: &Lake,
    plan: &SnapshotPlan,
    progress: &dyn Progress,
) -> Result<Balance, IngestError> {
    let started = client.clock().elapsed();
    // Before anything is asked: a second writer is told at once.
    let writer = lake.writer()?;

    let replies = tokens::list(client, &plan.tokens).await?;
    let simulated = replies[0].simulated.clone();
    let source = plan.source.clone().unwrap_or_else(|| match simulated {
        Some(_) => Source::simulated(),
        None => Source::vendor(),
    });
    let mut run = Run {
        client,
        writer,
        progress,
        balance: Balance::new(source.clone()),
        pending: BTreeMap::new(),
        days: HashMap::new(),
        simulated,
    };
    let mut listed = Vec::new();
    for reply in &replies {
        // Tokens that were not asked for are kept: who is who is worth knowing.
        let all = Question::about_all(tokens::tokens_endpoint());
        let sorted = ask::sort(&all, &source, reply);
        listed.extend(tokens::tokens(&sorted.answers));
        run.balance.questions.asked += 1;
        run.take(&all, sorted)?;
    }
    run.commit_all()?;
    let chosen = tokens::choose(&plan.tokens, &listed, &source)?;
    run.balance.tokens = chosen.len();
    progress.event(Event::Tokens {
        listed: listed.len(),
        chosen: chosen.len(),
    });

    let known = known(lake, &source, plan, client.clock().now())?;
    let mut queue = VecDeque::new();
    for &endpoint in &plan.endpoints {
        if endpoint.name == tokens::tokens_endpoint().name {
            continue;
        }
        let found = questions(endpoint, &chosen, plan, &known);
        run.balance.known_days += found.known_days;
        queue.extend(found.asked);
    }
    run.balance.intraday = plan.intraday_cut(client.clock().now());
    progress.event(Event::Planned {
        questions: queue.len(),
        known_days: run.balance.known_days,
    });

    run.ask_all(queue, plan).await?;
    run.commit_all()?;
    run.balance.gaps = gaps(run.days, &known);
    run.balance.requests = client.requests();
    run.balance.retries = client.retries();
    progress.event(Event::Done {
        after: client.clock().elapsed().saturating_sub(started),
    });
    Ok(run.balance)
}

/// Days asked of one endpoint about one token, and days with a row.
#[derive(Debug, Default)]
struct Seen {
    asked: Days,
    present: Days,
}

struct Run<'r> {
    client: &'r Arc<Client>,
    writer: Writer,
    progress: &'r dyn Progress,
    balance: Balance,
    pending: BTreeMap<&'static str, Vec<Answer>>,
    days: HashMap<(&'static str, TokenId), Seen>,
    simulated: Option<String>,
}

impl Run<'_> {
    /// Ask everything in the queue.
    async fn ask_all(
        &mut self,
        queue: VecDeque<Question>,
        plan: &SnapshotPlan,
    ) -> Result<(), IngestError> {
        self.balance.questions.asked += queue.len() as u64;
        let bounds = (plan.in_flight, plan.give_up_after);
        let mut asking = Asking::new(self.client, bounds, self.simulated.clone(), queue);
        while let Some(outcome) = asking.next().await {
            match outcome {
                Outcome::Answered(question, reply) => {
                    let sorted = ask::sort(&question, &self.balance.source, &reply);
                    self.take(&question, sorted)?;
                }
                Outcome::Split(question) => {
                    // Two in the place of one.
                    self.balance.questions.asked += 1;
                    self.progress.event(Event::Split {
                        endpoint: question.endpoint.name,
                    });
                }
                Outcome::Failed(question, reason) => {
                    self.progress.event(Event::Failed {
                        endpoint: question.endpoint.name,
                        reason: &reason,
                    });
                    self.missing(question, reason);
                }
                Outcome::NotAsked(question, reason) => self.missing(question, reason),
            }
        }
        if let Some(reason) = asking.stopped {
            self.progress.event(Event::Stopped { reason: &reason });
            self.balance.stopped = Some(reason);
        }
        Ok(())
    }

    fn missing(&mut self, question: Question, reason: String) {
        self.balance.questions.missing += 1;
        self.balance.missing.push(Missing {
            endpoint: question.endpoint.name,
            tokens: question.tokens,
            period: question.period,
            list: question.list,
            reason,
        });
    }

    /// Count a whole answer, and hand it on to be stored.
    fn take(&mut self, question: &Question, sorted: Sorted) -> Result<(), IngestError> {
        let (endpoint, period) = (question.endpoint, question.period);
        let table = endpoint.table.name;
        self.progress.event(Event::Answered {
            endpoint: endpoint.name,
            period,
            rows: sorted.received as usize,
        });
        self.balance.impossible_bars += sorted.impossible;
        let is_whole = sorted.incomplete.is_none();
        match sorted.incomplete {
            None => self.balance.questions.answered += 1,
            Some(reason) => {
                self.progress.event(Event::Failed {
                    endpoint: endpoint.name,
                    reason: &reason,
                });
                self.missing(question.clone(), reason);
            }
        }
        let rows = self.balance.tables.entry(table).or_default();
        rows.received += sorted.received;
        rows.duplicates += sorted.duplicates;
        for (reason, (count, example)) in sorted.rejected {
            let example = self.client.redact(&example);
            self.balance
                .reject(endpoint.name, table, &reason, count, &example);
        }
        for answer in &sorted.answers {
            if let (Some(period), Some(token)) = (period, answer.scope.token()) {
                let seen = self.days.entry((endpoint.name, token)).or_default();
                if is_whole {
                    let over = answer.observed_at.days_since_epoch() - 1;
                    seen.asked.add(
                        period.from().days_since_epoch(),
                        period.until().days_since_epoch().min(over),
                    );
                }
                for row in &answer.rows {
                    let day = row.event_time.days_since_epoch();
                    seen.present.add(day, day);
                }
            }
        }
        let pending = self.pending.entry(table).or_default();
        pending.extend(sorted.answers);
        let waiting: usize = pending.iter().map(|answer| answer.rows.len()).sum();
        if waiting >= GROUP_ROWS || pending.len() >= GROUP_ANSWERS {
            self.commit(table)?;
        }
        Ok(())
    }

    fn commit_all(&mut self) -> Result<(), IngestError> {
        let tables: Vec<&'static str> = self.pending.keys().copied().collect();
        tables.into_iter().try_for_each(|table| self.commit(table))
    }

    fn commit(&mut self, table: &'static str) -> Result<(), IngestError> {
        let Some(answers) = self.pending.remove(table) else {
            return Ok(());
        };
        let stored = self.writer.store(&answers)?;
        let rows = self.balance.tables.entry(table).or_default();
        rows.new += stored.new as u64;
        rows.revised += stored.revised as u64;
        rows.unchanged += stored.unchanged as u64;
        rows.partial += stored.partial as u64;
        rows.duplicates += (stored.repeated + stored.overruled) as u64;
        self.progress.event(Event::Stored {
            rows: stored.rows as u64,
        });
        Ok(())
    }
}

/// What the lake says was asked of this source before, and what it holds. What was answered, but is no longer there,
/// is as if it had not been asked.
fn known(
    lake: &Lake,
    source: &Source,
    plan: &SnapshotPlan,
    now: Timestamp,
) -> Result<Known, IngestError> {
    let mut known = Known::new(now, plan);
    let is_dated = |one: &&&Endpoint| one.table.period().is_some();
    for endpoint in plan.endpoints.iter().filter(is_dated) {
        for ((_, scope), times) in lake.times(endpoint.table, Some(source))? {
            if let Some(token) = scope.token() {
                known.rows(endpoint.table, token, &times);
            }
        }
    }
    if plan.full {
        return Ok(known);
    }
    let mut claims = lake.claims(Some(source))?;
    claims.retain(|(_, is_held)| *is_held);
    claims.sort_by_key(|(asked, _)| asked.observed_at);
    for (asked, _) in claims {
        let Some(table) = lake_tables::by_name(&asked.table) else {
            continue;
        };
        let days = asked
            .asked
            .and_then(|(from, until)| Period::new(from, until).ok());
        match &asked.scope {
            Scope::Token(token) => known.token(table, *token, days, asked.observed_at),
            Scope::Named(name) => known.list(table, name, days, asked.observed_at),
        }
    }
    Ok(known)
}

/// Days that a source answered without a row.
fn gaps(days: HashMap<(&'static str, TokenId), Seen>, known: &Known) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for ((endpoint, token), seen) in days {
        let mut present = seen.present;
        for (first, last) in known.days_with_rows(endpoint, token) {
            present.add(first, last);
        }
        let ends = present.ends();
        for (first, last) in seen.asked.without(&present).ranges() {
            let place = match ends {
                None => GapPlace::Everywhere,
                Some((begin, _)) if last < begin => GapPlace::Before,
                Some((_, end)) if end < first => GapPlace::After,
                Some(_) => GapPlace::Inside,
            };
            let day = |day| Timestamp::from_seconds(0).plus_days(day);
            if let Ok(days) = Period::new(day(first), day(last)) {
                gaps.push(Gap {
                    endpoint,
                    token,
                    days,
                    place,
                });
            }
        }
    }
    gaps.sort_by_key(|gap| (gap.place, gap.endpoint, gap.token, gap.days.from()));
    gaps
}
