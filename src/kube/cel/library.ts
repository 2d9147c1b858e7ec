import { Environment } from "@marcbachmann/cel-js";

/** cel-js allows by default more elements and depth than a rule may need; these bound the work of parsing. */
const LIMITS = { maxAstNodes: 10_000, maxDepth: 100, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 };

/** A fresh environment with the functions that Kubernetes 1.32 gives to rules of CRDs. */
export function kubernetesEnvironment(): Environment {
  return LIBRARY.clone();
}

const LIBRARY = new Environment({ enableOptionalTypes: true, limits: LIMITS });
