//! Questions on their way: a queue, a few of them under way at once, and when to ask no more.
//!
//! - A server that does not answer so many questions in a row is asked nothing more.
//! - A server that answers, but refuses an endpoint so many times in a row, is asked for the other endpoints. One
//!   refusal says little: a 404 may mean a token without data, a 400 days before the plan of the key begins. A 403 to
//!   the first question says it all.
//! - A server that ignores `page` gets smaller questions, until each answer fits one page; where no question is
//!   smaller, that is a refusal.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::task::{Id, JoinError, JoinSet};

use super::{
    ask::{self, Path, Reply},
    question::Question,
};
use crate::{client::Client, error::IngestError};

/// What became of a question.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All its pages came.
    Answered(Question, Reply),
    /// It was asked, and not answered whole.
    Failed(Question, String),
    /// It was not asked, for what was learned from others.
    NotAsked(Question, String),
    /// Two smaller questions are asked in its place.
    Split(Question),
}

/// What is known of an endpoint so far.
#[derive(Debug, Default)]
struct Standing {
    path: Arc<Path>,
    /// Whether it was ever answered.
    answered: bool,
    /// Questions refused since it was last answered.
    refused: u32,
    /// Why it is asked no more.
    closed: Option<String>,
}

/// The questions of a run.
#[derive(Debug)]
pub(super) struct Asking {
    client: Arc<Client>,
    in_flight: usize,
    give_up_after: u32,
    simulated: Option<String>,
    queue: VecDeque<Question>,
    flying: JoinSet<Result<Reply, IngestError>>,
    under_way: HashMap<Id, Question>,
    standing: HashMap<&'static str, Standing>,
    failed_in_a_row: u32,
    outcomes: VecDeque<Outcome>,
    /// Why no more is asked of anything.
    pub(super) stopped: Option<String>,
}

impl Asking {
    /// Nothing is asked before the first [`Asking::next`]. `simulated` is the seed that every answer must state.
    pub(super) fn new(
        client: &Arc<Client>,
        (in_flight, give_up_after): (usize, u32),
        simulated: Option<String>,
        queue: VecDeque<Question>,
    ) -> Self {
        Self {
            client: Arc::clone(client),
            in_flight: in_flight.max(1),
            give_up_after: give_up_after.max(1),
            simulated,
            queue,
            flying: JoinSet::new(),
            under_way: HashMap::new(),
            standing: HashMap::new(),
            failed_in_a_row: 0,
            outcomes: VecDeque::new(),
            stopped: None,
        }
    }

    /// What became of one more question; `None` when there is no more.
    pub(super) async fn next(&mut self) -> Option<Outcome> {
        loop {
            self.launch();
            if let Some(outcome) = self.outcomes.pop_front() {
                return Some(outcome);
            }
            let (id, reply) = match self.flying.join_next_with_id().await? {
                Ok((id, reply)) => (id, reply),
                Err(broken) => (broken.id(), Err(broke_off(&broken))),
            };
            // Those that were called back are settled already.
            if let Some(question) = self.under_way.remove(&id) {
                self.settle(question, reply);
            }
        }
    }

    /// Send as many as may be under way.
    fn launch(&mut self) {
        while self.flying.len() < self.in_flight
            && self.stopped.is_none()
            && let Some(question) = self.queue.pop_front()
        {
            let endpoint = question.endpoint;
            let standing = self.standing.entry(endpoint.name).or_default();
            if let Some(reason) = &standing.closed {
                let reason = format!("not asked: {reason}");
                self.outcomes.push_back(Outcome::NotAsked(question, reason));
                continue;
            }
            let (client, path) = (Arc::clone(&self.client), Arc::clone(&standing.path));
            let asked = question.clone();
            let handle = self.flying.spawn(async move {
                ask::pages(&client, &asked, &path, |page| asked.query(page)).await
            });
            self.under_way.insert(handle.id(), question);
        }
    }

    fn settle(&mut self, question: Question, reply: Result<Reply, IngestError>) {
        let endpoint = question.endpoint;
        let reply = reply.and_then(|reply| {
            // Answers of two servers must not stand under one name.
            if reply.simulated == self.simulated {
                return Ok(reply);
            }
            Err(ask::another_server(
                endpoint,
                &self.simulated,
                &reply.simulated,
            ))
        });
        if let Err(IngestError::PageIgnored { .. }) = reply
            && let Some(halves) = question.split()
        {
            for half in halves.into_iter().rev() {
                self.queue.push_front(half);
            }
            self.outcomes.push_back(Outcome::Split(question));
            return;
        }
        let standing = self.standing.entry(endpoint.name).or_default();
        let outcome = match reply {
            Ok(reply) => {
                self.failed_in_a_row = 0;
                standing.answered = true;
                standing.refused = 0;
                Outcome::Answered(question, reply)
            }
            Err(error) => {
                let reason = error.to_string();
                if error.is_fatal() {
                    self.stopped = Some(format!("{reason}; {}", error.hint()));
                } else if error.is_refusal() {
                    standing.refused += 1;
                    let is_certain =
                        matches!(error, IngestError::NotInPlan { .. }) && !standing.answered;
                    if is_certain || standing.refused >= self.give_up_after {
                        standing.closed = Some(reason.clone());
                    }
                } else {
                    self.failed_in_a_row += 1;
                    if self.failed_in_a_row >= self.give_up_after {
                        let times = self.failed_in_a_row;
                        self.stopped = Some(format!(
                            "{times} questions in a row were not answered, the last for this reason: {reason}"
                        ));
                    }
                }
                Outcome::Failed(question, reason)
            }
        };
        self.outcomes.push_back(outcome);
        if let Some(reason) = &self.stopped {
            let reason = format!("not asked: the run was stopped: {reason}");
            self.flying.abort_all();
            let called_back = self.under_way.drain().map(|(_, question)| question);
            for question in called_back.chain(self.queue.drain(..)) {
                self.outcomes
                    .push_back(Outcome::NotAsked(question, reason.clone()));
            }
        }
    }
}

fn broke_off(broken: &JoinError) -> IngestError {
    IngestError::Transport {
        endpoint: "a question".to_owned(),
        reason: format!("its task ended early: {broken}"),
        tries: 1,
    }
}
