//! Fresh databases on a real PostgreSQL.
//!
//! The first test that asks starts one cluster for everything built into the same target
//! folder; later test processes reuse it, and a minute after the last one has ended it stops
//! and removes itself. With `KABINET_TEST_PG_URL` set (a superuser's URL of a running server,
//! `postgres://user:password@host:port/database`) that server is used instead.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const INSTALL: &str = "sudo apt-get install -y --no-install-recommends postgresql";

/// Runs beside the cluster: once nobody holds `users.lock`, it stops the cluster and removes
/// its files. `$1` lock, `$2` url file, `$3` cluster folder, the rest stops the server.
const CARETAKER: &str = r#"
lock=$1 url=$2 folder=$3; shift 3
while sleep 60; do
  flock -n -x "$lock" sh -c 'url=$1 folder=$2; shift 2; rm -f "$url"; "$@"; rm -rf "$folder"' caretaker "$url" "$folder" "$@" && exit
  [ -d "$folder" ] || exit
done
"#;

/// An empty database that lives as long as this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// `postgres://user:password@127.0.0.1:port/name`
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Connections of the code under test may still be open; the test is over for them.
        let drop = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        if let Err(problem) = run_sql(server(), &drop)
            && !std::thread::panicking()
        {
            panic!("{problem}");
        }
    }
}

