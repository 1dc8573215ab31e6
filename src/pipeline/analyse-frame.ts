// The engine's part of a frame's way. The engine borrows the pixels until it answers, also when nobody waits any more,
// so the frame is given back after the answer and never before.

import { Observable } from "rxjs";
import { AppError } from "../core/errors.js";
import { detectSettings } from "../core/detect-settings.js";
import type { DetectedFace, Engine, EngineInput } from "../core/engine.js";
import type { AnalysisSettings } from "../core/config.js";
import type { Frame } from "../core/frame.js";

/** A frame and what was found in it, in pixels of its `picture`. Whoever gets it owns the frame. */
export interface AnalysedFrame {
  readonly frame: Frame;
  readonly found: readonly DetectedFace[];
}

/** What the engine is given for a frame. */
export function engineInput(frame: Frame, analysis: AnalysisSettings, hints?: EngineInput["hints"]): EngineInput {
  const detect = detectSettings(analysis, frame.picture);
  return {
    picture: frame.picture,
    ...(frame.large === undefined ? {} : { large: frame.large }),
    ...(hints === undefined ? {} : { hints }),
    ...(detect === undefined ? {} : { detect }),
    blurSigma: analysis.blur.enabled ? analysis.blur.sigma : 0,
  };
}

/**
 * Asks the engine once for each subscription. The frame goes with the result; after an error it is still the caller's.
 * After an unsubscribe it goes to `abandon`, once, when the engine has answered.
 */
export function analyseFrame(engine: Engine, frame: Frame, input: EngineInput, abandon: (frame: Frame) => void): Observable<AnalysedFrame> {
  return new Observable((subscriber) => {
    void (async () => {
      const answer = await ask(engine, input).then(
        (found) => ({ found }),
        (error: unknown) => ({ error }),
      );
      if (subscriber.closed) abandon(frame);
      else if ("error" in answer) subscriber.error(answer.error);
      else {
        subscriber.next({ frame, found: answer.found });
        subscriber.complete();
      }
    })();
  });
}

async function ask(engine: Engine, input: EngineInput): Promise<readonly DetectedFace[]> {
  const found = (await engine.analyze([input]))[0];
  if (found === undefined) throw new AppError("engine_failed", "Expected one list of faces for one picture, received none.");
  return found;
}
