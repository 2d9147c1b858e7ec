import { formatYaml } from "./shared/kit/yaml.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "./shared/model/crds.ts";

const HEADER = "# Made by `npm run generate` from src/shared/model/resources; do not edit.\n";

/** The files of the repository that are made from code: path from its root → text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map(
    CUSTOM_RESOURCE_DEFINITIONS.map((definition) => [
      `charts/edgeloom/crds/${nameOf(definition["metadata"])}.yaml`,
      HEADER + formatYaml(definition),
    ]),
  );
}

function nameOf(metadata: unknown): string {
  if (typeof metadata === "object" && metadata !== null && "name" in metadata) return String(metadata.name);
  throw new Error("a CustomResourceDefinition has no name");
}
