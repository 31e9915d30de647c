//! What is put into pages: nothing else of them changes, byte by byte and as an independent parser reads them.

use std::borrow::Cow;

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use mdpwa::page::{Injection, Kind, Left, MARK, Page, Part, Reason};
use mdpwa::site::is_page;
use mdpwa::url_path::UrlPath;
use proptest::prelude::*;

const SCRIPT: &str = "<script type=\"module\" src=\"/register.js\" data-mdpwa></script>";

fn injection(url: &str) -> Injection {
    Injection {
        parts: vec![Part::Registration {
            url: url.to_owned(),
        }],
        base: "/".to_owned(),
    }
}

/// All that can be put into a page.
fn everything(base: &str) -> Injection {
    let link = |rel, file: &str| Part::Link {
        rel,
        url: format!("{base}{file}"),
        media_type: None,
        sizes: None,
        media: None,
    };
    let theme_color = |content: &str, media| Part::Meta {
        name: "theme-color",
        content: content.to_owned(),
        media: Some(media),
    };
    Injection {
        parts: vec![
            link("manifest", "manifest.webmanifest"),
            theme_color("#ffffff", "(prefers-color-scheme: light)"),
            theme_color("#000000", "(prefers-color-scheme: dark)"),
            link("icon", "favicon.ico"),
            Part::Link {
                rel: "icon",
                url: format!("{base}icons/a&b.svg"),
                media_type: Some("image/svg+xml"),
                sizes: Some("any".to_owned()),
                media: None,
            },
            link("apple-touch-icon", "icons/touch.png"),
            link("apple-touch-startup-image", "icons/start.png"),
            Part::Registration {
                url: format!("{base}register.js"),
            },
        ],
        base: "/".to_owned(),
    }
}

fn page<'a>(injection: &Injection, text: &'a str) -> Page<'a> {
    injection.page(&UrlPath::of_file("sub/page.html"), text.as_bytes())
}

/// The page with the registration, in which `{}` stands where it is wanted.
fn put(pattern: &str) {
    let (before, after) = (pattern.replace("{}", ""), pattern.replace("{}", SCRIPT));
    assert_eq!(text(&page(&injection("/register.js"), &before)), after);
    holds(&before);
}

fn left_alone(before: &str, reason: Reason) {
    let page = page(&injection("/register.js"), before);
    assert!(matches!(page.bytes, Cow::Borrowed(_)), "{before}");
    assert_eq!(page.left, [Left { part: None, reason }], "{before}");
}

fn without_registration(before: &str, reason: Reason) {
    let page = page(&injection("/register.js"), before);
    assert!(matches!(page.bytes, Cow::Borrowed(_)), "{before}");
    let part = Some(Kind::Registration);
    assert_eq!(page.left, [Left { part, reason }], "{before}");
}

fn text(page: &Page) -> String {
    String::from_utf8(page.bytes.to_vec()).expect("UTF-8")
}

#[test]
fn it_stands_at_the_end_of_the_head() {
    put("<!doctype html><html><head><title>a</title>{}</head><body>b</body></html>");
    put("<!doctype html><head><title>a</title>{}<body>b");
    put("<!doctype html><title>a</title>{}<p>b");
    put("<!doctype html><title>a</title>{}text");
    put("<!doctype html>{}<p>b");
    put("<!doctype html><title>a</title><style>p{}</style>{}<p>"
        .replacen("{}", "", 1)
        .as_str());
    put("<html><head><!-- a -->{}</head></html>");
    put("<HTML><HEAD>{}</HEAD></HTML>");
    put("<!doctype html><title>a</title>{}</html>");
    put("<!doctype html><title>a</title>{}</br>");
    put("<html><head><template><p>not yet</p></template>{}</head>");
    put("<html><head><noscript><img></noscript>{}</head>");
    put("<html><head><script>\"</head>\"</script>{}</head>");
    put("\u{feff}<!doctype html><html><head>{}</head>");
}

#[test]
fn it_has_a_line_of_its_own_where_the_head_ends_on_one() {
    let page = |text| text_of(text);
    assert_eq!(
        page("<head>\n  <title>a</title>\n  </head>"),
        format!("<head>\n  <title>a</title>\n{SCRIPT}\n  </head>")
    );
    assert_eq!(
        page("<head>\r\n<title>a</title>\r\n</head>\r\n"),
        format!("<head>\r\n<title>a</title>\r\n{SCRIPT}\r\n</head>\r\n")
    );
    assert_eq!(
        page("<!doctype html>\n<title>a</title>\n"),
        format!("<!doctype html>\n<title>a</title>\n{SCRIPT}\n")
    );
}

fn text_of(before: &str) -> String {
    holds(before);
    text(&page(&injection("/register.js"), before))
}

