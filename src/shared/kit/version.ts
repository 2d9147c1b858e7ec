import { readFileSync } from "node:fs";

/** The same from src/ and from dist/. */
const packageFile = new URL("../../../package.json", import.meta.url);

/** Edgeloom's own version, as package.json has it. */
export const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { readonly version: string }; // our own file
