//! The repository's own rules, which no linter knows.

use std::fs;

use crate::shell::{self, Result, command};

mod dependencies;

/// Longest source file. A longer one is a room with too much furniture.
const MAXIMUM_LINES: usize = 600;

/// Never in any source file.
const FORBIDDEN: [(&str, &str); 12] = [
    ("TODO", "do it, or leave it out"),
    ("FIXME", "fix it"),
    ("XXX", "say what is wrong in words"),
    ("todo!(", "do it, or leave it out"),
    ("unimplemented!(", "do it, or leave it out"),
    ("allow(dead_code)", "remove what nobody uses"),
    ("#[ignore", "a test that does not run proves nothing"),
    (" as any", "name the type"),
    ("@ts-ignore", "name the type"),
    ("@ts-expect-error", "name the type"),
    ("eslint-disable", "follow the rule or change it for all"),
    ("dbg!(", "remove the trace"),
];

/// Never in tests: a test waits for a condition, runs always, and runs with all others.
const FORBIDDEN_IN_TESTS: [(&str, &str); 8] = [
    ("thread::sleep", "wait for the condition: kabinet_testing::eventually"),
    ("time::sleep(", "wait for the condition: kabinet_testing::eventually"),
    ("time.sleep(", "wait for the condition"),
    ("waitForTimeout", "wait for the condition"),
    ("setTimeout(", "wait for the condition"),
    (".skip(", "a test that does not run proves nothing"),
    (".fixme(", "a test that does not run proves nothing"),
    (".only(", "the other tests must run too"),
];

/// A file of the repository.
struct File {
    path: String,
    text: String,
}

/// Prints every broken rule; an error when there is any.
pub fn run() -> Result {
    let files = files()?;
    let mut problems = Vec::new();
    for file in &files {
        check_words(file, &mut problems);
        check_length(file, &mut problems);
    }
    dependencies::check(&files, &mut problems);
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        count => Err(format!("tidy: {count} broken rules")),
    }
}

/// All text files that are or would be committed.
fn files() -> Result<Vec<File>> {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let paths = shell::read(&mut command("", "git", &list))?;
    let mut files = Vec::new();
    for path in paths.split('\0').filter(|path| !path.is_empty()) {
        // What is no text, or was deleted but not committed yet, has no lines to look at.
        if let Ok(text) = fs::read_to_string(shell::root().join(path)) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

fn check_words(file: &File, problems: &mut Vec<String>) {
    // This file has to spell the words it forbids.
    if !is_source(&file.path) || file.path == "xtask/src/tidy.rs" {
        return;
    }
    let mut in_tests = is_test(&file.path);
    for (number, line) in file.text.lines().enumerate() {
        in_tests |= line.trim() == "#[cfg(test)]";
        let forbidden_here = if in_tests { &FORBIDDEN_IN_TESTS[..] } else { &[] };
        for (word, advice) in FORBIDDEN.iter().chain(forbidden_here) {
            // Iterator::skip is honest work in Rust.
            if line.contains(word) && !(*word == ".skip(" && file.path.ends_with(".rs")) {
                problems.push(format!("{}:{}: {word:?}: {advice}", file.path, number + 1));
            }
        }
    }
}

fn check_length(file: &File, problems: &mut Vec<String>) {
    let lines = file.text.lines().count();
    if is_source(&file.path) && lines > MAXIMUM_LINES {
        problems.push(format!("{}: {lines} lines; split it, {MAXIMUM_LINES} is the limit", file.path));
    }
}

fn is_source(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["rs", "ts", "tsx", "py", "sh", "sql", "css"].contains(&extension) && !is_generated(path)
}

fn is_generated(path: &str) -> bool {
    path.contains(".gen.")
}

fn is_test(path: &str) -> bool {
    path.starts_with("e2e/")
        || path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.contains(".test.")
        || path.contains(".spec.")
}
