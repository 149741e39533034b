//! Starting the program and talking to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The definition of `replies` as it ships.
pub const REPLIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../products/replies.toml");

/// A process that ends with the test, however the test ends.
pub struct EndedOnDrop(pub Child);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The program on a data folder, with settings that accept events down to the last free byte.
pub fn kabinet(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kabinet"));
    command.args(common(data)).args(arguments).env_remove("KABINET_DATABASE_URL");
    command
}

/// Arguments every command gets. Writes the settings file they name.
pub fn common(data: &Path) -> Vec<String> {
    let settings = data.join("kabinet.toml");
    if !settings.exists() {
        std::fs::create_dir_all(data).unwrap();
        std::fs::write(&settings, "free_space_floor = 0\n").unwrap();
    }
    vec!["--data".into(), data.display().to_string(), "--config".into(), settings.display().to_string()]
}

/// What a command prints.
pub fn output(data: &Path, arguments: &[&str]) -> String {
    let output = kabinet(data, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A running server and the address it printed.
pub fn serve(data: &Path) -> (Child, String) {
    started(kabinet(data, &["serve", "--listen", "127.0.0.1:0"]))
}

/// Starts a command that serves, and waits for the address it prints.
pub fn started(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://"), "the server did not start");
    (child, url.trim().to_owned())
}
