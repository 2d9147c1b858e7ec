import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { SiteResource } from "../../src/shared/model/resources/site.ts";
import { callApi, type KubeApi, untilApi } from "./kubeApi.ts";
import { device, hugeDevice, model, WRONG_MANIFESTS } from "./manifests.ts";

const CHART = new URL("../../charts/edgeloom/", import.meta.url);
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GROUP = "/apis/devices.kubeedge.io/v1beta1";
const DEVICES = `${GROUP}/namespaces/default`;
const SITES = "/apis/edgeloom.io/v1alpha1/sites";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

const demo: SiteResource = {
  apiVersion: "edgeloom.io/v1alpha1",
  kind: "Site",
  metadata: { name: "demo" },
  spec: { nodes: ["edge-1"], nodeSelector: { plant: "north" }, tolerations: [{ operator: "Exists" }] },
};

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The manifests in a folder of the chart. */
function chartManifests(folder: string): Named[] {
  const files = readdirSync(new URL(folder, CHART)).filter((name) => name.endsWith(".yaml"));
  return files.flatMap((name) =>
    parseAllDocuments(readFileSync(new URL(`${folder}/${name}`, CHART), "utf8")).map(
      (document) => document.toJS() as Named,
    ),
  );
}

/** Creates the CRDs of the chart and waits until the API serves them. */
async function installCrds(api: KubeApi): Promise<void> {
  for (const crd of chartManifests("crds")) {
    const { status, body } = await callApi(api, "POST", CRDS, { body: crd });
    expect([crd.metadata.name, status, body["message"]]).toEqual([crd.metadata.name, 201, undefined]);
  }
  for (const path of [`${DEVICES}/devices`, `${DEVICES}/devicemodels`, `${DEVICES}/devicestatuses`, SITES]) {
    await untilApi(api, path);
  }
}

