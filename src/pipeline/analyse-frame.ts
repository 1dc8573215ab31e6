// The engine's part of a frame's way. The engine borrows the pixels until it answers, also when nobody waits any more,
// so the frame is given back after the answer and never before.

import { Observable } from "rxjs";
import type { DetectedFace } from "../core/engine.js";
import type { Frame } from "../core/frame.js";
import type { FindFaces } from "./find-faces.js";

/** A frame and what was found in it, in pixels of its `picture`. Whoever gets it owns the frame. */
export interface AnalysedFrame {
  readonly frame: Frame;
  readonly found: readonly DetectedFace[];
}

/**
 * Finds the faces of a frame, when subscribed to, once. The frame goes with the result; after an error it is still the caller's.
 * After an unsubscribe it goes to `abandon`, once, when the engine has answered.
 */
export function analyseFrame(findFaces: FindFaces, frame: Frame, abandon: (frame: Frame) => void): Observable<AnalysedFrame> {
  return new Observable((subscriber) => {
    void (async () => {
      const answer = await findFaces(frame, () => !subscriber.closed).then(
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
