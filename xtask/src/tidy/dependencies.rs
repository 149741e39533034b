//! Rules about what the product depends on.

use std::collections::{BTreeMap, BTreeSet};

use super::File;

const DOCUMENT: &str = "docs/dependencies.md";
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM: &str = "https://registry.npmjs.org/";

/// One TLS stack, rustls with ring; these would bring a second one, and a C build with it.
const UNWANTED_CRATES: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "aws-lc-sys"];

/// Every direct dependency has its reason in `docs/dependencies.md`, and lock files name the
/// public registries alone.
pub fn check(files: &[File], problems: &mut Vec<String>) {
    check_reasons(files, problems);
    check_use(files, problems);
    for file in files {
        if file.path == "Cargo.lock" {
            check_cargo_lock(&file.text, problems);
        }
        if file.path.ends_with("package-lock.json") {
            check_package_lock(file, problems);
        }
    }
}

fn check_reasons(files: &[File], problems: &mut Vec<String>) {
    let Some(document) = files.iter().find(|file| file.path == DOCUMENT) else {
        problems.push(format!("{DOCUMENT} is missing"));
        return;
    };
    let reasons: BTreeSet<&str> = document.text.lines().filter_map(named_in_row).collect();
    let mut used = BTreeMap::new();
    for file in files {
        let names = match file.path.rsplit('/').next().unwrap_or_default() {
            "Cargo.toml" => in_cargo_manifest(&file.text),
            "package.json" => in_package_manifest(&file.text),
            "requirements.txt" => in_requirements(&file.text),
            _ => continue,
        };
        for name in names.into_iter().filter(|name| !name.starts_with("kabinet-")) {
            used.insert(name, &file.path);
        }
    }
    for (name, path) in &used {
        if !reasons.contains(name) {
            problems.push(format!("{path}: {name} has no reason in {DOCUMENT}"));
        }
    }
    for name in reasons.iter().filter(|name| !used.contains_key(*name)) {
        problems.push(format!("{DOCUMENT}: {name} is no direct dependency (any more)"));
    }
}

/// A crate's manifest names only what its code uses.
fn check_use(files: &[File], problems: &mut Vec<String>) {
    for manifest in files {
        let Some(folder) = manifest.path.strip_suffix("Cargo.toml").filter(|folder| !folder.is_empty()) else {
            continue;
        };
        let code = |file: &&File| file.path.starts_with(folder) && file.path.ends_with(".rs");
        for name in in_cargo_manifest(&manifest.text) {
            let module = name.replace('-', "_");
            if !files.iter().filter(code).any(|file| file.text.contains(&module)) {
                problems.push(format!("{}: {name} is named but not used", manifest.path));
            }
        }
    }
}

/// The name in a table row such as ``| `serde` | reads and writes JSON |``.
fn named_in_row(line: &str) -> Option<&str> {
    line.strip_prefix("| `")?.split('`').next()
}

/// Crates a member's manifest takes. What the workspace only lists is not taken yet.
fn in_cargo_manifest(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut in_dependencies = false;
    for line in text.lines() {
        if let Some(section) = line.strip_prefix('[') {
            in_dependencies =
                section.trim_end_matches(']').ends_with("dependencies") && section != "workspace.dependencies]";
        } else if in_dependencies
            && let Some(name) = line.split(['.', ' ', '=']).next()
            && !name.is_empty()
            && !name.starts_with('#')
        {
            names.push(name);
        }
    }
    names
}

/// Names under `dependencies` and `devDependencies` of a package.json as npm formats it.
fn in_package_manifest(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut in_dependencies = false;
    for line in text.lines().map(str::trim) {
        if line.ends_with('{') {
            in_dependencies = line.starts_with("\"dependencies\"") || line.starts_with("\"devDependencies\"");
        } else if line.starts_with('}') {
            in_dependencies = false;
        } else if in_dependencies && let Some(name) = line.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            names.push(name);
        }
    }
    names
}

fn in_requirements(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split("==").next()).collect()
}

fn check_cargo_lock(text: &str, problems: &mut Vec<String>) {
    for line in text.lines() {
        if let Some(source) = line.strip_prefix("source = ")
            && source.trim_matches('"') != CRATES_IO
        {
            problems.push(format!("Cargo.lock: {source} is not crates.io"));
        }
        if let Some(name) = line.strip_prefix("name = ")
            && UNWANTED_CRATES.contains(&name.trim_matches('"'))
        {
            problems.push(format!("Cargo.lock: {name} brings a second TLS stack; see {DOCUMENT}"));
        }
    }
}

fn check_package_lock(file: &File, problems: &mut Vec<String>) {
    for line in file.text.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("\"resolved\": \"")
            && !address.starts_with(NPM)
        {
            problems.push(format!("{}: {address} is not npm's registry", file.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{in_cargo_manifest, in_package_manifest, named_in_row};

    #[test]
    fn finds_direct_dependencies() {
        let manifest = "[workspace.dependencies]\nunused = \"1\"\n[package]\nname = \"x\"\n[dependencies]\n\
                        serde.workspace = true\nkabinet-model.workspace = true\n\n[dev-dependencies]\ntoml = \"1\"\n";
        assert_eq!(in_cargo_manifest(manifest), ["serde", "kabinet-model", "toml"]);
        let package = "{\n  \"name\": \"web\",\n  \"dependencies\": {\n    \"react\": \"19\"\n  },\n  \"overrides\": {\n    \"a\": {\n      \"b\": \"c\"\n    }\n  }\n}";
        assert_eq!(in_package_manifest(package), ["react"]);
        assert_eq!(named_in_row("| `serde` | reads JSON |"), Some("serde"));
    }
}