#[test]
fn what_is_no_page_is_left_alone() {
    left_alone("<p>a piece of a page</p>", Reason::Fragment);
    left_alone("", Reason::Fragment);
    left_alone("<!doctype html><title>never ends", Reason::Unclosed);
    left_alone("<!doctype html><!-- never ends <p>", Reason::Unclosed);
    left_alone(
        "<html><head><template></head></template></head>",
        Reason::Unclosed,
    );
    left_alone(
        "<!doctype html><template><frameset></template>",
        Reason::Ambiguous,
    );
    put("<!doctype html>{}<frameset>");
    left_alone(
        "<!doctype html><html><head><meta http-equiv=\"refresh\" content=\"0; url=../b.html\"></head></html>",
        Reason::Redirect,
    );
    left_alone(
        "<!doctype html><META HTTP-EQUIV=Refresh CONTENT=\"0;URL=b.html\">",
        Reason::Redirect,
    );
    left_alone(
        "<!doctype html><base href=\"https://elsewhere.example/\"><p>",
        Reason::OtherHost,
    );
    let latin = b"<!doctype html><title>caf\xe9</title>";
    let page = injection("/register.js").page(&UrlPath::of_file("a.html"), latin);
    assert!(matches!(page.bytes, Cow::Borrowed(_)));
    assert_eq!(page.left[0].reason, Reason::NotUtf8);
    assert!(is_page("a/b.HTML") && is_page("b.htm") && !is_page("html") && !is_page("a.js"));
}

#[test]
fn a_page_that_reloads_or_moves_on_later_is_a_page() {
    put("<!doctype html><meta http-equiv=refresh content=30>{}<p>");
    put("<!doctype html><meta http-equiv=refresh content=\"30; url=next.html\">{}<p>");
    put(
        "<!doctype html><noscript><meta http-equiv=refresh content=\"0; url=plain.html\"></noscript>{}<p>",
    );
}

#[test]
fn what_is_there_by_hand_is_not_put_there_twice() {
    for source in [
        "/register.js",
        "../register.js",
        "../sub/./../register.js?v=1",
        "https://notes.example/register.js",
        "&#x2F;register.js",
    ] {
        for script in [
            format!("<!doctype html><script type=module src=\"{source}\"></script><p>"),
            format!("<!doctype html><p><script type=module src=\"{source}\"></script>"),
        ] {
            without_registration(&script, Reason::ByHand);
        }
    }
    put("<!doctype html><script src=\"register.js\"></script>{}<p>");
    put("<!doctype html><script src=\"/other/register.js\"></script>{}<p>");
    put("<!doctype html>{}<p>register.js is mentioned");
    let based = "<!doctype html><base href=\"/\"><script src=\"register.js\"></script><p>";
    without_registration(based, Reason::ByHand);
}

#[test]
fn a_nonce_is_taken_over() {
    let with = |nonce: &str| SCRIPT.replace(" data-", &format!(" nonce=\"{nonce}\" data-"));
    for (before, nonce) in [
        ("<!doctype html><script nonce=abc>1</script>{}<p>", "abc"),
        (
            "<!doctype html>{}<p><script nonce='{{ nonce }}'>1</script>",
            "{{ nonce }}",
        ),
        (
            "<!doctype html><meta http-equiv=content-security-policy content=\"script-src 'nonce-xyz' 'strict-dynamic'; worker-src 'self'\">{}<p>",
            "xyz",
        ),
        (
            "<!doctype html><script nonce='a\"b'>1</script>{}<p>",
            "a&quot;b",
        ),
    ] {
        let after = before.replacen("{}", &with(nonce), 1);
        assert_eq!(text_of(&before.replacen("{}", "", 1)), after);
    }
    put("<!doctype html><script nonce=\"\">1</script>{}<p>");
}

#[test]
fn a_policy_that_would_refuse_it_is_respected() {
    let page = |policy: &str, rest: &str| {
        format!(
            "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{rest}<p>"
        )
    };
    for refuses in [
        "default-src 'none'",
        "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "script-src 'self' 'strict-dynamic'",
        "default-src 'self'; worker-src 'none'",
        "default-src 'self'; script-src blob:",
        "default-src 'self'; require-trusted-types-for 'script'; trusted-types other",
        "default-src &#39;none&#39;",
    ] {
        without_registration(&page(refuses, ""), Reason::Policy);
    }
    for lets in [
        "default-src 'self'",
        "default-src &#39;self&#39;",
        "script-src https: 'unsafe-inline'",
        "script-src notes.example",
        "img-src 'none'",
        "default-src 'self'; require-trusted-types-for 'script'; trusted-types mdpwa",
        "default-src 'self'; require-trusted-types-for 'script'",
    ] {
        put(&page(lets, "{}"));
    }
}

