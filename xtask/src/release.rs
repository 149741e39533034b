//! The archive people install: the server with the panel inside, and what must go with it.

use std::fs;

use crate::serve::binary;
use crate::shell::{self, Result, cargo, command};
use crate::web;

const BESIDE_THE_BINARY: [&str; 5] = ["LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "docs/operations.md"];

/// Builds and packs `target/release/kabinet-<version>-<architecture>-linux.tar.gz`.
pub fn run() -> Result {
    web::build()?;
    shell::run(&mut cargo(&["build", "--release", "--package", "kabinet"]))?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("kabinet-{version}-{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let folder = shell::target().join("release").join(&name);
    fs::create_dir_all(&folder).map_err(|problem| format!("cannot make {folder:?}: {problem}"))?;
    let files = BESIDE_THE_BINARY.iter().map(|file| shell::root().join(file));
    for file in files.chain([binary("release")]) {
        let target = folder.join(file.file_name().expect("these are files"));
        fs::copy(&file, target).map_err(|problem| format!("cannot copy {file:?}: {problem}"))?;
    }
    let archive = folder.with_file_name(format!("{name}.tar.gz"));
    let mut tar = command("", "tar", &["--owner=0", "--group=0", "-czf"]);
    tar.arg(&archive).arg("-C").arg(shell::target().join("release")).arg(&name);
    shell::run(&mut tar)?;
    println!("{}", archive.display());
    Ok(())
}
