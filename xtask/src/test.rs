//! `./kabinet test`: everything continuous integration runs, in one build of the server.

use std::process::Command;

use crate::report::{Counts, Report, Runner};
use crate::serve::binary;
use crate::shell::{self, Result, cargo, command};
use crate::{prerequisites, python, tidy, web};

const PARTS: [&str; 6] = ["tidy", "format", "lint", "rust", "web", "browser"];

/// Runs the named parts, or all; an error when anything does not hold.
pub fn run(parts: &[String]) -> Result {
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("there is no part {unknown:?}; the parts are {}", PARTS.join(", ")));
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|named| named == part);

    let mut report = Report::default();
    if wanted("rust") || wanted("browser") {
        report.check("system packages", prerequisites::ensure);
        report.check("packages of the tests", install_test_packages);
    }
    if wanted("tidy") {
        report.check("tidy", tidy::run);
    }
    if wanted("format") {
        report.check("formatting", || shell::run(&mut command("", "cargo", &["fmt", "--all", "--check"])));
    }
    if wanted("web") {
        test_web(&mut report);
    }
    if wanted("lint") {
        report.check("clippy", || {
            shell::run(cargo(&["clippy", "--workspace", "--all-targets"]).args(["--", "-D", "warnings"]))
        });
    }
    if wanted("rust") {
        report.check("panel", web::build);
        report.count("Rust tests on SQLite and PostgreSQL", test_rust);
        report.check("openapi.json is what the handlers say", openapi_is_current);
    }
    if wanted("browser") {
        report.count("browser tests", test_browser);
    }
    report.finish()
}

fn install_test_packages() -> Result {
    python::install()?;
    web::install("clients")
}

fn test_web(report: &mut Report) {
    report.check("packages of the panel", || web::install("web"));
    report.check("types generated from openapi.json", || npm_run("web", "gen:check"));
    report.check("TypeScript", || npm_run("web", "typecheck"));
    report.check("Biome", || npm_run("web", "lint"));
    report.count("unit tests of the panel", || counted(Runner::Vitest, &mut command("web", "npm", &["run", "test"])));
}

/// The same selection as the other steps build, so that nothing is compiled twice.
fn test_rust() -> Result<Counts> {
    if shell::exists("cargo-nextest") {
        counted(Runner::Nextest, &mut cargo(&["nextest", "run", "--workspace", "--all-targets"]))
    } else {
        counted(Runner::CargoTest, &mut cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"]))
    }
}

fn openapi_is_current() -> Result {
    build_server()?;
    let said = shell::read(Command::new(binary("debug")).arg("openapi"))?;
    let path = shell::root().join("openapi.json");
    let written = std::fs::read_to_string(&path).map_err(|problem| format!("cannot read openapi.json: {problem}"))?;
    if said == written {
        Ok(())
    } else {
        Err("openapi.json differs from what the handlers say. Write it anew with: ./kabinet gen".into())
    }
}

fn test_browser() -> Result<Counts> {
    web::build()?;
    build_server()?;
    web::install("e2e")?;
    let mut playwright = command("e2e", "npx", &["playwright", "test"]);
    counted(Runner::Playwright, playwright.env("KABINET_BINARY", binary("debug")))
}

/// With all targets of all crates, as the tests are built: another selection would unify the
/// features of dependencies differently and compile them again.
fn build_server() -> Result {
    shell::run(&mut cargo(&["build", "--workspace", "--all-targets"]))
}

fn npm_run(folder: &str, script: &str) -> Result {
    shell::run(&mut command(folder, "npm", &["run", script]))
}

fn counted(runner: Runner, command: &mut Command) -> Result<Counts> {
    let (succeeded, output) = shell::run_and_keep(command.env("NO_COLOR", "1").env_remove("FORCE_COLOR"))?;
    let mut counts = runner.counts(&output).ok_or("No test ran.")?;
    if !succeeded && counts.failed == 0 {
        // Something beside the tests failed, such as a leak or the end of a server.
        counts.failed = 1;
    }
    Ok(counts)
}