#[test]
fn nothing_is_looked_for_where_nothing_is_wanted() {
    let text = "<!doctype html><title>unclosed";
    let page = page(Injection::NOTHING, text);
    assert!(matches!(page.bytes, Cow::Borrowed(_)));
    assert_eq!(page.left, []);
}

#[test]
fn what_somebody_wrote_into_ours_stays() {
    let before = format!(
        "<!doctype html>{}<p>",
        SCRIPT.replace("></script>", ">// mine</script>")
    );
    let page = page(Injection::NOTHING, &before);
    assert!(matches!(page.bytes, Cow::Borrowed(_)));
}

#[test]
fn ours_goes_from_wherever_it_was_moved_to() {
    let before = format!("<!doctype html><title>a</title><p>b{SCRIPT}c");
    let bare = "<!doctype html><title>a</title><p>bc";
    assert_eq!(text(&page(Injection::NOTHING, &before)), bare);
    assert_eq!(
        text(&page(&injection("/register.js"), &before)),
        format!("<!doctype html><title>a</title>{SCRIPT}<p>bc")
    );
}

#[test]
fn a_browser_is_told_of_the_manifest_and_the_icons() {
    let before = "<!doctype html>\n<title>a</title>\n<p>b";
    holds(before);
    let after = "<!doctype html>
<title>a</title>
<link rel=\"manifest\" href=\"/manifest.webmanifest\" data-mdpwa>
<meta name=\"theme-color\" content=\"#ffffff\" media=\"(prefers-color-scheme: light)\" data-mdpwa>
<meta name=\"theme-color\" content=\"#000000\" media=\"(prefers-color-scheme: dark)\" data-mdpwa>
<link rel=\"icon\" href=\"/favicon.ico\" data-mdpwa>
<link rel=\"icon\" href=\"/icons/a&amp;b.svg\" type=\"image/svg+xml\" sizes=\"any\" data-mdpwa>
<link rel=\"apple-touch-icon\" href=\"/icons/touch.png\" data-mdpwa>
<link rel=\"apple-touch-startup-image\" href=\"/icons/start.png\" data-mdpwa>
<script type=\"module\" src=\"/register.js\" data-mdpwa></script>
<p>b";
    assert_eq!(text(&page(&everything("/"), before)), after);
}

#[test]
fn what_a_page_says_of_itself_is_not_said_for_it() {
    for (kind, own) in [
        (Kind::Manifest, "<link rel=manifest href=other.json>"),
        (Kind::ThemeColor, "<meta name=Theme-Color content=red>"),
        (Kind::Icon, "<link rel='shortcut icon' href=own.ico>"),
        (Kind::Icon, "<LINK REL=ICON HREF=own.ico>"),
        (
            Kind::TouchIcon,
            "<link rel=apple-touch-icon-precomposed href=own.png>",
        ),
        (
            Kind::StartScreen,
            "<link rel=apple-touch-startup-image href=own.png>",
        ),
    ] {
        for before in [
            format!("<!doctype html>{own}<p>"),
            // Browsers take the first that they come across.
            format!("<!doctype html><p>{}", own.to_lowercase()),
        ] {
            holds(&before);
            let page = page(&everything("/"), &before);
            let part = Some(kind);
            let reason = Reason::ByHand;
            assert_eq!(page.left, [Left { part, reason }], "{before}");
        }
    }
    let mentioned = "<!doctype html><link rel=mask-icon href=own.svg><p class=manifest>theme-color";
    assert_eq!(page(&everything("/"), mentioned).left, []);
}

#[test]
fn a_policy_that_would_keep_pictures_or_the_manifest_out_is_respected() {
    let left = |policy: &str| {
        let before = format!(
            "<!doctype html><meta http-equiv=content-security-policy content=\"{policy}\"><p>"
        );
        holds(&before);
        let page = page(&everything("/"), &before);
        let policy = |left: &Left| left.reason == Reason::Policy;
        assert!(page.left.iter().all(policy), "{:?}", page.left);
        page.left.iter().map(|left| left.part).collect::<Vec<_>>()
    };
    assert_eq!(left("default-src 'self'"), []);
    assert_eq!(left("manifest-src 'none'"), [Some(Kind::Manifest)]);
    let pictures = [Kind::Icon, Kind::TouchIcon, Kind::StartScreen].map(Some);
    assert_eq!(left("img-src data: 'unsafe-inline'"), pictures);
}

/// What holds for every page, whatever it is and whatever is put there.
fn holds(before: &str) {
    holds_with(
        &injection("/register.js"),
        &injection("/moved/register.js"),
        before,
    );
    holds_with(&everything("/"), &everything("/moved/"), before);
}

