// What states, failures and drops are called on screen. A test holds every state, code and reason of the server against these tables.

/** @import {Pace, StreamState, Counters} from "../src/core/feed.ts" */
/** @import {ErrorCode} from "../src/core/errors.ts" */

/** @type {Record<StreamState, { word: string, meaning: string }>} */
export const stateWords = {
  connecting: { word: "Connecting", meaning: "Waiting for the first picture." },
  live: { word: "Live", meaning: "Pictures are coming in." },
  stalled: { word: "No picture", meaning: "Still connected, but no picture is coming in." },
  reconnecting: { word: "Reconnecting", meaning: "The connection was lost and will be tried again." },
  paused: { word: "Paused", meaning: "Paused on request. The source is closed until you resume." },
  ended: { word: "Ended", meaning: "There are no more pictures: the video is over, or whoever sent them has gone." },
  stopped: { word: "Stopped", meaning: "Stopped on request." },
  failed: { word: "Failed", meaning: "This source cannot be played." },
};

/** @type {Record<ErrorCode, { what: string, hint?: string }>} */
export const codeWords = {
  not_found: { what: "Nothing was found at this address", hint: "Check the host name and the path for typing mistakes." },
  unauthorized: { what: "The camera refused the user name or password", hint: "Put both in the address: rtsp://user:password@host/path" },
  forbidden: { what: "The camera does not allow this", hint: "Its user may lack the right to watch this stream." },
  refused: { what: "Nothing answers at this address", hint: "Check the port, and that the camera is switched on." },
  unreachable: { what: "The camera cannot be reached", hint: "Check that it is on the same network." },
  timeout: { what: "The camera did not answer in time", hint: "It may be busy or switched off." },
  unsupported_protocol: { what: "This kind of address is not supported", hint: "Use rtsp://, rtsps://, http://, https:// or a file." },
  unsupported_codec: { what: "The video format is not supported", hint: "Set the camera to H.264 or H.265." },
  no_video: { what: "There is no moving picture in this source", hint: "It has only sound, or a still cover." },
  corrupt: { what: "The video is damaged or breaks off" },
  picture_too_large: { what: "The picture is larger than allowed", hint: "Choose the camera's smaller stream." },
  source_lost: { what: "The connection to the camera was lost" },
  stalled: { what: "The camera stopped sending pictures" },
  ffmpeg_missing: { what: "FFmpeg is missing on the server", hint: "Run `npx emostream doctor` there." },
  ffmpeg_failed: { what: "The video could not be opened" },
  hwaccel_failed: { what: "The hardware decoder could not be opened", hint: "Add the stream again without it." },
  invalid_request: { what: "Something in the form does not fit" },
  invalid_config: { what: "The server's settings do not fit" },
  invalid_picture: { what: "This is not a picture that can be read" },
  unauthenticated: { what: "This server asks for a token" },
  stream_not_found: { what: "This stream does not exist any more" },
  stream_exists: { what: "A stream with this name exists already", hint: "Choose another name." },
  analysis_not_found: { what: "This analysis does not exist any more" },
  interrupted: { what: "The server stopped several times while it worked on this", hint: "The file may be too large or damaged." },
  result_not_ready: { what: "This result is not there yet" },
  conflict: { what: "This is not possible at the moment" },
  route_not_found: { what: "The server does not know this request" },
  method_not_allowed: { what: "The server does not take this request" },
  payload_too_large: { what: "That is more than the server takes" },
  unsupported_media_type: { what: "The server does not take this kind of data" },
  too_many: { what: "The limit of the server is reached", hint: "Remove something, or wait a moment." },
  outside_media_root: { what: "This file lies outside the server's media folder" },
  source_not_allowed: { what: "This server does not open sources at this address", hint: "`ingest.privateSources` decides about private networks." },
  admin_only: { what: "You may watch here, and change nothing", hint: "Open the link with the admin token instead." },
  no_credit: { what: "Pictures were sent faster than the server takes them" },
  frame_id_repeated: { what: "A picture was numbered like one before" },
  not_as_declared: { what: "A picture is not of the size or kind that was announced" },
  no_pictures: { what: "This server gives numbers and no pictures", hint: "It runs in strict privacy mode." },
  privacy_undeclared: { what: "The server was not told what it is used for" },
  use_forbidden: { what: "The law forbids this use" },
  engine_failed: { what: "The analysis of a picture failed" },
  worker_lost: { what: "A worker of the analysis ended; another takes its place" },
  worker_hung: { what: "The analysis of a picture did not end", hint: "Restart the server if this comes again." },
  poisonous: { what: "The analysis broke off twice over the same picture; it was skipped" },
  engine_unavailable: { what: "The analysis could not be started" },
  model_unknown: { what: "No emotion model of that name", hint: "`engine.emotionModel` names a folder in models/, or any folder with a manifest." },
  model_invalid: { what: "A model file is missing or damaged", hint: "Run `npx emostream doctor` on the server." },
  resources_exhausted: { what: "The server has no more file descriptors, processes or memory", hint: "It tries again. Raise its limits, or give it less to do." },
  disk_full: { what: "The server's disk is full" },
  write_failed: { what: "The server could not write a file" },
  address_in_use: { what: "Another program uses the server's address" },
  state_in_use: { what: "Another server uses this state file or work folder" },
  shutting_down: { what: "The server is stopping" },
  cancelled: { what: "Stopped on request" },
  manifest_invalid: { what: "The manifest cannot be used", hint: "The message says which row, and what was expected." },
  data_missing: { what: "Data that the server needs is missing" },
  training_failed: { what: "Training cannot go on" },
  internal: { what: "Something went wrong inside the server", hint: "Please report it." },
};

/** @type {Record<keyof Counters["dropped"], string>} */
export const dropWords = {
  superseded: "A newer picture was there first",
  paced: "The engine is shared with other streams",
  pool_dry: "All frame buffers were in use",
  engine_failed: "The analysis failed",
  worker_lost: "A worker of the analysis ended",
  worker_hung: "The analysis did not end",
  poisonous: "Skipped: the analysis broke off over it twice",
  paused: "Paused",
  stopped: "Stopped",
};

/** @type {Record<Pace["reason"], string>} */
export const paceWords = {
  every_frame: "Every picture is analysed",
  engine_busy: "The engine is busy",
  latency: "Results came too late",
};

/**
 * What a stream's pace is called.
 * @param {Pace} pace
 */
export function wordsForPace({ fps, wantedFps, reason }) {
  // A reason of a newer server has no words; the figures speak for themselves.
  const why = Object.hasOwn(paceWords, reason) ? paceWords[reason] : reason;
  return reason === "every_frame" ? why : `${why}: ${fps} of ${wantedFps} pictures a second`;
}

/**
 * Words for a code; a code from a newer server falls back to what the server itself says.
 * @param {string} code
 * @param {string} message
 * @returns {{ what: string, hint?: string }}
 */
export function wordsForCode(code, message) {
  return Object.hasOwn(codeWords, code) ? codeWords[/** @type {ErrorCode} */ (code)] : { what: message };
}
