import { describe, expect, it } from "vitest";
import { objectAt } from "../../../../src/kube/json.ts";
import { conditionOf } from "../../../../src/kube/registry/conditions.ts";
import { keepStoredVersions } from "../../../../src/kube/registry/definitionMarks.ts";
import { dropDuplicateOwners } from "../../../../src/kube/registry/metadata.ts";
import { acceptNames } from "../../../../src/kube/registry/nameConflicts.ts";
import { compareVersions } from "../../../../src/kube/registry/versions.ts";

const AT = "2026-01-01T00:00:00Z";

const definition = (plural: string, names: object = {}) => ({
  metadata: { name: `${plural}.parts.example.com` },
  spec: {
    group: "parts.example.com",
    names: { plural, singular: plural.slice(0, -1), kind: `${plural}Kind`, listKind: `${plural}List`, ...names },
    versions: [],
  },
});

describe("compareVersions", () => {
  it("puts the most mature first, then the highest", () => {
    const names = ["v1beta1", "v10", "custom", "v2", "v1alpha2", "v11beta2", "a", "v1alpha10"];
    expect(names.sort(compareVersions)).toEqual([
      "v10",
      "v2",
      "v11beta2",
      "v1beta1",
      "v1alpha10",
      "v1alpha2",
      "a",
      "custom",
    ]);
  });
});

describe("acceptNames", () => {
  it("accepts free names and establishes the definition", () => {
    const knobs = definition("knobs", { shortNames: ["kn"], categories: ["all"] });
    acceptNames(knobs, [], AT);
    expect(objectAt(knobs, "status")?.["acceptedNames"]).toEqual(knobs.spec.names);
    expect(conditionOf(knobs, "Established")).toMatchObject({ status: "True", reason: "InitialNamesAccepted" });
  });

  it("does not establish a definition whose names are taken, and names the conflict", () => {
    const levers = definition("levers");
    acceptNames(levers, [], AT);
    const handles = definition("handles", { singular: "lever" });
    acceptNames(handles, [levers], AT);
    expect(conditionOf(handles, "NamesAccepted")).toMatchObject({
      status: "False",
      reason: "SingularConflict",
      message: '"lever" is already in use',
    });
    expect(conditionOf(handles, "Established")).toMatchObject({ status: "False", reason: "NotAccepted" });
  });

  it("leaves names in other groups alone", () => {
    const levers = definition("levers");
    acceptNames(levers, [], AT);
    const other = definition("levers");
    other.spec.group = "other.example.com";
    acceptNames(other, [levers], AT);
    expect(conditionOf(other, "NamesAccepted")).toMatchObject({ status: "True" });
  });

  it("keeps an established definition established when a later name is taken", () => {
    const levers = definition("levers", { shortNames: ["lv"] });
    acceptNames(levers, [], AT);
    const knobs = definition("knobs");
    acceptNames(knobs, [levers], AT);
    Object.assign(knobs.spec.names, { shortNames: ["lv"] });
    acceptNames(knobs, [levers], AT);
    expect(conditionOf(knobs, "NamesAccepted")).toMatchObject({ status: "False", reason: "ShortNamesConflict" });
    expect(conditionOf(knobs, "Established")).toMatchObject({ status: "True" });
  });
});

describe("keepStoredVersions", () => {
  it("adds the version that is stored now, once", () => {
    const object = { spec: { versions: [{ name: "v2", storage: true }] }, status: { storedVersions: ["v1"] } };
    keepStoredVersions(object);
    keepStoredVersions(object);
    expect(object.status.storedVersions).toEqual(["v1", "v2"]);
  });
});

describe("dropDuplicateOwners", () => {
  it("keeps the first reference to each owner and tells which came twice", () => {
    const object = { metadata: { ownerReferences: [{ uid: "a", name: "1" }, { uid: "b" }, { uid: "a", name: "2" }] } };
    expect(dropDuplicateOwners(object)).toEqual(["a"]);
    expect(object.metadata.ownerReferences).toEqual([{ uid: "a", name: "1" }, { uid: "b" }]);
  });
});
