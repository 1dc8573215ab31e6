// Puts the server together, and takes it down in order.

import type { Server } from "node:http";
import { zodIssues, type Config } from "../core/config.js";
import type { EngineInfo } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { OpenPushedSource } from "../core/pushed-source.js";
import { asyncApiDocument } from "./asyncapi.js";
import { createAuth } from "./auth.js";
import { feedDoor } from "./feed/feed-door.js";
import { FeedHub } from "./feed/feed-hub.js";
import { createHttpApp } from "./http-app.js";
import { createHttpServer, listen } from "./listen.js";
import { Metrics } from "./metrics.js";
import { openApiDocument } from "./openapi.js";
import { checkHost, isLoopback } from "./origin.js";
import { pushDoor } from "./push/push-door.js";
import { PushHub } from "./push/push-hub.js";
import type { Route } from "./router.js";
import { analysisRoutes, uploadFolder } from "./routes/analyses.js";
import { predictRoutes } from "./routes/predict.js";
import { socketRoutes } from "./routes/sockets.js";
import { streamRoutes } from "./routes/streams.js";
import { healthRoute, systemRoutes } from "./routes/system.js";
import { streamRequestSchema, type StreamInfo, type StreamRequest } from "./schemas.js";
import type { AnalysisService, PredictService } from "./services.js";
import { StateStore } from "./state-store.js";
import { streamInfo, StreamRegistry, type MakeStream } from "./stream-registry.js";
import type { ParseSource } from "./stream-spec.js";
import { acceptUpgrades } from "./upgrade.js";
import { cleanUploads } from "./upload.js";

/** Share of the shutdown time that clients get to answer `bye`. */
const byeTimeoutMs = 1000;

/** Everything the server needs, as values; it imports neither pipeline nor ingest. */
export interface ServerDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  readonly engineInfo: EngineInfo;
  readonly makeStream: MakeStream;
  /** Makes the source of a client that pushes its frames. */
  readonly openPushedSource: OpenPushedSource;
  readonly parseSource: ParseSource;
  /** Absent: no /v1/analyses. The owner closes it. */
  readonly analyses?: AnalysisService;
  /** Absent: no /v1/predict. */
  readonly predict?: PredictService;
  /** Folder of the viewer's files. */
  readonly webDir: string;
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number;
}

export interface EmostreamServer {
  /** To open in a browser, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /**
   * Adds a stream for the operator. `trusted`: its file may lie outside the media root.
   * @throws AppError `invalid_request`, `stream_exists`, `too_many`, ...
   */
  addStream(request: StreamRequest, options: { readonly persist: boolean; readonly trusted?: boolean }): Promise<StreamInfo>;
  /** Tells clients `bye`, stops all streams and resolves when the port is free; within `shutdownTimeoutMs`. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server: listens, then brings back the streams of the state file.
 * @throws AppError `address_in_use`, `invalid_config`
 */
export async function createServer(deps: ServerDeps): Promise<EmostreamServer> {
  const { config, version, engineInfo, now = Date.now } = deps;
  const logger = deps.logger.child({ component: "server" });
  const { host, port, token, stateFile, shutdownTimeoutMs } = config.server;
  const auth = createAuth(token);
  const store = new StateStore(stateFile, logger, now);
  const registry = new StreamRegistry({ config, logger, makeStream: deps.makeStream, parseSource: deps.parseSource, store, now });
  const hub = new FeedHub({ config: config.feed, analysis: config.analysis, version, engineInfo, registry, now });
  const pushHub = new PushHub({ config, registry, openPushedSource: deps.openPushedSource, logger });
  const metrics = new Metrics(registry, () => hub.stats, () => pushHub.stats);
  const localHostOnly = isLoopback(host) && !auth.required;

  let closing = false;
  let ready = false;
  let restored: Promise<void> = Promise.resolve();

  const health = healthRoute(() => !closing);
  const features = { analyses: deps.analyses !== undefined, predict: deps.predict !== undefined };
  const documents = { openApi: () => openApi, asyncApi: () => asyncApi };
  const routes: readonly Route[] = [
    ...streamRoutes(registry),
    ...socketRoutes(),
    ...(deps.analyses ? analysisRoutes(deps.analyses, config.server) : []),
    ...(deps.predict ? predictRoutes(deps.predict, config.server) : []),
    ...systemRoutes({ config, version, engineInfo, features, metrics, isReady: () => ready && !closing, ...documents }),
  ];
  const openApi = openApiDocument([health, ...routes], version, auth.required);
  const asyncApi = asyncApiDocument(version, auth.required);

  const isClosing = () => closing;
  const app = createHttpApp({ auth, logger, localHostOnly, isClosing, restored: () => restored, health, routes, webDir: deps.webDir });
  const server = createHttpServer(app);
  acceptUpgrades(server, { routes: [feedDoor(hub), pushDoor(pushHub, config.push)], auth, checkHost: localHostOnly ? checkHost : () => undefined, isClosing, logger });

  const closeParts = async () => {
    const timeoutMs = Math.min(byeTimeoutMs, shutdownTimeoutMs);
    await Promise.all([hub.close(timeoutMs), pushHub.close(timeoutMs), registry.close()]);
    metrics.close();
  };
  const address = await listen(server, host, port).catch(async (error: unknown) => {
    await closeParts();
    throw error;
  });
  if (!auth.required && !localHostOnly) logger.warn({ host }, "everybody on this network can use the server; set server.token");
  restored = registry.restore();
  await cleanUploads(uploadFolder(config.server.workDir)).catch((error: unknown) => logger.warn({ err: error }, "old uploads could not be removed"));
  await restored;
  ready = true;
  logger.info({ url: address.url, streams: registry.list().length }, "listening");

  let closed: Promise<void> | undefined;
  return {
    ...address,
    async addStream(request, { persist, trusted = false }) {
      const parsed = streamRequestSchema.safeParse(request);
      if (!parsed.success) throw new AppError("invalid_request", "The stream does not fit its schema.", { issues: zodIssues(parsed.error) });
      return streamInfo(await registry.add(parsed.data, { persist, trust: trusted ? "any" : "media" }));
    },
    close() {
      closing = true;
      closed ??= closeWithin(server, closeParts, shutdownTimeoutMs, logger);
      return closed;
    },
  };
}

async function closeWithin(server: Server, closeParts: () => Promise<void>, timeoutMs: number, logger: Logger): Promise<void> {
  const gone = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), timeoutMs);
  });
  const outcome = await Promise.race([closeParts(), deadline]);
  clearTimeout(timer);
  if (outcome === "late") logger.warn({ timeoutMs }, "shutdown took too long; what is left is cut off");
  server.closeAllConnections();
  await gone;
}
