import { defineConfig } from "vitest/config";

const project = (name: string, ...include: string[]) => ({
  test: { name, include, testTimeout: 20_000, hookTimeout: 30_000 },
});

export default defineConfig({
  test: {
    projects: [
      project("main", "test/{unit,contract,golden,integration,arch}/**/*.test.ts"),
      project("cluster", "test/cluster/**/*.test.ts"),
      project("peers", "test/peers/**/*.test.ts"),
      project("chaos", "test/chaos/**/*.test.ts"),
      project("hardware", "hardware-tests/**/*.test.ts"),
    ],
  },
});