/// Creates an empty UTF-8 database. Blocks for some tens of milliseconds.
///
/// Panics with the line to type when PostgreSQL is not installed.
#[must_use]
pub fn database() -> Database {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let name = format!(
        "kabinet_test_{}_{}_{}",
        std::process::id(),
        since_epoch.as_micros(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let server = server();
    run_sql(server, &format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
        .unwrap_or_else(|problem| panic!("{problem}"));
    let (address, _) = server.rsplit_once('/').expect("a PostgreSQL URL names a database");
    Database { url: format!("{address}/{name}"), name }
}

/// The administrative URL of the server tests use; starts it when needed.
#[must_use]
pub fn server() -> &'static str {
    static SERVER: OnceLock<Server> = OnceLock::new();
    &SERVER.get_or_init(Server::find_or_start).url
}

struct Server {
    url: String,
    /// Held shared while this process lives, so that the caretaker leaves the cluster alone.
    _in_use: Option<File>,
}

impl Server {
    fn find_or_start() -> Self {
        if let Ok(url) = std::env::var("KABINET_TEST_PG_URL") {
            return Self { url, _in_use: None };
        }
        let folder = shared_folder();
        fs::create_dir_all(&folder).expect("the target folder is writable");
        let starting = lock_file(&folder.join("start.lock"));
        starting.lock().expect("a lock on start.lock");
        let in_use = lock_file(&folder.join("users.lock"));
        in_use.lock_shared().expect("a shared lock on users.lock");

        let url_file = folder.join("url");
        let running = fs::read_to_string(&url_file).ok().filter(|url| run_sql(url, "SELECT 1").is_ok());
        let url = running.unwrap_or_else(|| {
            let cluster = Cluster::start();
            fs::write(&url_file, &cluster.url).expect("the target folder is writable");
            cluster.leave_to_caretaker(&folder.join("users.lock"), &url_file);
            cluster.url
        });
        Self { url, _in_use: Some(in_use) }
    }
}

struct Cluster {
    folder: PathBuf,
    url: String,
}

impl Cluster {
    fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("kabinet-postgres-")
            .tempdir()
            .expect("the temporary folder is writable")
            .keep();
        let password = folder.join("password");
        // The cluster listens on the loopback alone and dies within minutes; the password
        // keeps other users of the machine from the superuser.
        let secret = folder.file_name().expect("a folder has a name").to_string_lossy();
        fs::write(&password, &*secret).expect("the temporary folder is writable");
        give_to_server_user(&[&folder, &password]);

        let data = folder.join("data");
        let mut initdb = as_server_user("initdb");
        initdb.arg("-D").arg(&data).arg("--pwfile").arg(&password).args([
            "--no-sync",
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        run(&mut initdb).unwrap_or_else(|problem| panic!("{problem}"));

        let port = free_port();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='{}' \
             -c max_connections=500 -c shared_buffers=64MB -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c jit=off",
            folder.display()
        );
        let mut start = as_server_user("pg_ctl");
        start.arg("-D").arg(&data).arg("-l").arg(folder.join("log"));
        start.args(["-w", "-o", &options, "start"]);
        run(&mut start).unwrap_or_else(|problem| {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("{problem}\n{log}")
        });
        let url = format!("postgres://postgres:{secret}@127.0.0.1:{port}/postgres");
        Self { folder, url }
    }

    fn leave_to_caretaker(&self, users_lock: &Path, url_file: &Path) {
        let stop = {
            let mut stop = as_server_user("pg_ctl");
            stop.arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"]);
            stop
        };
        // Its parent ends long before it; the system's first process then waits for it.
        #[expect(clippy::zombie_processes, reason = "outlives this process on purpose")]
        Command::new("sh")
            .args(["-c", CARETAKER, "caretaker"])
            .args([users_lock, url_file, &self.folder])
            .arg(stop.get_program())
            .args(stop.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh starts");
    }
}

/// A folder that all test binaries of one target folder and profile share.
fn shared_folder() -> PathBuf {
    let binary = std::env::current_exe().expect("the running test knows its own path");
    let mut folder = binary.parent().expect("a binary lies in a folder");
    if folder.ends_with("deps") {
        folder = folder.parent().expect("deps lies in the profile's folder");
    }
    folder.join("test-postgres")
}

fn lock_file(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .unwrap_or_else(|problem| panic!("cannot open {}: {problem}", path.display()))
}

/// PostgreSQL has no "any free port": one is asked from the system and released.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// PostgreSQL refuses to run as root; then its own user runs it, or nobody.
fn server_user() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let has_own = users.lines().any(|line| line.starts_with("postgres:"));
    Some(if has_own { "postgres" } else { "nobody" })
}

fn as_server_user(tool: &str) -> Command {
    let path = binary(tool);
    let mut command = match server_user() {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(path);
            command
        }
        None => Command::new(path),
    };
    // The caller's folder may be closed to the server's user.
    command.current_dir("/");
    command
}

fn give_to_server_user(paths: &[&Path]) {
    if let Some(user) = server_user() {
        run(Command::new("chown").arg(user).args(paths)).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

/// The newest installed PostgreSQL's `tool`.
fn binary(tool: &str) -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version = folder.file_name()?.to_str()?.parse().ok()?;
            let path = folder.join("bin").join(tool);
            path.exists().then_some((version, path))
        })
        .collect();
    found.sort();
    match found.pop() {
        Some((_, path)) => path,
        None => panic!("PostgreSQL's {tool} is not under /usr/lib/postgresql. Install it with: {INSTALL}"),
    }
}

fn run_sql(url: &str, sql: &str) -> Result<(), String> {
    run(Command::new(binary("psql")).args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"]).args([
        "--dbname",
        url,
        "--command",
        sql,
    ]))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| format!("cannot start {}: {problem}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed ({}): {said}", command.get_program().display(), output.status))
}

#[cfg(test)]
mod tests {
    use super::{database, run_sql, server};

    #[test]
    fn databases_are_separate_and_go_away() {
        let one = database();
        let two = database();
        run_sql(one.url(), "CREATE TABLE only_here (id INT)").expect("DDL works");
        assert!(run_sql(two.url(), "SELECT * FROM only_here").is_err());

        let gone = one.url().to_owned();
        drop(one);
        assert!(run_sql(&gone, "SELECT 1").is_err());
        run_sql(server(), "SELECT 1").expect("the server stays");
    }

    #[test]
    fn text_folds_and_sorts_by_code_point() {
        let database = database();
        run_sql(database.url(), "SELECT 1 / (lower('ЁЖ') = 'ёж' AND 'B' < 'a')::INT")
            .expect("lower-cases Cyrillic and puts capitals first");
    }
}
