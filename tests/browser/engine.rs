//! The engines that the specs run in, and what each of them lets a test do.

use std::env;
use std::path::{Path, PathBuf};

use crate::browser::Driver;
use crate::chromium::Chromium;
use crate::firefox::Firefox;
use crate::webkit::WebKit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

/// What a test cannot do without, and not every engine lets it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Background Sync, and the browser's own record of it.
    Sync,
    /// Stopping workers in the middle of an event.
    Kill,
    /// A profile that a second browser goes on with.
    Profile,
    /// Scripts that run before those of a page.
    Scripts,
    /// To learn with which status a page came.
    Status,
    /// To learn what a page got from a worker and what from the network.
    Answers,
    /// To give and to deny permissions.
    Permission,
    /// To put a page out of sight and back.
    Sight,
    /// To learn what pages and workers complain of.
    Errors,
    /// To take messages from a push service of the test's own.
    PushService,
}

impl Engine {
    pub(crate) const ALL: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

    /// As it begins the names of tests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox",
            Engine::WebKit => "webkit",
        }
    }

    pub(crate) fn has(self, need: Need) -> bool {
        match (self, need) {
            // Its own push service is the only one that it takes.
            (Engine::Chromium, need) => need != Need::PushService,
            (Engine::Firefox, need) => need != Need::Sync,
            (Engine::WebKit, _) => false,
        }
    }

    /// Starts the browser with a profile; a second start finds what the first has left.
    pub(crate) fn launch(self, profile: &Path) -> Box<dyn Driver> {
        let program = self.find().expect("looked for before the first test");
        match self {
            Engine::Chromium => Box::new(Chromium::launch(&program, profile)),
            Engine::Firefox => Box::new(Firefox::launch(&program, profile)),
            Engine::WebKit => Box::new(WebKit::launch(&program, profile)),
        }
    }

    /// Makes what all tests of this engine start from, if that is worth it.
    pub(crate) fn prepare(self, profile: &Path) {
        match self {
            Engine::Chromium | Engine::WebKit => {}
            // Its first start takes twice as long as those with a profile that it knows.
            Engine::Firefox => {
                let mut browser = self.launch(profile);
                browser.open_tab();
                browser.quit();
            }
        }
    }

    /// Says how to install the browser where there is none.
    pub(crate) fn missing(self) -> Option<String> {
        let package = match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox-esr",
            Engine::WebKit => "webkit2gtk-driver xvfb",
        };
        match self.find() {
            Some(_) => None,
            None => Some(format!(
                "none of {} is installed; on Debian: apt-get install -y --no-install-recommends {package} iproute2",
                self.programs().join(", ")
            )),
        }
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Engine::Chromium => &["chromium", "google-chrome", "google-chrome-stable"],
            Engine::Firefox => &["firefox-esr", "firefox"],
            Engine::WebKit => &["WebKitWebDriver"],
        }
    }

    fn find(self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        self.programs()
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|file| file.is_file())
    }
}
