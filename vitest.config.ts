import { defineConfig } from "vitest/config";

// A page that is drawn in software beside a decoder and a model on two cores may miss a moment once: such a test is tried again; one that fails each time fails.
// Integration and browser tests start real servers, decoders and browsers: two at a time is what two cores carry.
const shared = { testTimeout: 60_000, hookTimeout: 60_000, restoreMocks: true };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { ...shared, name: "integration", include: ["test/integration/**/*.test.ts"], retry: 1 } },
      { test: { ...shared, name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 120_000, retry: 2 } },
    ],
  },
});
