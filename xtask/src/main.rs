//! Everything done to the repository: `./kabinet <command>`.
//!
//! Only the standard library, so that a fresh clone has it in seconds.

#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

mod prerequisites;
mod python;
mod release;
mod report;
mod serve;
mod shell;
mod test;
mod tidy;
mod web;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: ./kabinet <command>

  demo [options]   build what is missing and serve the demo on http://127.0.0.1:7070
                   (--users N, --seed S, --data DIR, --listen ADDRESS)
  dev [options]    the server and Vite with hot reload, on data in .kabinet/dev
  test [parts]     everything continuous integration runs, or only the parts named:
                   tidy, format, lint, rust, web, browser
  ci               the same as test
  web              install and build the panel into web/dist, unless it is up to date
  build            a development build of the server with the panel
  gen              openapi.json and the panel's types from the handlers
  tools            the packages tests use: Python ones into .tools/venv, client libraries into clients/node_modules
  tidy             the repository's own rules
  release          an optimised build as a tar archive in target/release
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "demo" => serve::demo(rest),
        "dev" => serve::dev(rest),
        "test" | "ci" => test::run(rest),
        "web" => web::build(),
        "build" => serve::build(),
        "gen" => serve::generate(),
        "tools" => python::install().and_then(|()| web::install("clients")),
        "tidy" => tidy::run(),
        "release" => release::run(),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("there is no command {unknown:?}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
