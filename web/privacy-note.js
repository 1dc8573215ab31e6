// What the operator declared, where everybody who opens the viewer reads it.

import { byId, setText } from "./dom.js";

/** @import {PrivacyDeclaration} from "../src/core/privacy.ts" */

/**
 * Whether a server that declares this gives pictures.
 * @param {PrivacyDeclaration | undefined} privacy
 */
export function givesPictures(privacy) {
  return privacy?.mode !== "strict";
}

/**
 * Shows a declaration, or nothing where there is none.
 * @param {PrivacyDeclaration | undefined} privacy
 */
export function showPrivacy(privacy) {
  const note = byId("privacy", HTMLElement);
  note.hidden = privacy === undefined;
  if (!privacy) return;
  const { purpose, setting, exception } = privacy;
  const sentences = [
    !givesPictures(privacy) && "Strict privacy: no picture leaves the server, so boxes stand on a plain ground.",
    purpose && `Purpose: ${purpose.replace(/\.$/, "")}.`,
    setting && `Setting: ${setting}.`,
    exception && `Exception: ${exception.ground}, ${exception.reason.replace(/\.$/, "")}.`,
  ];
  setText(note, sentences.filter(Boolean).join(" "));
}
