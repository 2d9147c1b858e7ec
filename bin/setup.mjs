// Makes a fresh clone work: installs the packages and builds dist/ where they are missing or older than their sources.
// Only Node's own modules here, since nothing else may be there yet.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => join(root, ...parts);
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newestIn(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : modified(path));
  }
  return newest;
}

function run(what, command, args, env = process.env) {
  process.stderr.write(`${what} …\n`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], env });
  if (status === 0) process.stderr.write(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  return status === 0;
}

function fail(message) {
  process.stderr.write(`edgeloom: ${message}\n`);
  process.exit(1);
}

/** Native packages without a prebuilt binary compile against Node's headers, which mostly lie beside Node itself. */
function headersEnv() {
  const prefix = resolve(dirname(process.execPath), "..");
  return existsSync(join(prefix, "include/node/node.h")) ? { ...process.env, npm_config_nodedir: prefix } : undefined;
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.versions.node} is too old; 20.19 or newer is needed`);

if (existsSync(at("package-lock.json")) && existsSync(at("src"))) {
  const stamp = at("node_modules/.edgeloom-installed");
  if (modified(stamp) < modified(at("package-lock.json"))) {
    // Not `npm ci`: from 11.14 on it refuses a lockfile without the native binaries of foreign platforms (npm/cli#9846),
    // which a registry mirror may not have. `--no-save` takes the locked versions and writes nothing back.
    const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    const install = (env) => run("Installing packages (a few minutes the first time)", "npm", args, env);
    const headers = headersEnv();
    if (!install(process.env) && !(headers && install(headers))) {
      fail("npm install failed; its own words are above. better-sqlite3 needs a prebuilt binary from the internet, or python3, make, g++ and Node's headers");
    }
    writeFileSync(stamp, "");
  }
  const built = at("dist/.built");
  const sources = Math.max(newestIn(at("src")), modified(at("tsconfig.json")), modified(stamp));
  if (modified(built) < sources) {
    if (!run("Building", process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("tsconfig.json")])) {
      fail("the build failed; the compiler's words are above");
    }
    writeFileSync(built, "");
    utimesSync(built, sources / 1000 + 0.002, sources / 1000 + 0.002);
  }
}
