export { line } from "../runtime/line.ts";
