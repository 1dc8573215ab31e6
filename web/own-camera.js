// "Use my camera": this browser's camera as a stream of the server. Its card is drawn from the pictures that were sent: each is kept under its
// frame id until its answer comes, then both are drawn together.

import { listCameras, openCamera } from "./camera-source.js";
import { CameraPanel } from "./camera-panel.js";
import { cameraTrouble, insecureTrouble } from "./camera-words.js";
import { PushConnection } from "./push-connection.js";
import { wordsForCode } from "./words.js";

/** @import {DroppedMessage} from "../src/core/push.ts" */
/** @import {FrameMessage} from "../src/core/feed.ts" */
/** @import {CameraSource, Shot} from "./camera-source.js" */
/** @import {Trouble} from "./camera-words.js" */

/**
 * @typedef {object} OwnCameraHandlers
 * @property {(streamId: string) => void} onBegin the stream exists
 * @property {(result: FrameMessage, picture: ImageBitmap) => void} onFrame takes over the picture
 * @property {(streamId: string) => void} onStopped asked for here: the stream need not stay listed
 */

/** The camera, off until `start`. */
export class OwnCamera {
  #url;
  #handlers;
  #panel;
  /** @type {CameraSource | undefined} */
  #camera;
  /** @type {PushConnection | undefined} */
  #push;
  /** @type {string | undefined} */
  #streamId;
  /** @type {Map<number, ImageBitmap>} */
  #pictures = new Map();
  /** @type {string | undefined} */
  #deviceId;
  #mirrored = true;
  /** Rises with every start and stop: what an earlier one still waits for is void. */
  #attempt = 0;

  /**
   * @param {URL} url of /v1/push, ws: or wss:
   * @param {OwnCameraHandlers} handlers
   */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#panel = new CameraPanel({
      onStart: () => void this.start(),
      onStop: () => this.stop(),
      onDevice: (deviceId) => {
        this.#deviceId = deviceId;
        void this.start();
      },
      onMirror: (mirrored) => {
        this.#mirrored = mirrored;
        if (this.#camera) this.#camera.mirrored = mirrored;
      },
    });
  }

  /** @param {boolean} pictures whether the server gives pictures to those who watch */
  setPictures(pictures) {
    this.#panel.setPictures(pictures);
  }

  /**
   * Whether a stream is this browser's: its frames are drawn from here, not from the feed.
   * @param {string} streamId
   */
  owns(streamId) {
    return streamId === this.#streamId;
  }

  /** Asks for the camera and sends its pictures; anew where it is on already. */
  async start() {
    this.#endStream();
    const attempt = this.#attempt;
    if (!isSecureContext || !navigator.mediaDevices) {
      this.#panel.showTrouble(insecureTrouble(location));
      return;
    }
    this.#panel.showAsking();
    try {
      const camera = await openCamera(this.#deviceId);
      if (attempt !== this.#attempt) {
        camera.close();
        return;
      }
      this.#open(camera);
      const cameras = await listCameras();
      if (attempt === this.#attempt) this.#panel.setDevices(cameras, camera.deviceId);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (attempt !== this.#attempt) return;
      // The next try takes whichever camera there is.
      if (error.name === "OverconstrainedError") this.#deviceId = undefined;
      this.#fail(cameraTrouble(error.name, error.message));
    }
  }

  /** Turns it off. */
  stop() {
    this.#endStream();
    this.#panel.hide();
  }

  /** @param {CameraSource} camera */
  #open(camera) {
    this.#camera = camera;
    camera.mirrored = this.#mirrored;
    camera.watch({ onGone: () => this.#fail(cameraTrouble("gone", "")), onReshaped: () => void this.start() });
    this.#panel.showConnecting();
    const config = { type: /** @type {const} */ ("config"), v: /** @type {const} */ (1), name: "My camera", format: /** @type {const} */ ("jpeg"), width: camera.width, height: camera.height, mode: /** @type {const} */ ("latest") };
    const push = new PushConnection(this.#url, config, {
      onReady: ({ streamId }) => {
        this.#streamId = streamId;
        this.#handlers.onBegin(streamId);
        this.#panel.showLive();
        camera.start(() => push.maySend, (shot) => this.#send(push, shot));
      },
      onAnswer: (answer) => this.#answered(answer),
      onEnd: (why) => this.#lost(why),
    });
    this.#push = push;
  }

  /**
   * @param {PushConnection} push
   * @param {Shot} shot
   */
  #send(push, { jpeg, bitmap, capturedAtMs }) {
    if (!push.maySend) bitmap.close();
    else this.#pictures.set(push.send(jpeg, capturedAtMs), bitmap);
  }

  /** @param {FrameMessage | DroppedMessage} answer */
  #answered(answer) {
    const frameId = answer.frameId ?? -1;
    const picture = this.#pictures.get(frameId);
    this.#pictures.delete(frameId);
    if (picture === undefined) return;
    if (answer.type === "frame") this.#handlers.onFrame(answer, picture);
    else picture.close();
  }

  /** @param {{ code: string, message: string } | undefined} why */
  #lost(why) {
    // Removed on its card: that is a stop like any other.
    if (why?.code === "cancelled") {
      this.#end();
      this.#panel.hide();
    } else if (why === undefined) this.#fail(cameraTrouble("lost", ""));
    else this.#fail(wordsForCode(why.code, why.message));
  }

  /** @param {Trouble} trouble */
  #fail(trouble) {
    this.#end();
    this.#panel.showTrouble(trouble);
  }

  /** Asked for here, so nobody needs to see that it ended. */
  #endStream() {
    const streamId = this.#streamId;
    this.#end();
    if (streamId !== undefined) this.#handlers.onStopped(streamId);
  }

  /** Camera, connection and pictures go. */
  #end() {
    this.#attempt++;
    this.#camera?.close();
    this.#push?.close();
    this.#camera = undefined;
    this.#push = undefined;
    this.#streamId = undefined;
    for (const picture of this.#pictures.values()) picture.close();
    this.#pictures.clear();
  }
}
