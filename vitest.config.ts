import { defineConfig } from "vitest/config";

// Integration and browser tests start real servers, decoders and browsers: two at a time is what two cores carry.
const shared = { testTimeout: 60_000, hookTimeout: 60_000, restoreMocks: true };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { ...shared, name: "integration", include: ["test/integration/**/*.test.ts"] } },
      { test: { ...shared, name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
