import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readIfThere, writeWholeFile } from "../../../../src/shared/kit/wholeFile.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgeloom-whole-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a file is replaced as a whole, with its mode, and nothing stays beside it", async () => {
  const path = join(folder, "key");
  await writeFile(path, "old", { mode: 0o644 });
  await writeWholeFile(path, "new", 0o600);
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["key"]);
});

it("a failed replacement leaves nothing behind", async () => {
  await mkdir(join(folder, "taken"));
  await expect(writeWholeFile(join(folder, "taken"), "x", 0o600)).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["taken"]);
});

it("a file that is not there reads as none, also below a file", async () => {
  await writeFile(join(folder, "file"), "x");
  expect(await readIfThere(join(folder, "none"))).toBeUndefined();
  expect(await readIfThere(join(folder, "file", "none"))).toBeUndefined();
  await expect(readIfThere(folder)).rejects.toThrow(/EISDIR/);
});
