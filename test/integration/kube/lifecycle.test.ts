import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKube, startKube } from "../../support/kubeServer.ts";
import { RawKube } from "../../support/rawKube.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

let kube: RunningKube;
let raw: RawKube;

beforeAll(async () => {
  kube = await startKube();
  raw = new RawKube(kube);
});
afterAll(() => kube.stop());

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly ownerReferences?: unknown[] };
}

async function create(path: string, body: unknown): Promise<Stored> {
  const { status, text } = await raw.call("POST", path, { body });
  expect(status, text).toBe(201);
  return JSON.parse(text);
}

const statusOf = async (path: string): Promise<number> => (await raw.call("GET", path)).status;

/** Resolves when the object at a path is gone, told by a watch on its name. */
async function untilGone(collection: string, name: string): Promise<void> {
  const watch = await raw.watch(`${collection}?watch=1&fieldSelector=metadata.name%3D${name}`);
  for (let count = 1; !watch.events.some(({ type }) => type === "DELETED"); count++) {
    if ((await statusOf(`${collection}/${name}`)) === 404) break;
    await watch.until(count);
  }
  watch.close();
}

function ownedBy(owner: Stored, name: string, extra: object = {}) {
  const reference = { apiVersion: "v1", kind: "ConfigMap", name: owner.metadata.name, uid: owner.metadata.uid };
  return { metadata: { name, ownerReferences: [{ ...reference, blockOwnerDeletion: true }], ...extra } };
}

describe("garbage collection", () => {
  it("deletes what lost its owner, and what that owned", async () => {
    const owner = await create(MAPS, { metadata: { name: "bg-owner" } });
    const child = await create(MAPS, ownedBy(owner, "bg-child"));
    await create(MAPS, ownedBy(child, "bg-grandchild"));
    await raw.call("DELETE", `${MAPS}/bg-owner`);
    await untilGone(MAPS, "bg-grandchild");
    expect(await statusOf(`${MAPS}/bg-child`)).toBe(404);
  });

  it("keeps an owner that is deleted in the foreground until its dependents are gone", async () => {
    const owner = await create(MAPS, { metadata: { name: "fg-owner" } });
    await create(MAPS, ownedBy(owner, "fg-child", { finalizers: ["example.com/hold"] }));
    await raw.call("DELETE", `${MAPS}/fg-owner?propagationPolicy=Foreground`);
    const watch = await raw.watch(`${MAPS}?watch=1&fieldSelector=metadata.name%3Dfg-child`);
    await watch.until(1);
    const isMarked = () => watch.events.some(({ object }) => JSON.stringify(object).includes("deletionTimestamp"));
    for (let count = 2; !isMarked(); count++) await watch.until(count);
    watch.close();
    expect(await statusOf(`${MAPS}/fg-owner`)).toBe(200);
    const headers = { "content-type": "application/merge-patch+json" };
    await raw.call("PATCH", `${MAPS}/fg-child`, { body: { metadata: { finalizers: null } }, headers });
    await untilGone(MAPS, "fg-owner");
    expect(await statusOf(`${MAPS}/fg-child`)).toBe(404);
  });

  it("only takes the reference away when the owner is deleted as an orphan maker", async () => {
    const owner = await create(MAPS, { metadata: { name: "or-owner" } });
    await create(MAPS, ownedBy(owner, "or-child"));
    await raw.call("DELETE", `${MAPS}/or-owner?propagationPolicy=Orphan`);
    await untilGone(MAPS, "or-owner");
    const child: Stored = JSON.parse((await raw.call("GET", `${MAPS}/or-child`)).text);
    expect(child.metadata.ownerReferences).toBeUndefined();
  });

  it("deletes an object that names an owner which never was", async () => {
    const ghost = { metadata: { name: "ghost", uid: "00000000-0000-4000-8000-000000000000" } };
    await create(MAPS, ownedBy(ghost, "haunted"));
    await untilGone(MAPS, "haunted");
  });

  it("leaves dependents of a kind that is not known alone", async () => {
    const reference = { apiVersion: "later.example.com/v1", kind: "Later", name: "x", uid: "u-1" };
    await create(MAPS, { metadata: { name: "patient", ownerReferences: [reference] } });
    // Another collection that is due after it shows that its turn has come and gone.
    const ghost = { metadata: { name: "ghost", uid: "00000000-0000-4000-8000-000000000001" } };
    await create(MAPS, ownedBy(ghost, "after-patient"));
    await untilGone(MAPS, "after-patient");
    expect(await statusOf(`${MAPS}/patient`)).toBe(200);
  });
});

describe("namespaces", () => {
  it("are emptied before they go, and take nothing new meanwhile", async () => {
    await create("/api/v1/namespaces", { metadata: { name: "leaving" } });
    const maps = "/api/v1/namespaces/leaving/configmaps";
    await Promise.all(Array.from({ length: 250 }, (_, index) => create(maps, { metadata: { name: `m${index}` } })));
    await create(maps, { metadata: { name: "held", finalizers: ["example.com/hold"] } });
    await raw.call("DELETE", "/api/v1/namespaces/leaving");
    const refused = await raw.call("POST", maps, { body: { metadata: { name: "late" } } });
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 403,
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    await untilGone(maps, "m249");
    expect(await statusOf("/api/v1/namespaces/leaving")).toBe(200);
    const headers = { "content-type": "application/merge-patch+json" };
    await raw.call("PATCH", `${maps}/held`, { body: { metadata: { finalizers: null } }, headers });
    await untilGone("/api/v1/namespaces", "leaving");
  });
});
