import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, "../..");
const binary = process.env.KABINET_BINARY ?? join(repository, "target/debug/kabinet");

/** A running server with the workspace `replies`, on a port and a data folder of its own. */
export class Instance {
  private constructor(
    readonly url: string,
    /** The link that makes the first person, as printed in the console. */
    readonly setupLink: string,
    private readonly data: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Instance> {
    const data = await mkdtemp(join(tmpdir(), "kabinet-e2e-"));
    const url = `http://127.0.0.1:${await freePort()}`;
    await run(binary, [
      "workspace", "add", "--definition", join(repository, "products/replies.toml"), "--data", data,
    ]);
    const server = spawn(
      binary,
      ["serve", "--data", data, "--public-url", url, "--listen", url.replace("http://", "")],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const setupLink = await consoleLink(server, /\S+\/setup\?token=\S+/);
    return new Instance(url, setupLink, data, server);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.server.once("exit", done));
    this.server.kill("SIGTERM");
    await ended;
    await rm(this.data, { recursive: true });
  }

  /** What a command of the `kabinet` program prints. */
  async kabinet(...command: string[]): Promise<string> {
    const { stdout } = await run(binary, [...command, "--data", this.data]);
    return stdout.trim();
  }

  /** Sends to a door as the product would, with a key of that kind; fails unless all of it was taken. */
  async send(kind: "write" | "secret", path: string, body: unknown): Promise<void> {
    const key = await this.key(kind);
    const answer = await fetch(`${this.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
    if (JSON.parse(text).refused) throw new Error(`POST ${path}: ${text}`);
  }

  private readonly keys = new Map<string, Promise<string>>();

  private key(kind: "write" | "secret"): Promise<string> {
    const known = this.keys.get(kind) ?? this.kabinet("key", "create", "--workspace", "replies", "--kind", kind);
    this.keys.set(kind, known);
    return known;
  }
}

/** The first match in what the server prints; fails with all of it when the server ends before. */
function consoleLink(server: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((found, failed) => {
    const printed: string[] = [];
    for (const stream of [server.stdout, server.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        printed.push(line);
        const match = pattern.exec(line);
        if (match) found(match[0]);
      });
    }
    server.once("exit", (code) => failed(new Error(`the server ended (${code}):\n${printed.join("\n")}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const listener = createServer().once("error", failed);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => {
        if (address && typeof address === "object") found(address.port);
        else failed(new Error("no free port"));
      });
    });
  });
}