/** What a Kubernetes API must make of our custom resources; `api` is asked when the first test runs. */
export function customResourceSuite(lane: string, api: () => KubeApi): void {
  const call = (method: string, path: string, body?: unknown) => callApi(api(), method, path, { body });

  describe(`custom resources on ${lane}`, () => {
    test("the CRDs of the chart are taken, with their rules within the limits of cost", async () => {
      await installCrds(api());
    });

    test("the samples apply", async () => {
      for (const sample of chartManifests("samples")) {
        const plural = `${sample.kind.toLowerCase()}s`;
        const { status, body } = await call("POST", `${DEVICES}/${plural}`, sample);
        expect([sample.metadata.name, status, body["message"]]).toEqual([sample.metadata.name, 201, undefined]);
      }
    });

    test.each(WRONG_MANIFESTS)("$name: refused with its path", async ({ manifest, errors }) => {
      const plural = `${manifest.kind.toLowerCase()}s`;
      const { status, body } = await call("POST", `${DEVICES}/${plural}?dryRun=All`, manifest);
      const { causes = [] } = (body["details"] ?? {}) as { causes?: { field: string; message: string }[] };
      expect(status).toBe(422);
      for (const { field, message } of errors) {
        expect(causes).toContainEqual(expect.objectContaining({ field, message: expect.stringContaining(message) }));
      }
      // What the API adds by itself when it could not look at everything has no field.
      const fields = new Set(causes.map(({ field }) => field).filter((field) => field !== "<nil>"));
      expect(fields).toEqual(new Set(errors.map(({ field }) => field)));
    });

    test("a thousand properties with every key stay within the limits of cost", async () => {
      const { status, body } = await call("POST", `${DEVICES}/devices?dryRun=All`, hugeDevice());
      expect([status, body["message"]]).toEqual([201, undefined]);
    }, 60_000);

    test("keys nobody knows, texts for numbers, empty texts and nulls are kept as they are", async () => {
      const configData = {
        offset: "12",
        limit: "",
        scale: null,
        isSwap: null,
        dataType: null,
        address: null,
        jitter: { a: [1, 2.5] },
      };
      const manifest = device("kept", { visitors: { protocolName: "Modbus", configData } });
      expect((await call("POST", `${DEVICES}/devices`, manifest)).status).toBe(201);
      const { body } = await call("GET", `${DEVICES}/devices/kept`);
      expect(body).toMatchObject({ spec: { properties: [{ visitors: { configData } }] } });
    });

    test("the words of a built-in protocol mean nothing in another one", async () => {
      const configData = { register: 5, offset: 70_000, limit: "x", dataType: "temperature", parity: "odd one" };
      const manifest = device("other", {
        visitors: { protocolName: "ble", configData },
        protocol: { protocolName: "ble", configData: { port: "70000", ip: 5 } },
      });
      expect((await call("POST", `${DEVICES}/devices`, manifest)).status).toBe(201);
    });

    test("a status write leaves generation and spec alone; a spec write leaves status alone", async () => {
      await call("POST", `${DEVICES}/devices`, device("split", {}));
      const condition = {
        type: "Connected",
        status: "True",
        reason: "Answers",
        message: "The device answers.",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      };
      const status = { observedGeneration: 1, conditions: [condition], reportToCloud: true, own: "kept" };
      await call("PATCH", `${DEVICES}/devices/split/status`, { status, spec: { nodeName: "ignored" } });
      const { body } = await call("PATCH", `${DEVICES}/devices/split`, { spec: { nodeName: "edge-2" }, status: null });
      expect(body).toMatchObject({ metadata: { generation: 2 }, spec: { nodeName: "edge-2" }, status });
    });

    test("DeviceStatus is merged into as a whole, as KubeEdge writes it", async () => {
      const twins = [{ propertyName: "speed", reported: { value: "7", metadata: { timestamp: "1" } } }];
      const created = { ...model("of-a-device"), kind: "DeviceStatus", spec: {}, status: { state: "unknown" } };
      expect((await call("POST", `${DEVICES}/devicestatuses`, created)).status).toBe(201);
      const { body } = await call("PATCH", `${DEVICES}/devicestatuses/of-a-device`, { status: { twins } });
      expect(body).toMatchObject({ status: { state: "unknown", twins } });
    });

    test("kubectl get has a column for what one wants to know first", async () => {
      await call("PATCH", `${DEVICES}/devicestatuses/of-a-device`, { status: { summary: "speed=7 rpm" } });
      await call("POST", SITES, demo);
      await call("PATCH", `${SITES}/demo/status`, {
        status: { nodes: ["edge-1"], connected: 1, devices: { total: 2 } },
      });
      expect(await row(`${DEVICES}/devices/split`)).toMatchObject({
        Name: "split",
        Node: "edge-2",
        Protocol: "modbus",
        Model: "pump",
        Connected: "True",
        Reason: "Answers",
      });
      const status = await row(`${DEVICES}/devicestatuses/of-a-device`);
      expect(status).toMatchObject({ State: "unknown", Values: "speed=7 rpm" });
      expect(Object.keys(status)).toEqual(["Name", "State", "Values", "LastOnline", "Age"]);
      expect(await row(`${DEVICES}/devicemodels/pump`)).toMatchObject({ Name: "pump", Protocol: "modbus" });
      expect(await row(`${SITES}/demo`)).toMatchObject({ Nodes: '["edge-1"]', Connected: 1, Devices: 2 });
    });

    test("short names and categories are told", async () => {
      const { body } = await call("GET", GROUP);
      const { resources } = body as { resources: { name: string; shortNames?: string[]; categories?: string[] }[] };
      const told = resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, shortNames, categories }) => [name, shortNames, categories]);
      expect(new Set(told)).toEqual(
        new Set([
          ["devicemodels", ["dm"], ["all", "edgeloom"]],
          ["devices", ["dev"], ["all", "edgeloom"]],
          ["devicestatuses", ["dst"], ["all", "edgeloom"]],
        ]),
      );
    });

    test("the OpenAPI document, which kubectl explain reads, teaches the keys of modbus", async () => {
      const { body } = await untilApi(api(), "/openapi/v3/apis/devices.kubeedge.io/v1beta1");
      const text = JSON.stringify(body);
      expect(text).toContain("KubeEdge: zero-based address in its table");
      expect(text).toContain("A whole number from 1 to 65535, default 502. Example: port: 502");
    });
  });

  /** The first row of a Table, by the names of its columns. */
  async function row(path: string): Promise<Record<string, unknown>> {
    const { body } = await callApi(api(), "GET", path, { accept: TABLE });
    const { columnDefinitions, rows } = body as {
      columnDefinitions: { name: string; priority: number }[];
      rows: [{ cells: unknown[] }];
    };
    const cells = columnDefinitions.map(({ name, priority }, index) => [name, priority, rows[0].cells[index]] as const);
    return Object.fromEntries(cells.filter(([, priority]) => priority === 0).map(([name, , cell]) => [name, cell]));
  }
}
