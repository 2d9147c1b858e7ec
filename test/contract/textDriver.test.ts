import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { textDriver } from "../../docs/examples/textDriver.ts";
import { listen } from "../../src/shared/kit/listen.ts";
import { driverContract } from "./driverContract.ts";

driverContract(textDriver, async () => {
  const values = new Map([
    ["speed", 1480],
    ["temperature", 21.5],
    ["power", 7500],
  ]);
  const sockets = new Set<Socket>();
  let isSilent = false;
  const answer = (line: string): string => {
    const [verb, name = "", value] = line.split(" ");
    if (!values.has(name)) return "ERR NoSuchName";
    if (verb === "GET") return String(values.get(name));
    values.set(name, Number(value));
    return "OK";
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => void (isSilent || socket.write(`${answer(line)}\n`)));
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, what: "the device", flag: "none" });
  const die = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    device: { host: "127.0.0.1", port: String(port) },
    shown: [...values].map(([name, value]) => ({ point: { name }, value })),
    refused: { name: "colour" },
    writable: { point: { name: "speed" }, value: 1200n },
    silence: () => {
      isSilent = true;
    },
    die,
    close: die,
  };
});
