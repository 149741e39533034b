//! The panel: packages of `web/` and `e2e/`, and the build into `web/dist`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::shell::{self, Result, command};

/// Installs the packages of `folder`, unless they are those of its lock file already.
pub fn install(folder: &str) -> Result {
    let root = shell::root().join(folder);
    let lock = fs::read_to_string(root.join("package-lock.json"))
        .map_err(|problem| format!("cannot read {folder}/package-lock.json: {problem}"))?;
    let stamp = root.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("Installing the packages of {folder}");
    shell::run(&mut command(folder, "npm", &["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, lock).map_err(|problem| format!("cannot write {stamp:?}: {problem}"))
}

/// Builds `web/dist`, unless it was built from these very sources.
pub fn build() -> Result {
    install("web")?;
    let sources = hash_of_sources()?;
    // Inside dist, so that it goes when dist goes.
    let stamp = shell::root().join("web/dist/.sources");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    println!("Building the panel");
    shell::run(&mut command("web", "npm", &["run", "build"]))?;
    fs::write(&stamp, sources).map_err(|problem| format!("cannot write {stamp:?}: {problem}"))
}

fn hash_of_sources() -> Result<String> {
    let web = shell::root().join("web");
    let mut files = Vec::new();
    collect(&web, &mut files).map_err(|problem| format!("cannot list the files of web: {problem}"))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let name = file.strip_prefix(&web).unwrap_or(&file);
        name.hash(&mut hasher);
        let content = fs::read(&file).map_err(|problem| format!("cannot read {file:?}: {problem}"))?;
        content.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_file() {
            files.push(path);
        } else if name != "node_modules" && name != "dist" {
            collect(&path, files)?;
        }
    }
    Ok(())
}
