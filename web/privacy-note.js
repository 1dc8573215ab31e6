// What the operator declared, where everybody who opens the viewer reads it.

import { byId, setText } from "./dom.js";

/** @import {HelloMessage} from "../src/core/feed.ts" */

/**
 * Shows a declaration, or nothing where there is none.
 * @param {HelloMessage["privacy"]} privacy
 */
export function showPrivacy(privacy) {
  const note = byId("privacy", HTMLElement);
  note.hidden = privacy === undefined;
  if (!privacy) return;
  const { mode, purpose, setting, exception } = privacy;
  const sentences = [
    mode === "strict" && "Strict privacy: no picture leaves the server, so boxes stand on a plain ground.",
    purpose && `Purpose: ${purpose.replace(/\.$/, "")}.`,
    setting && `Setting: ${setting}.`,
    exception && `Exception: ${exception.ground}, ${exception.reason.replace(/\.$/, "")}.`,
  ];
  setText(note, sentences.filter(Boolean).join(" "));
}
