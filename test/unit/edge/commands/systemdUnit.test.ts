import { expect, it } from "vitest";
import { unitText } from "../../../../src/edge/commands/systemdUnit.ts";

it("a unit runs the edge with its own configuration", () => {
  const text = unitText({
    command: ["/usr/bin/node", "/opt/edgeloom/bin/edgeloom"],
    node: "a",
    config: "/e/config.yaml",
  });
  expect(text).toContain("ExecStart=/usr/bin/node /opt/edgeloom/bin/edgeloom edge --config /e/config.yaml\n");
});

it("what systemd would read as something else is quoted", () => {
  const text = unitText({ command: ["/my apps/node"], node: "a", config: '/e$x/50%/"c".yaml' });
  expect(text).toContain('ExecStart="/my apps/node" edge --config "/e$$x/50%%/\\"c\\".yaml"\n');
});
