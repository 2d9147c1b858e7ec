import { access } from "node:fs/promises";

/** Whether systemd is this machine's init: its own test, sd_booted(3). */
export async function runsSystemd(): Promise<boolean> {
  try {
    await access("/run/systemd/system");
    return true;
  } catch {
    return false;
  }
}

/** A unit that runs the edge. `command` is how Edgeloom is run on this machine. */
export function unitText({
  command,
  node,
  config,
}: {
  readonly command: readonly string[];
  readonly node: string;
  readonly config: string;
}): string {
  return `[Unit]
Description=Edgeloom edge ${node}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${[...command, "edge", "--config", config].map(quoted).join(" ")}
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}

/** As systemd.service(5) reads a command line: quotes and backslashes escaped, $ and % doubled. */
function quoted(argument: string): string {
  const escaped = argument.replaceAll(/["\\]/g, "\\$&").replaceAll("$", "$$$$").replaceAll("%", "%%");
  return /^[\w./=:@+-]+$/.test(argument) ? argument : `"${escaped}"`;
}
