//! What mdpwa knows of site generators and hosts, as data: how to recognise one, where it writes, what its sites need.

use crate::host::Host;

/// A site generator.
#[derive(Debug, PartialEq, Eq)]
pub struct Generator {
    /// As `--generator` takes it.
    pub name: &'static str,
    pub title: &'static str,
    /// What builds the site; ` {folder}` is where it runs, when that is not the project.
    pub command: &'static str,
    /// Files that show it, each with the folder that is then written to.
    pub places: &'static [Place],
    /// Where its configuration says more; paths of keys, or nothing.
    pub keys: Keys,
    /// What of a site no visitor needs offline.
    pub exclude: &'static [Exclude],
    /// What every rebuild changes in pages: a regular expression, and what it is.
    pub changing: Option<(&'static str, &'static str)>,
    /// One page draws every route.
    pub shell: bool,
    /// A file may be larger than is usual.
    pub max_file: Option<&'static str>,
    /// The queries that its pages ask with.
    pub queries: &'static str,
    /// What its configuration may run after every build.
    pub hook: Option<&'static str>,
}

/// A file that shows a generator.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the project.
    pub file: &'static str,
    /// A line of it starts so, or it says this anywhere; anything does where this is empty.
    pub sign: &'static str,
    /// Where the generator writes; `{package}` is the name in Cargo.toml.
    pub root: &'static str,
    /// The folder that its command runs in; the project where this is empty.
    pub folder: &'static str,
}

/// Where a configuration says what.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub name: &'static str,
    pub root: &'static str,
    /// A path, or an address whose path counts.
    pub base: &'static str,
    /// The table of its outputs and the one that is a site: with others beside it, each has a folder of its own name.
    pub outputs: Option<(&'static str, &'static str)>,
}

/// Files that are left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Exclude {
    pub pattern: &'static str,
    pub why: &'static str,
    /// Every such site has them; others are left out only where they are seen.
    pub usual: bool,
    /// The key that says that there are none, when it is false.
    pub switch: &'static str,
}

const fn at(file: &'static str, root: &'static str) -> Place {
    Place {
        file,
        sign: "",
        root,
        folder: "",
    }
}

const fn signed(file: &'static str, sign: &'static str, root: &'static str) -> Place {
    Place {
        file,
        sign,
        root,
        folder: "",
    }
}

const fn without(pattern: &'static str, why: &'static str) -> Exclude {
    Exclude {
        pattern,
        why,
        usual: false,
        switch: "",
    }
}

const ANY: Generator = Generator {
    name: "html",
    title: "plain HTML",
    command: "",
    places: &[
        at("public/index.html", "public"),
        at("site/index.html", "site"),
        at("www/index.html", "www"),
        at("dist/index.html", "dist"),
        at("index.html", "."),
        at("docs/index.html", "docs"),
    ],
    keys: Keys {
        name: "title",
        root: "",
        base: "",
        outputs: None,
    },
    exclude: &[],
    changing: None,
    shell: false,
    max_file: None,
    queries: "",
    hook: None,
};

