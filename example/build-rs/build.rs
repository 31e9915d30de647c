//! Writes the service worker of `site` while cargo builds, and has every mistake in pwa.toml stop the build.

use std::error::Error;
use std::path::Path;

use mdpwa::project::Overrides;
use mdpwa::{Bundle, Project, Report, Severity};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=pwa.toml");
    println!("cargo::rerun-if-changed=site");

    let project = Project::open(Path::new("pwa.toml"))?;
    let planned = project.plan(&Overrides::default())?;
    for finding in &planned.diagnostics {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let (line, column) = project.place(finding).unwrap_or((1, 1));
        let (title, help) = (&finding.title, &finding.help);
        println!("cargo::{level}=pwa.toml:{line}:{column}: {title}; {help}");
    }
    if let Some(plan) = &planned.plan {
        let bundle = Bundle::render(plan);
        Report::compare(&planned.root, &bundle)?.write(&planned.root, &bundle)?;
    }
    Ok(())
}
