//! What other apps share with this one: by an address, or by posting it to the worker.

use serde::Serialize;

use super::members::{Members, Node};
use super::obsolete::obsolete;
use super::place::{Place, no_page};
use super::reader::{Reader, lacks};
use crate::diagnostic::Diagnostic;
use crate::document::{At, Span};
use crate::url_path::UrlPath;

/// As written.
#[derive(Debug)]
pub(super) struct ShareTarget {
    action: At<String>,
    post: bool,
    multipart: bool,
    /// The names under which a title, a text and a URL arrive.
    params: Vec<(String, Node)>,
    files: Vec<(String, Node)>,
}

/// What other apps share with this one by posting it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    pub request: ShareRequest,
    pub fields: ShareFields,
}

/// A request of another app that the worker answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareRequest {
    /// The path from the site's root that is posted to.
    pub action: UrlPath,
    /// The page that is shown then, from the site's root.
    pub page: String,
}

/// The names under which it arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub files: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn share_target(&mut self) -> Option<ShareTarget> {
        let table = self.table.table("share_target", self.report)?;
        let span = table.span.clone();
        let mut read = Reader::of(table, self.report);
        if let Some(span) = read.table.take_wrong("url_template") {
            let instead = "use `action` and `params`";
            read.report.report(obsolete(
                "url_template",
                span,
                "was a draft of `share_target`",
                instead,
            ));
        }
        let action = read.take_text("action");
        let method = read.take_choice("method", &["GET", "POST"]);
        let enctype = read.take_choice(
            "enctype",
            &["application/x-www-form-urlencoded", "multipart/form-data"],
        );
        let mut params = Vec::new();
        let mut files = Vec::new();
        if let Some(table) = read.table.table("params", read.report) {
            let mut inner = Reader::of(table, read.report);
            for key in ["title", "text", "url"] {
                inner.text(key);
            }
            params = std::mem::take(&mut inner.members);
            inner.list("files", &|read, span| {
                read.text("name");
                read.one_or_more("accept");
                read.needs("name", &span);
                read.needs("accept", &span);
                None
            });
            files = inner.finish();
        }
        read.finish();
        let Some(action) = action else {
            self.report
                .report(lacks("[manifest.share_target]", "action", span));
            return None;
        };
        if params.is_empty() && files.is_empty() {
            self.report.report(nothing_shared(span));
            return None;
        }
        // Files travel in one way only, which need not be said.
        let post = method
            .as_ref()
            .map_or(!files.is_empty(), |at| at.value == "POST");
        let multipart = enctype
            .as_ref()
            .map_or(post, |at| at.value == "multipart/form-data");
        let by_get = multipart && !post;
        let outside = !files.is_empty() && !multipart;
        if by_get || outside {
            let span = enctype
                .map(|at| at.span)
                .or(method.map(|at| at.span))
                .unwrap_or(span);
            self.report.report(files_by_get(span));
            return None;
        }
        Some(ShareTarget {
            action,
            post,
            multipart,
            params,
            files,
        })
    }
}

impl Place<'_, '_, '_> {
    /// Returns the member, and what the worker takes where a page could not: what is posted.
    pub(super) fn share_target(
        &mut self,
        target: ShareTarget,
        start: &str,
    ) -> Option<(Node, Option<Share>)> {
        let ShareTarget {
            action,
            post,
            multipart,
            params,
            files,
        } = target;
        self.in_scope("action", &action)?;
        let is_page = self.is_page(&action.value);
        if !post && !is_page {
            self.cx.report(no_page("action", &action));
            return None;
        }
        let mut members = Members::default();
        members.push("action", Node::Text(self.relative(&action.value)));
        if post {
            members.push("method", Node::Text("POST".to_owned()));
            let enctype = if multipart {
                "multipart/form-data"
            } else {
                "application/x-www-form-urlencoded"
            };
            members.push("enctype", Node::Text(enctype.to_owned()));
        }
        let mut all = Members(params);
        all.0.extend(files);
        let share = post.then(|| Share {
            request: ShareRequest {
                action: UrlPath::of_request(
                    action.value.split(['?', '#']).next().unwrap_or_default(),
                ),
                page: if is_page {
                    action.value
                } else {
                    start.to_owned()
                },
            },
            fields: ShareFields::of(&all),
        });
        members.push("params", Node::Members(all));
        Some((Node::Members(members), share))
    }
}

impl ShareFields {
    fn of(params: &Members) -> Self {
        let text = |key: &str| params.get(key).and_then(Node::text).map(str::to_owned);
        let files = match params.get("files") {
            Some(Node::List(files)) => files.as_slice(),
            _ => &[],
        };
        let name = |file: &Node| match file {
            Node::Members(members) => members.get("name").and_then(Node::text).map(str::to_owned),
            _ => None,
        };
        Self {
            title: text("title"),
            text: text("text"),
            url: text("url"),
            files: files.iter().filter_map(name).collect(),
        }
    }
}

fn nothing_shared(span: Span) -> Diagnostic {
    Diagnostic::error("manifest-share", "`share_target` takes nothing", span)
        .label("no `params`")
        .help("add, for example, `params = { title = \"title\", text = \"text\", url = \"url\" }`")
}

fn files_by_get(span: Span) -> Diagnostic {
    Diagnostic::error(
        "manifest-share-files",
        "files cannot be shared in this way",
        span,
    )
    .label("only what is posted as `multipart/form-data` holds files")
    .help("write `method = \"POST\"` and `enctype = \"multipart/form-data\"`, or neither")
}