fn holds_with(ours: &Injection, other: &Injection, before: &str) {
    let after = text(&page(ours, before));
    assert_eq!(
        text(&page(Injection::NOTHING, &after)),
        before,
        "what was put there can be taken out again"
    );
    let again = page(ours, &after);
    assert!(
        matches!(again.bytes, Cow::Borrowed(_)),
        "a second run changes nothing: {after:?} and {:?}",
        text(&again)
    );
    assert_eq!(
        text(&page(other, &after)),
        text(&page(other, before)),
        "what is stale is replaced"
    );
    assert_eq!(after != before, again.was_marked);
    if after != before {
        let (mut seen, mut marked) = (String::new(), Vec::new());
        shape(&parsed(&after).document, "", &mut seen, &mut marked);
        assert!(marked.iter().all(|parent| parent == "head"), "{after:?}");
        let left: Vec<Option<Kind>> = again.left.iter().map(|left| left.part).collect();
        let put = (ours.parts.iter()).filter(|part| !left.contains(&Some(part.kind())));
        assert_eq!(marked.len(), put.count(), "{after:?}");
        let mut alone = String::new();
        shape(&parsed(before).document, "", &mut alone, &mut Vec::new());
        assert_eq!(seen, alone, "{after:?}");
    }
}

fn parsed(text: &str) -> RcDom {
    let mut options = ParseOpts::default();
    // It would discard one after every script.
    options.tokenizer.discard_bom = false;
    parse_document(RcDom::default(), options).one(text.trim_start_matches('\u{feff}'))
}

/// Writes a document down without what is ours, whose parents are noted, and without the space between the elements
/// of a head.
fn shape(node: &Handle, parent: &str, out: &mut String, marked: &mut Vec<String>) {
    let mut name = String::new();
    match &node.data {
        NodeData::Element {
            name: tag, attrs, ..
        } => {
            name = tag.local.to_string();
            let attributes: Vec<String> = attrs
                .borrow()
                .iter()
                .map(|one| format!("{}={:?}", one.name.local, &*one.value))
                .collect();
            if attributes.iter().any(|one| one.starts_with(MARK)) {
                return marked.push(parent.to_owned());
            }
            out.push_str(&format!("<{name} {}>", attributes.join(" ")));
        }
        NodeData::Text { contents } => {
            let contents = contents.borrow();
            let space = contents
                .trim_matches(['\t', '\n', '\x0c', '\r', ' '])
                .is_empty();
            if space && ["head", "html"].contains(&parent) {
                return;
            }
            out.push_str(&format!("{:?}", &**contents));
        }
        NodeData::Comment { contents } => out.push_str(&format!("<!--{}-->", &**contents)),
        NodeData::Doctype { name, .. } => out.push_str(&format!("<!{name}>")),
        NodeData::Document | NodeData::ProcessingInstruction { .. } => {}
    }
    for child in node.children.borrow().iter() {
        shape(child, &name, out, marked);
    }
    if let NodeData::Element {
        template_contents, ..
    } = &node.data
        && let Some(contents) = &*template_contents.borrow()
    {
        shape(contents, "template", out, marked);
    }
    out.push('/');
}

/// Pieces that pages are made of, and that break them.
const PIECES: [&str; 60] = [
    "<!doctype html>",
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">",
    "<html lang=en>",
    "<head>",
    "<head lang=\"x\">",
    "</head>",
    "<body>",
    "<body class='a'>",
    "</body>",
    "</html>",
    "<title>a</title>",
    "<title>",
    "</title>",
    "<meta charset=utf-8>",
    "<meta name=\"theme-color\" content=\"#fff\">",
    "<link rel=stylesheet href=a.css>",
    "<link/>",
    "<link rel=manifest href=own.json>",
    "<link rel=\"shortcut icon\" href=own.ico>",
    "<base href=\"/b/\">",
    "<style>p { content: \"</head>\" }</style>",
    "<script>if (a < b) \"<head>\"</script>",
    "<script src=a.js></script>",
    "<script><!-- <script> --></script>",
    "<script>",
    "</script>",
    "<script nonce=n>",
    "<noscript><p></noscript>",
    "<noscript>",
    "<template><p>t</template>",
    "<template>",
    "</template>",
    "<noframes></head></noframes>",
    "<svg><title>s</title><script>1</script></svg>",
    "<svg>",
    "<math><mi>",
    "<frameset>",
    "<select>",
    "<textarea>",
    "</textarea>",
    "<table><tr>",
    "<!-- c -->",
    "<!-->",
    "<!-- unclosed",
    "-->",
    "<? php ?>",
    "<![CDATA[x]]>",
    "</p>",
    "</br>",
    "</div>",
    "<p>",
    "<",
    "&amp;",
    "&#32;",
    "text",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{feff}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_page_keeps_what_it_is(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14)) {
        holds(&pieces.concat());
    }

    #[test]
    fn every_document_keeps_what_it_is(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..10)) {
        holds(&format!("<!doctype html>\n<html>\n<head>\n{}", pieces.concat()));
    }
}