/// Every generator that is recognised; the first whose file is there wins, so those that rest on another come before it.
pub const GENERATORS: &[Generator] = &[
    Generator {
        name: "mdbook",
        title: "mdBook",
        command: "mdbook build",
        places: &[at("book.toml", "book")],
        keys: Keys {
            name: "book.title",
            root: "build.build-dir",
            base: "output.html.site-url",
            outputs: Some(("output", "html")),
        },
        exclude: &[Exclude {
            pattern: "print.html",
            why: "holds every page once more",
            usual: true,
            switch: "output.html.print.enable",
        }],
        queries: "?highlight=",
        ..ANY
    },
    Generator {
        name: "zola",
        title: "Zola",
        command: "zola build",
        places: &[
            at("zola.toml", "public"),
            signed("config.toml", "base_url", "public"),
        ],
        keys: Keys {
            name: "title",
            root: "output_dir",
            base: "base_url",
            outputs: None,
        },
        exclude: &[
            without("**/atom.xml", "feeds are read by other programs"),
            without("**/rss.xml", "feeds are read by other programs"),
        ],
        queries: "?h=",
        ..ANY
    },
    Generator {
        name: "hugo",
        title: "Hugo",
        command: "hugo",
        places: &[
            at("hugo.toml", "public"),
            at("hugo.yaml", "public"),
            at("hugo.yml", "public"),
            at("hugo.json", "public"),
            at("config/_default/hugo.toml", "public"),
            at("config/_default/hugo.yaml", "public"),
            signed("config.toml", "baseurl", "public"),
            signed("config.yaml", "baseurl", "public"),
            signed("config.yml", "baseurl", "public"),
        ],
        keys: Keys {
            name: "title",
            root: "publishDir",
            base: "baseURL",
            outputs: None,
        },
        exclude: &[without("**/index.xml", "feeds are read by other programs")],
        queries: "?v=",
        ..ANY
    },
    Generator {
        name: "docusaurus",
        title: "Docusaurus",
        command: "npx docusaurus build",
        places: &[
            at("docusaurus.config.ts", "build"),
            at("docusaurus.config.js", "build"),
            at("docusaurus.config.mjs", "build"),
            at("docusaurus.config.cjs", "build"),
        ],
        keys: Keys {
            name: "title",
            root: "",
            base: "baseUrl",
            outputs: None,
        },
        exclude: &[
            without("blog/atom.xml", "feeds are read by other programs"),
            without("blog/rss.xml", "feeds are read by other programs"),
        ],
        queries: "?_highlight=",
        ..ANY
    },
    Generator {
        name: "astro",
        title: "Astro",
        command: "npx astro build",
        places: &[
            at("astro.config.mjs", "dist"),
            at("astro.config.js", "dist"),
            at("astro.config.ts", "dist"),
            at("astro.config.mts", "dist"),
        ],
        keys: Keys {
            name: "title",
            root: "outDir",
            base: "base",
            outputs: None,
        },
        exclude: &[without("rss.xml", "feeds are read by other programs")],
        queries: "?ts=",
        ..ANY
    },
    Generator {
        name: "eleventy",
        title: "Eleventy",
        command: "npx @11ty/eleventy",
        places: &[
            at("eleventy.config.js", "_site"),
            at("eleventy.config.mjs", "_site"),
            at("eleventy.config.cjs", "_site"),
            at("eleventy.config.ts", "_site"),
            at(".eleventy.js", "_site"),
        ],
        keys: Keys {
            name: "title",
            root: "dir.output",
            base: "pathPrefix",
            outputs: None,
        },
        exclude: &[without("feed.xml", "feeds are read by other programs")],
        queries: "?ts=",
        ..ANY
    },
    Generator {
        name: "mkdocs",
        title: "MkDocs",
        command: "mkdocs build",
        places: &[at("mkdocs.yml", "site"), at("mkdocs.yaml", "site")],
        keys: Keys {
            name: "site_name",
            root: "site_dir",
            base: "site_url",
            outputs: None,
        },
        changing: Some((
            "Build Date UTC : [^>]*",
            "the home page holds the time of the build",
        )),
        queries: "?h= and ?q=",
        ..ANY
    },
    Generator {
        name: "jekyll",
        title: "Jekyll",
        command: "bundle exec jekyll build",
        places: &[at("_config.yml", "_site"), at("_config.yaml", "_site")],
        keys: Keys {
            name: "title",
            root: "destination",
            base: "baseurl",
            outputs: None,
        },
        exclude: &[without("feed.xml", "feeds are read by other programs")],
        queries: "?v=",
        ..ANY
    },
    Generator {
        name: "sphinx",
        title: "Sphinx",
        command: "make{folder} html",
        places: &[
            signed("conf.py", "project", "_build/html"),
            signed("source/conf.py", "project", "build/html"),
            Place {
                folder: "docs",
                ..signed("docs/conf.py", "project", "docs/_build/html")
            },
            Place {
                folder: "docs",
                ..signed("docs/source/conf.py", "project", "docs/build/html")
            },
            Place {
                folder: "doc",
                ..signed("doc/conf.py", "project", "doc/_build/html")
            },
            Place {
                folder: "doc",
                ..signed("doc/source/conf.py", "project", "doc/build/html")
            },
        ],
        keys: Keys {
            name: "project",
            root: "",
            base: "html_baseurl",
            outputs: None,
        },
        exclude: &[
            Exclude {
                usual: true,
                ..without("_sources/**", "the sources, behind a link of each page")
            },
            Exclude {
                usual: true,
                ..without("objects.inv", "for other manuals that link here")
            },
        ],
        queries: "?v=, ?highlight= and bare fingerprints",
        ..ANY
    },
    Generator {
        name: "trunk",
        title: "Trunk",
        command: "trunk build --release",
        places: &[
            at("Trunk.toml", "dist"),
            signed("index.html", "data-trunk", "dist"),
        ],
        keys: Keys {
            name: "title",
            root: "build.dist",
            base: "build.public_url",
            outputs: None,
        },
        shell: true,
        max_file: Some("32MiB"),
        hook: Some(
            r#"[[hooks]]
stage = "post_build"
command = "sh"
command_arguments = ["-c", "mdpwa build --root \"$TRUNK_STAGING_DIR\" --base \"$TRUNK_PUBLIC_URL\""]"#,
        ),
        ..ANY
    },
    Generator {
        name: "dioxus",
        title: "Dioxus",
        command: "dx bundle --platform web --release",
        places: &[at("Dioxus.toml", "target/dx/{package}/release/web/public")],
        keys: Keys {
            name: "web.app.title",
            root: "",
            base: "web.app.base_path",
            outputs: None,
        },
        shell: true,
        max_file: Some("32MiB"),
        ..ANY
    },
    Generator {
        name: "vite",
        title: "Vite",
        command: "npx vite build",
        places: &[
            at("vite.config.ts", "dist"),
            at("vite.config.js", "dist"),
            at("vite.config.mts", "dist"),
            at("vite.config.mjs", "dist"),
            at("vite.config.cjs", "dist"),
            at("vite.config.cts", "dist"),
        ],
        keys: Keys {
            name: "title",
            root: "build.outDir",
            base: "base",
            outputs: None,
        },
        shell: true,
        ..ANY
    },
    ANY,
];

