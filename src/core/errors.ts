// Every failure that a user can meet has one code of this closed union; docs/errors.md explains each (a test compares both).
// A retired code is never reused.

/** What each code means in one line; the keys are the closed union of codes. */
export const errorCodes = {
  // sources
  not_found: "The file, host or path does not exist.",
  unauthorized: "The camera or server refused the user name or password.",
  forbidden: "The camera or server understood the request and refuses it.",
  refused: "Nothing listens at that address and port.",
  unreachable: "No route to that host.",
  timeout: "No answer, or no picture, within the time allowed.",
  unsupported_protocol: "The address uses a scheme that is not allowed or not built into FFmpeg.",
  unsupported_codec: "FFmpeg has no decoder for this video.",
  no_video: "The source has no moving picture (audio only, or an attached cover picture).",
  corrupt: "The source could not be decoded, or breaks off before its end.",
  picture_too_large: "The picture has more pixels than allowed.",
  source_lost: "The connection to the source was lost.",
  stalled: "The source stays connected and delivers no picture.",
  ffmpeg_missing: "The ffmpeg or ffprobe program was not found.",
  ffmpeg_failed: "FFmpeg ended with an error that no other code describes.",
  hwaccel_failed: "The hardware decoder asked for could not be opened.",
  // requests
  invalid_request: "The request does not fit its schema.",
  invalid_config: "The configuration does not fit its schema.",
  invalid_picture: "The bytes are not a picture that can be decoded.",
  unauthenticated: "A token is required, and none or a wrong one was sent.",
  admin_only: "The token that was sent may look; this needs the one that may change things.",
  stream_not_found: "No stream has this id.",
  stream_exists: "A stream with this id exists already.",
  analysis_not_found: "No analysis has this id.",
  interrupted: "The server ended several times in the middle of this analysis.",
  result_not_ready: "The analysis has not produced this result.",
  conflict: "The thing asked for does not fit the present state.",
  route_not_found: "No such route.",
  method_not_allowed: "The route exists and does not take this method.",
  payload_too_large: "The body or message is larger than allowed.",
  unsupported_media_type: "The content type is not one that the route takes.",
  too_many: "A limit on streams, clients, analyses or requests is reached.",
  outside_media_root: "The path leads outside the media root.",
  source_not_allowed: "The source is at an address that this server does not open.",
  // privacy
  privacy_undeclared: "Strict privacy needs a purpose and a setting, and one of them is missing.",
  use_forbidden: "The setting named is one in which the law forbids to infer emotions.",
  no_pictures: "A picture was asked for, and strict privacy gives numbers only.",
  // pushed frames
  no_credit: "More frames were sent than credits were given.",
  frame_id_repeated: "The frame's id is not larger than that of the frame before.",
  not_as_declared: "The frame is not what the client declared: another format, size or length.",
  // inside
  engine_failed: "The inference engine failed on this picture.",
  worker_lost: "The worker that analysed this picture ended, and no other could take it over.",
  worker_hung: "The inference engine did not answer within the time allowed.",
  poisonous: "Two workers in a row ended over this picture; it is not tried again.",
  engine_unavailable: "The inference engine could not be started.",
  model_unknown: "No model of that name is installed, and no folder of that name holds one.",
  model_invalid: "A model file is missing, damaged or not the one its manifest names.",
  resources_exhausted: "This process, or this machine, has no more file descriptors, processes or memory to give.",
  disk_full: "The disk is full.",
  write_failed: "A file could not be written.",
  address_in_use: "Another program listens on this address and port.",
  state_in_use: "Another running server uses this state file or work folder, or another analyze this folder of results.",
  shutting_down: "The server is stopping.",
  cancelled: "The work was stopped on request.",
  manifest_invalid: "The manifest of a study, or a row of it, cannot be used as it is.",
  data_missing: "The data folder that this command needs is not there.",
  training_failed: "Training cannot go on (for example a loss that is not a number).",
  internal: "A defect of Emostream; please report it.",
} as const;

/** A code from the closed union above. */
export type ErrorCode = keyof typeof errorCodes;

/** Whether a text, such as one from a server's answer, is a code that is known here. */
export function isErrorCode(text: string | undefined): text is ErrorCode {
  return text !== undefined && Object.hasOwn(errorCodes, text);
}

/** One field that does not fit: where, and what was expected. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Goes to the log, never to a client. Redact credentials before. */
  readonly detail?: string;
  readonly issues?: readonly Issue[];
  /** When to try again, where that is known. Seconds. */
  readonly retryAfterSeconds?: number;
}

/**
 * An error with a code. `message` is public: it says what was expected and what was received, and holds no credentials.
 * `detail` is for the log.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.issues = options.issues;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Of the system: no more file descriptors (of the process, of the machine), memory, processes. */
const exhausted: ReadonlySet<string | undefined> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** Wraps whatever was thrown: an AppError stays itself, system errors get their code, the rest becomes `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const text = error instanceof Error ? error.message : String(error);
  if (code === "ENOSPC" || code === "EDQUOT") return new AppError("disk_full", "The disk is full.", { cause: error, detail: text });
  if (exhausted.has(code)) return new AppError("resources_exhausted", "The system has no more file descriptors, processes or memory to give.", { cause: error, detail: text });
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") return new AppError("write_failed", "No permission for a file.", { cause: error, detail: text });
  if (code === "EADDRINUSE") return new AppError("address_in_use", "Another program listens on this address and port.", { cause: error, detail: text });
  if (code === "ABORT_ERR" || (error instanceof Error && error.name === "AbortError")) return new AppError("cancelled", "Stopped on request.", { cause: error, detail: text });
  return new AppError("internal", "Internal error.", { cause: error, detail: text });
}
