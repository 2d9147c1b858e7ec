import { type Environment, Optional } from "@marcbachmann/cel-js";

/** optional.ofNonZeroValue; the other functions of optionals come with cel-js. */
export function addOptionals(environment: Environment): Environment {
  return environment.registerFunction(
    "OptionalNamespace.ofNonZeroValue(A): optional<A>",
    (_: unknown, value: unknown) => (isZero(value) ? Optional.none() : Optional.of(value)),
  );
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return value instanceof Map ? value.size === 0 : !value;
}
