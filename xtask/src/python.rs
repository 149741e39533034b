//! `.tools/venv`: Python packages that serve tests as independent counterparts.

use std::fs;

use crate::shell::{self, Result, command};

const REQUIREMENTS: &str = "crates/testing/requirements.txt";

/// Makes the environment, unless it already holds exactly what is required.
pub fn install() -> Result {
    let required = fs::read_to_string(shell::root().join(REQUIREMENTS))
        .map_err(|problem| format!("cannot read {REQUIREMENTS}: {problem}"))?;
    let stamp = shell::root().join(".tools/venv/installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == required) {
        return Ok(());
    }
    println!("Installing {REQUIREMENTS} into .tools/venv");
    shell::run(&mut command("", "python3", &["-m", "venv", "--clear", ".tools/venv"]))?;
    let pip = ["install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
    shell::run(&mut command("", ".tools/venv/bin/pip", &pip))?;
    fs::write(&stamp, required).map_err(|problem| format!("cannot write {stamp:?}: {problem}"))
}
