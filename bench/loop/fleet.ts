import { DevStack, eventually } from "../../test/support/devStack.ts";
import { ModbusPartner } from "../../test/support/modbusPartner.ts";
import { type Figure, usage } from "../harness.ts";
import { applyDevice, applyModel } from "./devices.ts";

const LINES = 10;
const REGISTERS = 10;

/** Many devices at one second each: does every cycle come, and what does the edge need for it? Every register changes every second. */
export async function fleet({
  devices,
  seconds,
  runs,
}: {
  readonly devices: number;
  readonly seconds: number;
  readonly runs: number;
}): Promise<Figure[]> {
  const stack = new DevStack({ args: ["--no-sim"] });
  const partners = Array.from({ length: LINES }, () => new ModbusPartner());
  try {
    const ports = await Promise.all(partners.map((partner) => partner.listen()));
    await stack.start();
    await applyModel(stack, "fleet", REGISTERS);
    for (let index = 0; index < devices; index++) {
      const port = ports[index % LINES] ?? 0;
      const unit = 1 + Math.floor(index / LINES);
      await applyDevice(stack, "fleet", { name: `fleet-${index}`, port, unit, registers: REGISTERS, cycleMs: 1000 });
    }
    await eventually(
      async () => (await stack.metric("edge", 'edgeloom_edge_devices{state="online"}')) === devices,
      60_000,
    );
    const samples: Awaited<ReturnType<typeof observe>>[] = [];
    for (let run = 0; run < runs; run++) samples.push(await observe(stack, partners, devices, seconds));
    const each = (pick: (sample: (typeof samples)[number]) => number) => samples.map(pick);
    const how = `${devices} devices × ${REGISTERS} registers @1 s, ${LINES} lines, ${seconds} s`;
    return [
      { name: "missed cycles", unit: "", goal: "0", runs: each(({ missed }) => missed), note: how },
      { name: "device reads", unit: "/s", runs: each(({ reads }) => reads), note: `${devices} wanted` },
      {
        name: "edge CPU",
        unit: "% core",
        runs: each(({ edgeCpu }) => edgeCpu),
        note: "edge process, all values changing",
      },
      { name: "mapper CPU", unit: "% core", runs: each(({ mapperCpu }) => mapperCpu) },
      { name: "edge RSS", unit: "MiB", runs: each(({ edgeRss }) => edgeRss) },
      { name: "mapper RSS", unit: "MiB", runs: each(({ mapperRss }) => mapperRss) },
    ];
  } finally {
    await stack.stop();
    await Promise.all(partners.map((partner) => partner.close()));
  }
}

async function observe(stack: DevStack, partners: readonly ModbusPartner[], devices: number, seconds: number) {
  const edge = stack.file.pids["edge"] ?? 0;
  const mapper = await childOf(edge);
  const requests = () => partners.reduce((sum, partner) => sum + partner.requests, 0);
  const before = { missed: await missedCycles(stack), requests: requests(), edge: usage(edge), mapper: usage(mapper) };
  const started = performance.now();
  for (let second = 0; second < seconds; second++) {
    for (const partner of partners) {
      for (let unit = 1; unit <= devices / LINES; unit++) {
        for (let address = 0; address < REGISTERS; address++)
          partner.set(unit, address, 1 + ((second * 7 + address) % 60_000));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const tookMs = performance.now() - started;
  const after = { edge: usage(edge), mapper: usage(mapper) };
  return {
    missed: (await missedCycles(stack)) - before.missed,
    reads: ((requests() - before.requests) / tookMs) * 1000,
    edgeCpu: ((after.edge.cpuMs - before.edge.cpuMs) / tookMs) * 100,
    mapperCpu: ((after.mapper.cpuMs - before.mapper.cpuMs) / tookMs) * 100,
    edgeRss: after.edge.rssMiB,
    mapperRss: after.mapper.rssMiB,
  };
}

const missedCycles = (stack: DevStack) => stack.metric("edge", "edgeloom_mapper_line_missed_cycles_total");

async function childOf(pid: number): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return Number(children.trim().split(" ")[0]);
}
