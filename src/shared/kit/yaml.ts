import { stringify } from "yaml";

/** YAML as people read it: long texts stay on one line, nothing is an alias. */
export const formatYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
