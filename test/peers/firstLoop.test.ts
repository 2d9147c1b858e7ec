import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { DevStack, eventually } from "../support/devStack.ts";
import { LineProgram } from "../support/lineProgram.ts";
import { pumpDevice, pumpModel } from "../support/pumpManifests.ts";

const SERVER = join(import.meta.dirname, "modbusServer.py");

describe("stock kubectl, mosquitto's clients and a pymodbus device", () => {
  const stack = new DevStack();
  const files = mkdtempSync(join(tmpdir(), "edgeloom-peers-"));
  let device: LineProgram;
  let port: number;

  const kubectl = (...args: string[]) =>
    execFileSync("kubectl", ["--kubeconfig", stack.file.kubeconfig, ...args], { encoding: "utf8", stdio: "pipe" });
  const manifest = (name: string, ...objects: object[]) => {
    const path = join(files, `${name}.yaml`);
    writeFileSync(path, objects.map((object) => stringify(object)).join("---\n"));
    return path;
  };
  const jsonpath = (resource: string, path: string) => kubectl("get", ...resource.split(" "), "-o", `jsonpath=${path}`);
  const mosquitto = (...args: string[]) => {
    const { hostname, port: mqttPort } = new URL(stack.file.mqttUrl);
    return ["-h", hostname, "-p", mqttPort, ...args];
  };

  /** Resolves once the broker has taken the subscription; stdbuf, since mosquitto_sub keeps its debug lines back in a pipe. */
  const subscribed = async (topic: string) => {
    const program = new LineProgram("stdbuf", ["-oL", "mosquitto_sub", ...mosquitto("-t", topic, "-d", "-F", "%p")]);
    while (!(await program.next()).includes("SUBACK"));
    return program;
  };

  beforeAll(async () => {
    device = new LineProgram("python3", [SERVER]);
    port = Number(await device.next());
    await stack.start();
  }, 90_000);

  afterAll(async () => {
    await stack.stop();
    await device.stop();
  }, 20_000);

  test("kubectl lists nodes, models, devices and statuses with live values in a column", async () => {
    await eventually(() => /pump-1\s+online\s+.*temperature=/.test(kubectl("get", "devicestatuses")));
    const listed = kubectl("get", "nodes,devicemodels,devices,devicestatuses,sites");
    expect(listed).toMatch(/node\/edge-1\s+Ready/);
    expect(listed).toContain("devicemodel.devices.kubeedge.io/pump");
    expect(listed).toContain("device.devices.kubeedge.io/pump-1");
    expect(listed).toContain("site.edgeloom.io/demo");
    expect(kubectl("get", "dev,dm,dst")).toContain("pump-1");
  });

  test("kubectl get -w sees values move", async () => {
    const watch = new LineProgram("kubectl", [
      "--kubeconfig",
      stack.file.kubeconfig,
      "get",
      "dst",
      "pump-1",
      "-w",
      "--no-headers",
    ]);
    const seen = new Set([await watch.next(), await watch.next(), await watch.next()]);
    await watch.stop();
    expect(seen.size).toBe(3);
  });

  test("kubectl explain teaches what a Modbus device needs", () => {
    const text = kubectl("explain", "device.spec.protocol.configData");
    for (const key of ["communicateMode", "slaveID", "port", "timeout"]) expect(text).toContain(key);
    expect(kubectl("explain", "device.spec.properties.visitors.configData.register")).toContain("HoldingRegister");
  });

  test("a device of one's own is online within 3 s of apply, and a patched desired value reaches its register", async () => {
    await device.ask("set holding 0 215");
    kubectl("apply", "-f", manifest("model", pumpModel));
    kubectl("apply", "-f", manifest("device", pumpDevice({ name: "own", port })));
    kubectl("wait", "--for=jsonpath={.status.state}=online", "dst/own", "--timeout=3s");
    kubectl("apply", "-f", manifest("device", pumpDevice({ name: "own", port, desired: "1480" })));
    await eventually(async () => (await device.ask("get holding 1")) === "1480");
    await eventually(
      () =>
        jsonpath("dst own", '{.status.twins[?(@.propertyName=="setpoint")].observedDesired.metadata.state}') ===
        "verified",
    );
    await eventually(
      () => jsonpath("dst own", '{.status.twins[?(@.propertyName=="setpoint")].reported.value}') === "1480",
    );
    const described = kubectl("describe", "device", "own");
    expect(described).toMatch(/Type:\s+Connected/);
    expect(described).toContain("Events:");
  });

  test("kubectl refuses a wrong manifest with its path, and edits a right one", () => {
    const wrong = pumpDevice({ name: "wrong", port });
    const [first] = wrong.spec.properties;
    if (first) Object.assign(first.visitors.configData, { offset: 70_000 });
    const refused = spawnSync(
      "kubectl",
      ["--kubeconfig", stack.file.kubeconfig, "apply", "-f", manifest("wrong", wrong)],
      { encoding: "utf8" },
    );
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("spec.properties[0].visitors.configData.offset");
    kubectl("label", "device", "own", "line=7");
    expect(kubectl("get", "device", "-l", "line=7", "-o", "name")).toContain("own");
    execFileSync("kubectl", ["--kubeconfig", stack.file.kubeconfig, "edit", "device", "own"], {
      env: { ...process.env, EDITOR: 'sed -i s/line:\\ \\"7\\"/line:\\ \\"8\\"/' },
      stdio: "pipe",
    });
    expect(kubectl("get", "device", "-l", "line=8", "-o", "name")).toContain("own");
  });

  test("manifests in KubeEdge's dialect are read as it means them", async () => {
    kubectl("apply", "-f", manifest("dialect-model", dialectModel));
    await device.ask("set holding 10 19713");
    await device.ask("set coil 4 1");
    kubectl("apply", "-f", manifest("dialect", dialectDevice(port)));
    const reported = (property: string) =>
      jsonpath("dst dialect", `{.status.twins[?(@.propertyName=="${property}")].reported.value}`);
    await eventually(() => reported("temperature") === "33.3");
    await eventually(() => reported("switch") === "1");
    await eventually(() => kubectl("get", "device", "dialect", "-o", "yaml").includes("anosecond"));
  });

  test("mosquitto_sub sees retained values and states; mosquitto_pub sets and gets a result; $hw twin/get answers", async () => {
    const retained = execFileSync(
      "mosquitto_sub",
      mosquitto("-t", "devices/default/own/#", "-v", "-C", "3", "-W", "5"),
      { encoding: "utf8" },
    );
    expect(retained).toContain("devices/default/own/$state");
    expect(retained).toMatch(
      /devices\/default\/own\/temperature \{"value":21\.5,"type":"DOUBLE","unit":"Cel","quality":"good"/,
    );
    const result = await subscribed("devices/default/own/setpoint/set/result");
    execFileSync("mosquitto_pub", mosquitto("-t", "devices/default/own/setpoint/set", "-m", "777", "-q", "1"));
    await eventually(() => result.lines.some((line) => line.includes('"code":"Verified"')));
    await result.stop();
    expect(await device.ask("get holding 1")).toBe("777");

    const answer = await subscribed("$hw/events/device/default/own/twin/get/result");
    execFileSync(
      "mosquitto_pub",
      mosquitto("-t", "$hw/events/device/default/own/twin/get", "-m", '{"event_id":"e1","timestamp":1}'),
    );
    const twin = await eventually(() => answer.lines.find((line) => line.startsWith("{")));
    await answer.stop();
    expect(JSON.parse(twin ?? "{}")).toMatchObject({
      event_id: "e1",
      twin: { setpoint: { actual: { value: "777" } } },
    });
  });

  test("a partner that stops is offline with a reason in kubectl and MQTT within two cycles, and comes back by itself", async () => {
    await device.stop("SIGKILL");
    await eventually(() => jsonpath("dst own", "{.status.state}") === "offline");
    const reported = JSON.parse(jsonpath("dst own", "{.status.twins[0].reported}")) as {
      metadata: { quality: string; reason: string };
    };
    expect(["stale", "bad"]).toContain(reported.metadata.quality);
    expect(reported.metadata.reason).toMatch(/^[A-Z][A-Za-z]+$/);
    const state = execFileSync("mosquitto_sub", mosquitto("-t", "devices/default/own/$state", "-C", "1", "-W", "5"), {
      encoding: "utf8",
    });
    expect(JSON.parse(state)).toMatchObject({ state: "offline" });
    device = new LineProgram("python3", [SERVER, String(port)]);
    await device.next();
    await eventually(() => jsonpath("dst own", "{.status.state}") === "online", 20_000);
  }, 60_000);
});

const dialectModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "dialect" },
  spec: {
    protocol: "modbus",
    properties: [
      {
        name: "temperature",
        type: "FLOAT",
        accessMode: "ReadOnly",
        maximum: "100",
        minimum: "1",
        unit: "degree Celsius",
      },
      { name: "switch", type: "INT", accessMode: "ReadWrite" },
    ],
  },
};

const dialectDevice = (port: number) => ({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { name: "dialect" },
  spec: {
    deviceModelRef: { name: "dialect" },
    nodeName: "edge-1",
    protocol: {
      protocolName: "modbus",
      configData: {
        communicateMode: "TCP",
        ip: "127.0.0.1",
        port: String(port),
        slaveID: "1",
        serialPort: "",
        baudRate: "",
      },
    },
    properties: [
      {
        name: "temperature",
        collectCycle: 10_000_000_000,
        reportCycle: 10_000_000_000,
        reportToCloud: true,
        desired: { value: "" },
        visitors: {
          protocolName: "modbus",
          configData: {
            register: "HoldingRegister",
            offset: 10,
            limit: 1,
            scale: 0.1,
            isSwap: true,
            isRegisterSwap: true,
            dataType: "float",
          },
        },
      },
      {
        name: "switch",
        collectCycle: 1_000_000_000,
        visitors: {
          protocolName: "modbus",
          configData: { register: "CoilRegister", offset: "4", limit: 1, scale: 1, dataType: "int" },
        },
      },
    ],
  },
});
