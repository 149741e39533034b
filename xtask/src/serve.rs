//! Building and running the server.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::shell::{self, Result, cargo, command};
use crate::web;

/// Builds what is missing and serves the demo; does not come back until it is stopped.
pub fn demo(options: &[String]) -> Result {
    web::build()?;
    println!("Building Kabinet (the first time takes several minutes)");
    // The build of the tests is quick enough for a made-up product, and whoever has run them need not build again.
    shell::run(&mut cargo(&["build", "--package", "kabinet"]))?;
    shell::run(Command::new(binary("debug")).arg("demo").args(options))
}

/// The server on `.kabinet/dev` with Vite in front of it, until either ends.
pub fn dev(options: &[String]) -> Result {
    web::install("web")?;
    shell::run(&mut cargo(&["build", "--package", "kabinet"]))?;
    let server = Command::new(binary("debug"))
        // The address in the browser is Vite's; the server compares it with where requests come from.
        .args(["serve", "--data", ".kabinet/dev", "--public-url", "http://127.0.0.1:5173"])
        .args(options)
        .current_dir(shell::root())
        .spawn()
        .map_err(|problem| format!("the server does not start: {problem}"))?;
    let mut server = EndedOnDrop(server);
    let panel = shell::run(&mut command("web", "npm", &["run", "dev"]));
    match server.0.try_wait() {
        Ok(Some(status)) => Err(format!("the server ended ({status})")),
        _ => panel,
    }
}

struct EndedOnDrop(Child);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A development build of the server with the panel.
pub fn build() -> Result {
    web::build()?;
    shell::run(&mut cargo(&["build", "--package", "kabinet"]))
}

/// Writes `openapi.json` and the panel's types, both from the handlers.
pub fn generate() -> Result {
    web::install("web")?;
    shell::run(&mut cargo(&["build", "--package", "kabinet"]))?;
    let openapi = shell::read(Command::new(binary("debug")).arg("openapi"))?;
    fs::write(shell::root().join("openapi.json"), openapi)
        .map_err(|problem| format!("cannot write openapi.json: {problem}"))?;
    shell::run(&mut command("web", "npm", &["run", "gen"]))
}

/// The built server; `folder` is the profile's folder under the target folder.
pub fn binary(folder: &str) -> PathBuf {
    shell::target().join(folder).join("kabinet")
}
