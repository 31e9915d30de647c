//! The crash matrix: what becomes of queued work when everything stops at the worst moment, tag by tag.
//!
//! One piece of work goes through the protocol of the outbox step by step; at one step there is trouble; then it goes
//! through once more, as the next wake-up would have it. What the server did is counted.

use serde::Serialize;

use crate::endpoint::Method;
use crate::features::sync::{Mode, OnSuccess, Tag};
use crate::plan::Plan;

/// What becomes of the work of one tag.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fate {
    pub tag: String,
    pub method: Method,
    pub url: String,
    /// The header by which the server knows a repetition; nothing: it does not.
    pub key: Option<String>,
    /// Milliseconds after which work is given up, so the time for which the server has to remember keys.
    pub max_age: u64,
    pub cases: Vec<Case>,
}

/// One kind of trouble and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    pub trouble: Trouble,
    pub end: End,
}

/// When everything stops: the worker or the page is killed, or the network fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    BeforeItIsStored,
    WhileItWaits,
    BeforeItIsSent,
    RequestLost,
    BeforeTheAnswer,
    AnswerLost,
    BeforeTheAnswerIsNoted,
    BeforeTheRecordIsMarked,
    BeforeTheNotification,
    /// A copy that was held up on its way.
    CopyArrivesLate,
    /// Browsers repeat a request by themselves when a connection ends early.
    BrowserRepeats,
}

const TROUBLES: [Trouble; 11] = [
    Trouble::BeforeItIsStored,
    Trouble::WhileItWaits,
    Trouble::BeforeItIsSent,
    Trouble::RequestLost,
    Trouble::BeforeTheAnswer,
    Trouble::AnswerLost,
    Trouble::BeforeTheAnswerIsNoted,
    Trouble::BeforeTheRecordIsMarked,
    Trouble::BeforeTheNotification,
    Trouble::CopyArrivesLate,
    Trouble::BrowserRepeats,
];

/// How it ends, from the server's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It was never queued, and the page knows.
    NotQueued,
    Once,
    /// It comes again and changes nothing: the server knows its key, or it says the same as before.
    Repeated,
    /// It comes again after something newer, and the server has no means to tell.
    Older,
    /// The server may act on it twice.
    Twice,
    /// It never arrives; no tag may end like this.
    Lost,
}

/// Returns what becomes of the work of every tag.
pub fn matrix(plan: &Plan) -> Vec<Fate> {
    plan.sync.iter().map(fate).collect()
}

impl Fate {
    /// Returns the worst that can happen.
    pub fn worst(&self) -> End {
        let ends = self.cases.iter().map(|case| case.end);
        ends.max().unwrap_or(End::Once)
    }
}

fn fate(tag: &Tag) -> Fate {
    let marks = tag.source.is_some() && tag.on_success != OnSuccess::Keep;
    let notified = tag.notification.is_some();
    let cases = TROUBLES
        .into_iter()
        .filter(|trouble| match trouble {
            Trouble::BeforeTheRecordIsMarked => marks,
            Trouble::BeforeTheNotification => notified,
            _ => true,
        })
        .map(|trouble| Case {
            trouble,
            end: end(tag, trouble),
        })
        .collect();
    Fate {
        tag: tag.tag.clone(),
        method: tag.endpoint.method,
        url: tag.endpoint.url.clone(),
        key: tag
            .endpoint
            .idempotency
            .as_ref()
            .map(|key| key.header.clone()),
        max_age: tag.endpoint.retry.max_age,
        cases,
    }
}

fn end(tag: &Tag, trouble: Trouble) -> End {
    let mut world = World::default();
    world.enqueue(trouble);
    world.drain(Some(trouble));
    // The next wake-up: nothing stands in the way any more.
    world.drain(None);
    if trouble == Trouble::CopyArrivesLate {
        world.arrivals += 1;
    }
    // A whole that takes the place of a whole, and what a method means to be repeatable.
    let repeatable = tag.mode == Mode::Snapshot
        || tag.endpoint.method != Method::Post && tag.endpoint.method != Method::Patch;
    match (world.stored, world.arrivals) {
        (false, 0) => End::NotQueued,
        (_, 0) => End::Lost,
        (_, 1) => End::Once,
        _ if tag.endpoint.idempotency.is_some() => End::Repeated,
        _ if repeatable && trouble == Trouble::CopyArrivesLate => End::Older,
        _ if repeatable => End::Repeated,
        _ => End::Twice,
    }
}