/// A file that shows where a site is served.
#[derive(Debug, PartialEq, Eq)]
pub struct HostSign {
    /// In the project, in a folder of it that comes to the root of the site, or in the repository.
    pub file: &'static str,
    pub host: Host,
}

/// Where a file may lie that has to come to the root of the site.
pub const SOURCES: &[&str] = &[".", "static", "public", "docs", "src", "source", "content"];

/// Files at the root of the project or of the site, the surest first.
pub const HOST_SIGNS: &[HostSign] = &[
    HostSign {
        file: "netlify.toml",
        host: Host::Netlify,
    },
    HostSign {
        file: "vercel.json",
        host: Host::Vercel,
    },
    HostSign {
        file: "wrangler.toml",
        host: Host::Cloudflare,
    },
    HostSign {
        file: "wrangler.json",
        host: Host::Cloudflare,
    },
    HostSign {
        file: "wrangler.jsonc",
        host: Host::Cloudflare,
    },
    HostSign {
        file: "CNAME",
        host: Host::GithubPages,
    },
];

/// Hosts that give sites an address of theirs.
pub const ADDRESS_SIGNS: &[(&str, Host)] = &[
    (".github.io", Host::GithubPages),
    (".netlify.app", Host::Netlify),
    (".pages.dev", Host::Cloudflare),
    (".vercel.app", Host::Vercel),
];

/// What a workflow says that deploys, and where to.
pub const WORKFLOW_SIGNS: &[(&str, Host)] = &[
    ("actions/deploy-pages", Host::GithubPages),
    ("actions/upload-pages-artifact", Host::GithubPages),
    ("actions-gh-pages", Host::GithubPages),
    ("github-pages-deploy-action", Host::GithubPages),
    ("gh-pages", Host::GithubPages),
    ("cloudflare/pages-action", Host::Cloudflare),
    ("cloudflare/wrangler-action", Host::Cloudflare),
    ("nwtgck/actions-netlify", Host::Netlify),
    ("netlify deploy", Host::Netlify),
    ("aws s3 sync", Host::S3),
];

impl Generator {
    pub fn named(name: &str) -> Option<&'static Generator> {
        GENERATORS.iter().find(|one| one.name == name)
    }

    /// The names of all of them.
    pub fn names() -> Vec<&'static str> {
        GENERATORS.iter().map(|one| one.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_generators() {
        for generator in GENERATORS {
            assert_eq!(Generator::named(generator.name), Some(generator));
        }
        assert_eq!(GENERATORS.len(), 13);
    }
}
