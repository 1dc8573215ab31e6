// What `privacy` in the configuration means, all of it here: the server, the command line and the file analysis ask these rules and hold
// none of their own. docs/privacy.md says what the law asks for; a test of each promise stands there.

import { z } from "zod";
import { AppError } from "./errors.js";
import type { ResultFormat } from "./result-formats.js";

/** Where emotions are looked for. Article 5(1)(f) of the EU AI Act forbids two of them, but for medical or safety reasons. */
export const privacySettings = ["home", "research", "art", "medical", "safety", "workplace", "education", "other"] as const;
const forbiddenSettings: ReadonlySet<string> = new Set(["workplace", "education"] satisfies (typeof privacySettings)[number][]);

/** Result formats that are pictures. The timeline shows no face; it is one all the same, so that a file of a strict server is never a picture. */
const pictureFormats: ReadonlySet<string> = new Set(["mp4", "png"] satisfies ResultFormat[]);

const text = (min: number, max: number) => z.string().trim().min(min).max(max).regex(/^\P{Cc}*$/u, "expected one line without control characters");

const exceptionSchema = z.strictObject({
  ground: z.enum(["medical", "safety"]),
  reason: text(10, 500).describe("Why that ground holds; stands in every header."),
});

export const privacySchema = z
  .strictObject({
    mode: z.enum(["off", "strict"]).default("off").describe("strict: no picture leaves the process and nothing but numbers is stored; purpose and setting must be named (docs/privacy.md)."),
    purpose: text(3, 300).optional().describe("What the results are for, in a sentence. Stands in hello, /v1/info and every result file."),
    setting: z.enum(privacySettings).optional().describe("Where emotions are looked for. workplace and education are refused without an exception, in either mode."),
    exception: exceptionSchema.optional().describe("For workplace and education, {ground, reason}: a medical or safety ground and why it holds. Stands in every header."),
  })
  .refine((p) => p.exception === undefined || (p.setting !== undefined && forbiddenSettings.has(p.setting)), "expected an exception only with the setting workplace or education");

export type Privacy = z.infer<typeof privacySchema>;

export const privacyDeclarationSchema = z
  .object({
    mode: z.enum(["off", "strict"]).describe("strict: this server sends and stores no pictures."),
    purpose: z.string().optional(),
    setting: z.enum(privacySettings).optional(),
    exception: z.object({ ground: z.enum(["medical", "safety"]), reason: z.string() }).optional(),
  })
  .describe("What the operator declared (`privacy` in the configuration).");

/** What an operator declared, as it stands in `hello`, `/v1/info` and result files. */
export type PrivacyDeclaration = z.infer<typeof privacyDeclarationSchema>;

/**
 * Refuses a configuration that may not start.
 * @throws AppError `privacy_undeclared` for strict privacy without purpose or setting, `use_forbidden` for a use that the AI Act forbids
 */
export function checkDeclared({ mode, purpose, setting, exception }: Privacy): void {
  if (setting !== undefined && forbiddenSettings.has(setting) && exception === undefined) {
    throw new AppError(
      "use_forbidden",
      `The EU AI Act, Article 5(1)(f), forbids to infer emotions of people at work and in education, but for medical or safety reasons; received the setting ${setting}. Where such a reason holds, type: --exception "medical: why" or --exception "safety: why" (privacy.exception); it stands in every header.`,
    );
  }
  if (mode === "off") return;
  if (purpose === undefined) throw new AppError("privacy_undeclared", 'Strict privacy needs a purpose; type: --purpose "what the results are for" (privacy.purpose). It stands in every result.');
  if (setting === undefined) throw new AppError("privacy_undeclared", `Strict privacy asks where it is used; type: --setting and one of ${privacySettings.join(", ")} (privacy.setting).`);
}

/** The declaration for headers; undefined where nothing is declared. */
export function declarationOf({ mode, purpose, setting, exception }: Privacy): PrivacyDeclaration | undefined {
  if (mode === "off" && purpose === undefined && setting === undefined) return undefined;
  return { mode, ...(purpose !== undefined && { purpose }), ...(setting !== undefined && { setting }), ...(exception !== undefined && { exception }) };
}

/** The declaration as one line, for formats that have only room for text. */
export function declarationText({ mode, purpose, setting, exception }: PrivacyDeclaration): string {
  const parts = [`privacy: ${mode}`, purpose && `purpose: ${purpose}`, setting && `setting: ${setting}`, exception && `exception: ${exception.ground}, ${exception.reason}`];
  return parts.filter(Boolean).join("; ");
}

/** Whether pictures may leave the process. */
export function allowsPictures({ mode }: Pick<Privacy, "mode">): boolean {
  return mode === "off";
}

/** Whether an uploaded file goes as soon as its analysis is over, and not with the analysis. */
export function dropsUploads({ mode }: Pick<Privacy, "mode">): boolean {
  return mode === "strict";
}

/** Why something that is a picture is not given, undefined where it is; `what` begins the sentence. */
export function pictureRefusal(privacy: Pick<Privacy, "mode">, what: string): AppError | undefined {
  return allowsPictures(privacy) ? undefined : new AppError("no_pictures", `${what}: not in strict privacy mode (privacy.mode), which gives numbers only.`);
}

/** Refuses something that is a picture. @throws AppError `no_pictures` */
export function refusePictures(privacy: Pick<Privacy, "mode">, what: string): void {
  const refusal = pictureRefusal(privacy, what);
  if (refusal !== undefined) throw refusal;
}

/** Refuses result formats that are pictures. @throws AppError `no_pictures` */
export function refusePictureFormats(privacy: Pick<Privacy, "mode">, formats: readonly string[]): void {
  const wanted = formats.filter((format) => pictureFormats.has(format));
  if (wanted.length > 0) refusePictures(privacy, `Result format ${wanted.join(", ")}`);
}
