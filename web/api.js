// The REST calls of the viewer. Failures become one error class with the server's code, words and field issues.

/** @typedef {{ readonly path: string, readonly message: string }} Issue */

/** A request that did not succeed: `code` is the server's, or `server_unreachable` when none answered. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {readonly Issue[]} [issues] fields that do not fit
   */
  constructor(code, message, issues = []) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** @import {StreamInfo, StreamRequest} from "../src/server/schemas.ts" */
/** @import {JsonSchema} from "./settings-fields.js" */

/** Calls to one server; paths are taken relative to the page, so that a prefix in front of it works too. */
export class Api {
  /** @type {URL} */
  #base;

  /** @param {string} base address of the page */
  constructor(base) {
    this.#base = new URL("v1/", base);
  }

  /** @returns {Promise<StreamInfo[]>} */
  async listStreams() {
    const body = await this.#call("GET", "streams");
    return /** @type {{ streams: StreamInfo[] }} */ (body).streams;
  }

  /**
   * Adds a stream.
   * @param {StreamRequest} body
   * @returns {Promise<StreamInfo>}
   */
  async addStream(body) {
    return /** @type {StreamInfo} */ (await this.#call("POST", "streams", body));
  }

  /**
   * @param {string} id
   * @returns {Promise<StreamInfo>}
   */
  async getStream(id) {
    return /** @type {StreamInfo} */ (await this.#call("GET", `streams/${encodeURIComponent(id)}`));
  }

  /**
   * Changes a stream's name and settings: a merge patch.
   * @param {string} id
   * @param {{ name?: string | null, analysis?: object | null }} patch
   * @returns {Promise<StreamInfo>}
   */
  async changeStream(id, patch) {
    return /** @type {StreamInfo} */ (await this.#call("PATCH", `streams/${encodeURIComponent(id)}`, patch));
  }

  /**
   * The faces in view show their resting faces from now on.
   * @param {string} id
   * @param {number} [trackId] only this face
   * @returns {Promise<{ tracks: number[], seconds: number }>}
   */
  async restartBaseline(id, trackId) {
    const query = trackId === undefined ? "" : `?track=${trackId}`;
    return /** @type {{ tracks: number[], seconds: number }} */ (await this.#call("POST", `streams/${encodeURIComponent(id)}/baseline${query}`));
  }

  /**
   * The schema that changed analysis settings are checked with, as the server describes it.
   * @returns {Promise<JsonSchema>}
   */
  async analysisSchema() {
    const document = /** @type {{ components: { schemas: Record<string, JsonSchema> } }} */ (await this.#call("GET", "../openapi.json"));
    return document.components.schemas["AnalysisPatch"] ?? {};
  }

  /** @param {string} id */
  async removeStream(id) {
    await this.#call("DELETE", `streams/${encodeURIComponent(id)}`);
  }

  /** @param {string} id */
  async pauseStream(id) {
    await this.#call("POST", `streams/${encodeURIComponent(id)}/pause`);
  }

  /** @param {string} id */
  async resumeStream(id) {
    await this.#call("POST", `streams/${encodeURIComponent(id)}/resume`);
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #call(method, path, body) {
    return callServer(method, new URL(path, this.#base), body);
  }
}

/**
 * One request with JSON in and out.
 * @param {string} method
 * @param {URL | string} address
 * @param {object} [body]
 * @returns {Promise<unknown>} parsed JSON, undefined for an empty answer
 * @throws ApiError
 */
export async function callServer(method, address, body) {
  /** @type {RequestInit} */
  const init = { method, headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, init);
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problem(response);
  return response.status === 204 ? undefined : response.json();
}

/** The error where nobody answers. */
export function unreachable() {
  return new ApiError("server_unreachable", "The Emostream server does not answer.");
}

/**
 * Reads problem+json (RFC 9457); an answer of another kind (a proxy's page) gives its status line.
 * @param {Response} response
 */
export async function problem(response) {
  const plain = new ApiError("internal", `The server answered ${response.status} ${response.statusText}`.trim());
  if (!response.headers.get("content-type")?.includes("json")) return plain;
  const body = await response.json().catch(() => undefined);
  if (typeof body?.code !== "string") return plain;
  return new ApiError(body.code, body.detail ?? body.title ?? plain.message, body.issues ?? []);
}
