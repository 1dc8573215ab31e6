// Entry file of the inference worker threads: loads the analyzer that `workerData` names and serves pictures.

import { workerData } from "node:worker_threads";
import type { DetectedFace, EngineInfo, EngineInput } from "../core/engine.js";
import { openAnalyzer, type AnalyzerSettings } from "./analyzers.js";
import { serve } from "./worker-serve.js";

await serve<readonly EngineInput[], (readonly DetectedFace[])[], EngineInfo>(async () => {
  const analyzer = await openAnalyzer(workerData as AnalyzerSettings);
  return {
    info: analyzer.info,
    async run(batch) {
      const results: (readonly DetectedFace[])[] = [];
      for (const input of batch) results.push(await analyzer.analyze(input));
      return results;
    },
    close: () => analyzer.close(),
  };
});
