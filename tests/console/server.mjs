// The server that the console test drives: one that runs already, or the project's own two programs.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const STARTS_WITHIN_MS = 120_000;
const STOPS_WITHIN_MS = 15_000;

/** `{ url, password, stop }` of a fresh server. */
export async function startServer() {
  if (process.env.WARMLINE_URL) {
    return { url: process.env.WARMLINE_URL, password: process.env.WARMLINE_PASSWORD ?? "", stop: async () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), "warmline-console-"));
  const running = [];
  const stop = async () => {
    for (const program of running.reverse()) await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const carrier = start(program("WARMLINE_CARRIER", "warmline-carrier"), [
      "--people", join(import.meta.dirname, "people.toml"), "--report", join(folder, "carrier.jsonl"),
    ]);
    running.push(carrier);
    const [, trunk] = await carrier.says(/listening on (\S+)/);
    const config = join(folder, "warmline.toml");
    writeFileSync(config, configuration(folder, trunk));
    const server = start(program("WARMLINE_BIN", "warmline"), ["--config", config, "serve"]);
    running.push(server);
    const [, password] = await server.says(/one-time password (\S+)/);
    const [, url] = await server.says(/console and API on (\S+)/);
    return { url, password, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function program(variable, name) {
  return process.env[variable] ?? join(ROOT, "target/release", name);
}

function configuration(folder, trunk) {
  return `
[server]
listen = "127.0.0.1:0"
data_dir = ${JSON.stringify(join(folder, "data"))}
templates_dir = ${JSON.stringify(join(ROOT, "dialog-templates/library"))}

[sip]
bind = "127.0.0.1:0"

[[trunk]]
name = "carrier"
host = ${JSON.stringify(trunk)}
caller_ids = ["+15550100"]
ring_limit_s = 15
`;
}

/** A program whose output can be waited for. */
function start(path, args) {
  const child = spawn(path, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let ended = null;
  const waiting = new Set();
  const heard = (chunk) => {
    output += chunk;
    for (const look of waiting) look();
  };
  child.stdout.on("data", heard);
  child.stderr.on("data", heard);
  child.on("error", (error) => heard((ended = `${path}: ${error.message}`)));
  child.on("exit", (code, signal) => heard((ended = `\n${path} ended with ${code ?? signal}`)));
  return {
    says: (pattern) =>
      new Promise((done, failed) => {
        const give = (settle, value) => {
          clearTimeout(timer);
          waiting.delete(look);
          settle(value);
        };
        const look = () => {
          const found = output.match(pattern);
          if (found) give(done, found);
          else if (ended) give(failed, new Error(`${pattern} never came:\n${output}`));
        };
        const timer = setTimeout(() => give(failed, new Error(`${pattern} did not come in time:\n${output}`)), STARTS_WITHIN_MS);
        waiting.add(look);
        look();
      }),
    stop: () =>
      new Promise((done) => {
        if (ended) return done();
        const hard = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN_MS);
        child.on("exit", () => {
          clearTimeout(hard);
          done();
        });
        child.kill("SIGTERM");
      }),
  };
}
