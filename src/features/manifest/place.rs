//! Where the manifest lies: its addresses become relative to it, and every one has to lead to something of the site.

use super::Surroundings;
use super::members::{Members, Node};
use crate::diagnostic::Diagnostic;
use crate::document::At;
use crate::features::context::Context;
use crate::host::Answer;
use crate::url_path::UrlPath;

/// Where the manifest lies, and everything it speaks of.
pub(super) struct Place<'p, 'c, 's> {
    /// From the manifest's folder to the root: `./`, `../`.
    pub(super) way: String,
    pub(super) scope: &'p str,
    pub(super) around: &'p Surroundings<'p>,
    pub(super) cx: &'c mut Context<'s>,
}

impl Place<'_, '_, '_> {
    /// Returns the way to a path from the root, so that the app works under any base.
    pub(super) fn relative(&self, path: &str) -> String {
        format!("{}{}", self.way, path.trim_start_matches('/'))
    }

    /// Returns an identity, which browsers resolve against the origin and not the manifest.
    pub(super) fn id(&mut self, written: &At<String>) -> Option<String> {
        if written.value.starts_with('/') {
            let id = written.value.trim_start_matches('/');
            return Some(format!("{}{id}", self.around.base));
        }
        self.cx.report(not_from_the_root("id", written));
        None
    }

    /// Resolves everything in a node that the site has to hold.
    pub(super) fn resolved(&mut self, key: &str, node: Node) -> Option<Node> {
        Some(match node {
            Node::Page(written) => self.page(key, &written)?,
            Node::Picture(picture) => self.picture(*picture)?,
            Node::List(items) => Node::List(
                items
                    .into_iter()
                    .filter_map(|item| self.resolved(key, item))
                    .collect(),
            ),
            Node::Members(Members(members)) => Node::Members(Members(
                members
                    .into_iter()
                    .filter_map(|(key, node)| self.resolved(&key, node).map(|node| (key, node)))
                    .collect(),
            )),
            plain => plain,
        })
    }

    /// Returns the way to a page of the site that is in the app's scope.
    pub(super) fn page(&mut self, key: &str, written: &At<String>) -> Option<Node> {
        self.in_scope(key, written)?;
        if !self.is_page(&written.value) {
            self.cx.report(no_page(key, written));
            return None;
        }
        Some(Node::Text(self.relative(&written.value)))
    }

    pub(super) fn in_scope(&mut self, key: &str, written: &At<String>) -> Option<()> {
        if !written.value.starts_with('/') || written.value.starts_with("//") {
            self.cx.report(not_from_the_root(key, written));
            return None;
        }
        if !written.value.starts_with(self.scope) {
            self.cx.report(out_of_scope(key, written, self.scope));
            return None;
        }
        Some(())
    }

    pub(super) fn is_page(&self, url: &str) -> bool {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let exists = |path: &str| self.cx.site.find(&UrlPath::of_request(path)).is_some();
        let answer = self.around.host.answer(path, &exists);
        // What a handler puts into the path is known to nobody before.
        let open = path.contains("%s") || self.around.shell;
        open || !matches!(answer, Answer::NotFound(_)) || self.cx.site.assets.is_empty()
    }
}

pub(super) fn not_from_the_root(key: &str, written: &At<String>) -> Diagnostic {
    let (label, help) = if written.value.contains("://") || written.value.starts_with("//") {
        (
            "this is another site's, or may be",
            "give only the path: the site may be served from anywhere".to_owned(),
        )
    } else {
        (
            "no leading `/`",
            format!("write `\"/{}\"`", written.value.trim_start_matches("./")),
        )
    };
    Diagnostic::error(
        "manifest-url",
        format!("`{key}` does not start at the site's root"),
        written.span.clone(),
    )
    .label(label)
    .help(help)
}

fn out_of_scope(key: &str, written: &At<String>, scope: &str) -> Diagnostic {
    Diagnostic::error(
        "manifest-out-of-scope",
        format!("`{key}` is not in the app's scope"),
        written.span.clone(),
    )
    .label(format!("does not start with `{scope}`"))
    .help(format!(
        "give a path that starts with `{scope}`, or let `scope` take in more"
    ))
}

pub(super) fn no_page(key: &str, written: &At<String>) -> Diagnostic {
    Diagnostic::error(
        "manifest-page",
        format!("the site has no page `{}`", written.value),
        written.span.clone(),
    )
    .label(format!("`{key}` would open nothing"))
    .help("build the site before mdpwa, or correct the path")
}
