//! The engines that the specs run in, and what each of them lets a test do.

use std::env;
use std::path::{Path, PathBuf};

use crate::browser::Driver;
use crate::chromium::Chromium;
use crate::firefox::Firefox;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
}

/// What a test cannot do without, and not every engine lets it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Background Sync, and the browser's own record of it.
    Sync,
}

impl Engine {
    pub(crate) const ALL: [Engine; 2] = [Engine::Chromium, Engine::Firefox];

    /// As it begins the names of tests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox",
        }
    }

    pub(crate) fn has(self, need: Need) -> bool {
        match (self, need) {
            (Engine::Chromium, _) => true,
            (Engine::Firefox, Need::Sync) => false,
        }
    }

    /// Starts the browser with a profile; a second start finds what the first has left.
    pub(crate) fn launch(self, profile: &Path) -> Box<dyn Driver> {
        let program = self.find().expect("looked for before the first test");
        match self {
            Engine::Chromium => Box::new(Chromium::launch(&program, profile)),
            Engine::Firefox => Box::new(Firefox::launch(&program, profile)),
        }
    }

    /// Makes what all tests of this engine start from, if that is worth it.
    pub(crate) fn prepare(self, profile: &Path) {
        match self {
            Engine::Chromium => {}
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
