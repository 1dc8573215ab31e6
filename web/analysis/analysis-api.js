// The REST calls about analyses. Failures become ApiError, as in ../api.js.

import { ApiError, callServer, problem, unreachable } from "../api.js";

/** @import {PrivacyDeclaration} from "../../src/core/privacy.ts" */
/** @import {AnalysisInfo} from "../../src/server/services.ts" */
/** @import {AnalysisCurves, AnalysisEpisodes, AnalysisFrames, AnalysisSummary, Subject} from "../../src/server/analysis-views.ts" */

/** Calls to one server; paths are relative to the page, so that a prefix in front of it works too. */
export class AnalysisApi {
  #base;
  #info;

  /** @param {string} base address of the page */
  constructor(base) {
    this.#base = new URL("v1/analyses", base);
    this.#info = new URL("v1/info", base);
  }

  /** What the server's operator declared. @returns {Promise<PrivacyDeclaration | undefined>} */
  async privacy() {
    return /** @type {{ privacy?: PrivacyDeclaration }} */ (await callServer("GET", this.#info)).privacy;
  }

  /** @returns {Promise<AnalysisInfo[]>} newest first */
  async list() {
    return /** @type {{ analyses: AnalysisInfo[] }} */ (await this.#call("GET", "")).analyses;
  }

  /** @param {string} id @returns {Promise<AnalysisInfo>} */
  async get(id) {
    return /** @type {AnalysisInfo} */ (await this.#call("GET", `/${id}`));
  }

  /** @param {string} id */
  async cancel(id) {
    await this.#call("POST", `/${id}/cancel`);
  }

  /** @param {string} id */
  async remove(id) {
    await this.#call("DELETE", `/${id}`);
  }

  /** @param {string} id @returns {Promise<AnalysisSummary>} */
  async summary(id) {
    return /** @type {AnalysisSummary} */ (await this.#call("GET", `/${id}/summary`));
  }

  /**
   * @param {string} id
   * @param {{ from: number, to: number, points: number, tracks?: readonly number[] }} range milliseconds
   * @returns {Promise<AnalysisCurves>}
   */
  async curves(id, { from, to, points, tracks }) {
    const query = new URLSearchParams({ from: String(from), to: String(to), points: String(points), ...(tracks && { tracks: tracks.join(",") }) });
    return /** @type {AnalysisCurves} */ (await this.#call("GET", `/${id}/curves?${query}`));
  }

  /**
   * @param {string} id
   * @param {{ offset: number, limit: number, tracks?: readonly number[], emotion?: string }} page
   * @returns {Promise<AnalysisEpisodes>}
   */
  async episodes(id, { offset, limit, tracks, emotion }) {
    const query = new URLSearchParams({ offset: String(offset), limit: String(limit), ...(tracks && { tracks: tracks.join(",") }), ...(emotion && { emotions: emotion }) });
    return /** @type {AnalysisEpisodes} */ (await this.#call("GET", `/${id}/episodes?${query}`));
  }

  /**
   * @param {string} id
   * @param {number} from milliseconds
   * @param {number} to
   * @returns {Promise<AnalysisFrames>}
   */
  async frames(id, from, to) {
    return /** @type {AnalysisFrames} */ (await this.#call("GET", `/${id}/frames?from=${from}&to=${to}`));
  }

  /** @param {string} id @param {readonly Subject[]} subjects */
  async setSubjects(id, subjects) {
    await this.#call("PUT", `/${id}/subjects`, { subjects });
  }

  /** Why the film does not come, which a video element does not say; undefined where it does come. @param {string} id */
  async filmProblem(id) {
    const response = await fetch(this.address(id, "source"), { headers: { range: "bytes=0-0" } }).catch(() => undefined);
    if (!response) return unreachable();
    return response.ok ? undefined : problem(response);
  }

  /** @param {string} id @param {string} path of the analysis, such as `source` */
  address(id, path) {
    return `${this.#base.href}/${id}/${path}`;
  }

  /**
   * Sends a file. XMLHttpRequest, since fetch tells nothing of how far an upload is.
   * @param {File} file
   * @param {readonly string[]} formats
   * @param {{ onProgress: (sentBytes: number) => void, signal: AbortSignal }} options
   * @returns {Promise<AnalysisInfo>}
   */
  upload(file, formats, { onProgress, signal }) {
    const query = new URLSearchParams({ name: file.name.slice(-200) || "video", formats: formats.join(",") });
    const request = new XMLHttpRequest();
    request.open("POST", `${this.#base.href}?${query}`);
    request.setRequestHeader("content-type", file.type.startsWith("video/") ? file.type : "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    return new Promise((resolve, reject) => {
      request.addEventListener("abort", () => reject(new ApiError("cancelled", "The upload was stopped.")));
      request.addEventListener("error", () => reject(unreachable()));
      request.addEventListener("load", () => {
        signal.removeEventListener("abort", stop);
        if (request.status === 201) resolve(JSON.parse(request.responseText));
        else void problem(new Response(request.responseText, { status: request.status, headers: { "content-type": request.getResponseHeader("content-type") ?? "" } })).then(reject);
      });
      request.send(file);
    });
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #call(method, path, body) {
    return callServer(method, this.#base.href + path, body);
  }
}