/// One piece of work, on the device and at the server.
#[derive(Default)]
struct World {
    stored: bool,
    waiting: bool,
    acknowledged: bool,
    arrivals: u32,
}

impl World {
    fn enqueue(&mut self, trouble: Trouble) {
        if trouble != Trouble::BeforeItIsStored {
            (self.stored, self.waiting) = (true, true);
        }
    }

    /// The steps of `templates/sync/drain.js`, each written down before the next begins.
    fn drain(&mut self, trouble: Option<Trouble>) {
        let stops = |at: Trouble| trouble == Some(at);
        if self.acknowledged {
            return self.finish();
        }
        if !self.waiting || stops(Trouble::WhileItWaits) {
            return;
        }
        if stops(Trouble::BeforeItIsSent) || stops(Trouble::RequestLost) {
            return;
        }
        // The copy on its way is counted when it arrives; this attempt counts as failed meanwhile.
        if stops(Trouble::CopyArrivesLate) {
            return;
        }
        self.arrivals += 1;
        if stops(Trouble::BrowserRepeats) {
            self.arrivals += 1;
        }
        if stops(Trouble::BeforeTheAnswer)
            || stops(Trouble::AnswerLost)
            || stops(Trouble::BeforeTheAnswerIsNoted)
        {
            return;
        }
        self.acknowledged = true;
        if stops(Trouble::BeforeTheRecordIsMarked) {
            return;
        }
        self.finish();
    }

    fn finish(&mut self) {
        (self.waiting, self.acknowledged) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::diagnostic::Diagnostics;
    use crate::site::Site;

    fn fate_of(toml: &str) -> Fate {
        let mut report = Diagnostics::default();
        let config = Config::parse(&format!("[[sync]]\ntag = \"notes\"\n{toml}"), &mut report);
        let plan = Plan::decide(config, None, None, &Site::default(), &mut report);
        matrix(&plan).remove(0)
    }

    #[test]
    fn nothing_is_ever_lost() {
        for toml in [
            "endpoint = \"POST /notes\"",
            "endpoint = \"POST /notes\"\nidempotency = { format = \"off\" }",
            "endpoint = \"PUT /notes\"\nsource = { database = \"a\", store = \"b\" }\non_success = \"delete\"\nnotification = { title = \"sent\" }",
        ] {
            assert!(fate_of(toml).worst() < End::Lost, "{toml}");
        }
    }

    #[test]
    fn a_server_that_honours_keys_acts_once() {
        assert_eq!(fate_of("endpoint = \"POST /notes\"").worst(), End::Repeated);
    }

    #[test]
    fn a_server_that_knows_no_keys_may_act_twice_when_an_answer_is_lost() {
        let fate = fate_of("endpoint = \"POST /notes\"\nidempotency = { format = \"off\" }");
        let twice: Vec<Trouble> = (fate.cases.iter())
            .filter(|case| case.end == End::Twice)
            .map(|case| case.trouble)
            .collect();
        assert_eq!(
            twice,
            [
                Trouble::BeforeTheAnswer,
                Trouble::AnswerLost,
                Trouble::BeforeTheAnswerIsNoted,
                Trouble::CopyArrivesLate,
                Trouble::BrowserRepeats
            ]
        );
    }

    #[test]
    fn an_old_snapshot_may_come_after_a_newer_one_unless_it_has_a_key() {
        let toml = "endpoint = \"POST /notes\"\nsource = { database = \"a\", store = \"b\" }\nmode = \"snapshot\"\nidempotency = { format = \"off\" }";
        let fate = fate_of(toml);
        assert_eq!(fate.worst(), End::Older);
        let older = fate.cases.iter().filter(|case| case.end == End::Older);
        assert_eq!(older.count(), 1);
    }
}
