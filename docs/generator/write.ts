// Run by `npm run generate`, after the files that the program itself needs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./pages.ts";

for (const [path, text] of generatedPages()) writeFileSync(join(import.meta.dirname, "../..", path), text);
