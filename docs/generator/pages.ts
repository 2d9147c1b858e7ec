import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cloudConfig } from "../../src/cloud/config.ts";
import { edgeConfig } from "../../src/edge/config.ts";
import { kubeConfig } from "../../src/kube/config.ts";
import { modbusProtocolKeys, modbusVisitorKeys } from "../../src/shared/model/modbusKeys.ts";
import { commandHelp } from "./commands.ts";
import { configurationTable } from "./configuration.ts";
import { metricsTable } from "./metrics.ts";
import { keyTable } from "./modbusTables.ts";
import { resourceTables } from "./resources.ts";

/** What the pages take from the code, by the name in their `<!-- generated: name -->` marks. */
const PARTS: Readonly<Record<string, () => string>> = {
  commands: commandHelp,
  rights: () => `\`\`\`yaml\n${withoutComment(read("charts/edgeloom/rights.yaml"))}\`\`\``,
  "configuration kube": () => configurationTable(kubeConfig),
  "configuration cloud": () => configurationTable(cloudConfig),
  "configuration edge": () => configurationTable(edgeConfig),
  "metrics cloud": () => metricsTable("cloud"),
  "metrics edge": () => metricsTable("edge"),
  "modbus protocol keys": () => keyTable(modbusProtocolKeys, "ours"),
  "modbus protocol keys of KubeEdge": () => keyTable(modbusProtocolKeys, "kubeedge"),
  "modbus visitor keys": () => keyTable(modbusVisitorKeys, "ours"),
  "modbus visitor keys of KubeEdge": () => keyTable(modbusVisitorKeys, "kubeedge"),
  DeviceModel: () => resourceTables("DeviceModel"),
  Device: () => resourceTables("Device"),
  DeviceStatus: () => resourceTables("DeviceStatus"),
  Site: () => resourceTables("Site"),
};

const PAGES = [
  "docs/how-to/cluster.md",
  "docs/how-to/modbus.md",
  "docs/reference/cli.md",
  "docs/reference/configuration.md",
  "docs/reference/metrics.md",
  "docs/reference/resources.md",
];

const REGION = /(<!-- generated: ([\w ]+) -->\n)[\s\S]*?(<!-- end -->)/g;

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const withoutComment = (yaml: string) => yaml.replaceAll(/^#.*\n/gm, "");

/** The pages that are partly made from code, as they should be: path from the repository's root → text. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map(PAGES.map((path) => [path, filled(read(path))]));
}

function filled(page: string): string {
  return page.replaceAll(REGION, (_, begin: string, name: string, end: string) => {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`nothing is generated under the name ${JSON.stringify(name)}`);
    return `${begin}\n${part()}\n\n${end}`;
  });
}
