import { Environment } from "@marcbachmann/cel-js";
import { addFormats } from "./formats.ts";
import { addLists } from "./lists.ts";
import { addNetwork } from "./network.ts";
import { addOptionals } from "./optionals.ts";
import { addQuantity } from "./quantity.ts";
import { addStrings } from "./strings.ts";
import { addUrl } from "./url.ts";

/** Bounds the work of parsing; no rule of a known CRD comes near. */
const LIMITS = { maxAstNodes: 10_000, maxDepth: 100, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 };

/**
 * A fresh environment with the functions that Kubernetes 1.32 gives to new rules of CRDs (apiserver/pkg/cel/library).
 * Left out, because a 1.32 cluster refuses them there too: cel.bind, semver, two-variable comprehensions.
 */
export function kubernetesEnvironment(): Environment {
  return LIBRARY.clone();
}

const LIBRARY = [addLists, addStrings, addUrl, addQuantity, addNetwork, addOptionals, addFormats].reduce(
  (environment, add) => add(environment),
  new Environment({ enableOptionalTypes: true, limits: LIMITS }),
);
