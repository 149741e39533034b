//! Running other programs, from the repository's top folder.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// What went wrong and what to do, in words for the person at the terminal.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The repository's top folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").into()
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// `program` with `arguments`, to be run in the repository's folder `folder`.
pub fn command(folder: &str, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root().join(folder));
    command
}

/// cargo, with the lock file taken as it is.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = command("", &cargo, arguments);
    command.arg("--locked");
    // Set for xtask itself by `cargo run`; other packages' build scripts would see them change.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// Runs to the end with the terminal's input and output.
pub fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|problem| cannot_start(command, &problem))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command))) }
}

/// Runs silently and gives what it wrote on standard output.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|problem| cannot_start(command, &problem))?;
    if !output.status.success() {
        return Err(format!("{} failed ({})", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{} wrote no UTF-8", shown(command)))
}

/// Runs to the end, showing its output and keeping a copy of it; the first value tells
/// whether it succeeded.
pub fn run_and_keep(command: &mut Command) -> Result<(bool, String)> {
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|problem| cannot_start(command, &problem))?;
    let kept = Arc::new(Mutex::new(String::new()));
    let stdout = show(process.stdout.take().expect("stdout is piped"), std::io::stdout(), &kept);
    let stderr = show(process.stderr.take().expect("stderr is piped"), std::io::stderr(), &kept);
    let status = process.wait().map_err(|problem| problem.to_string())?;
    for reader in [stdout, stderr] {
        reader.join().map_err(|_| "an output could not be shown".to_owned())?;
    }
    let kept = kept.lock().expect("no reader panicked").clone();
    Ok((status.success(), kept))
}

fn show(
    from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    kept: &Arc<Mutex<String>>,
) -> std::thread::JoinHandle<()> {
    let kept = Arc::clone(kept);
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line);
            // A closed terminal is no reason to stop the program that is shown.
            drop(writeln!(to, "{line}"));
            let mut kept = kept.lock().expect("no reader panicked");
            kept.push_str(&line);
            kept.push('\n');
        }
    })
}

/// Whether a program of that name can be started.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn cannot_start(command: &Command, problem: &std::io::Error) -> String {
    format!("{} does not start: {problem}", shown(command))
}
