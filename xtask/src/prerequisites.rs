//! System packages the tests need: installed when that is allowed, otherwise named.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::{self, Result};

/// Makes sure of a PostgreSQL server, Chromium with fonts, and Python's venv.
pub fn ensure() -> Result {
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let install = ["install", "-y", "--no-install-recommends"];
    let line = format!("apt-get {} {}", install.join(" "), missing.join(" "));
    let prefix: &[&str] = if is_root() {
        &[]
    } else if sudo_without_password() {
        &["sudo", "-n"]
    } else {
        return Err(format!("These are missing. Install them with:\n  sudo {line}"));
    };
    if !shell::exists("apt-get") {
        return Err(format!("Install what these Debian packages hold: {}", missing.join(" ")));
    }
    println!("Installing what is missing: {line}");
    shell::run(&mut apt_get(prefix, &["update", "-qq"]))?;
    shell::run(apt_get(prefix, &install).args(&missing))
}

fn missing_packages() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !has_postgresql() && std::env::var_os("KABINET_TEST_PG_URL").is_none() {
        missing.push("postgresql");
    }
    if !Path::new("/usr/bin/chromium").exists() {
        missing.extend(["chromium", "fonts-liberation"]);
    }
    if !succeeds("python3", &["-c", "import venv, ensurepip"]) {
        missing.extend(["python3", "python3-venv"]);
    }
    missing
}

fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

fn is_root() -> bool {
    shell::read(Command::new("id").arg("-u").stdin(Stdio::null())).is_ok_and(|user| user.trim() == "0")
}

fn sudo_without_password() -> bool {
    succeeds("sudo", &["-n", "true"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = prefix.iter().copied().chain(["apt-get"]);
    let program = words.next().expect("at least apt-get itself");
    let mut command = Command::new(program);
    command.args(words).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
