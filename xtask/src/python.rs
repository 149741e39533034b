//! `.tools/venv`: Python packages that serve tests as independent counterparts.

use std::fs;

use crate::shell::{self, Result, command};

const REQUIREMENTS: [&str; 2] = ["crates/testing/requirements.txt", "clients/requirements.txt"];

/// Makes the environment, unless it already holds exactly what is required.
pub fn install() -> Result {
    let mut required = String::new();
    for path in REQUIREMENTS {
        let text =
            fs::read_to_string(shell::root().join(path)).map_err(|problem| format!("cannot read {path}: {problem}"))?;
        required.push_str(&text);
    }
    let stamp = shell::root().join(".tools/venv/installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == required) {
        return Ok(());
    }
    println!("Installing {} into .tools/venv", REQUIREMENTS.join(" and "));
    shell::run(&mut command("", "python3", &["-m", "venv", "--clear", ".tools/venv"]))?;
    let mut pip = command("", ".tools/venv/bin/pip", &["install", "--quiet", "--disable-pip-version-check"]);
    for path in REQUIREMENTS {
        pip.args(["-r", path]);
    }
    shell::run(&mut pip)?;
    fs::write(&stamp, required).map_err(|problem| format!("cannot write {stamp:?}: {problem}"))
}
