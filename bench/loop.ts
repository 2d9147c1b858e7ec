import { parseArgs } from "node:util";
import { report } from "./harness.ts";
import { edgeStart } from "./loop/edgeStart.ts";
import { fleet } from "./loop/fleet.ts";
import { latencies } from "./loop/latency.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    // Few samples: does it run at all?
    smoke: { type: "boolean", default: false },
  },
});
const { json, smoke } = values;
const runs = smoke ? 1 : 3;

process.stderr.write("edge start …\n");
const start = await edgeStart({ runs });
process.stderr.write("latencies …\n");
const latency = await latencies({ runs, samples: smoke ? 5 : 40 });
process.stderr.write("fleet …\n");
const load = await fleet(smoke ? { devices: 50, seconds: 5, runs } : { devices: 1000, seconds: 20, runs });
process.stdout.write(`${report("The first loop", [...latency, ...load, ...start], { json })}\n`);
