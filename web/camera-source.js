// A camera of this machine as still pictures: JPEGs to send, and a bitmap of each to draw when its answer is there.

/** Longest side of the pictures that are sent, pixels. */
const maxSide = 960;
const jpegQuality = 0.82;

/**
 * @typedef {object} Shot
 * @property {Uint8Array} jpeg
 * @property {ImageBitmap} bitmap the same pixels; whoever takes the shot closes it
 * @property {number} capturedAtMs milliseconds since 1970
 */

/**
 * Asks the browser for a camera and waits for its first picture.
 * @param {string | undefined} deviceId undefined: the browser's choice
 * @returns {Promise<CameraSource>}
 * @throws DOMException as getUserMedia does
 */
export async function openCamera(deviceId) {
  // Only a width: with both sides wished for, a browser may cut the picture to their shape.
  const wish = { width: { ideal: 1280 }, frameRate: { ideal: 30 }, ...(deviceId === undefined ? { facingMode: "user" } : { deviceId: { exact: deviceId } }) };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    for (const track of stream.getTracks()) track.stop();
    throw error;
  }
  return new CameraSource(stream, video);
}

/** Cameras of this machine. Browsers name them only once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput" && device.deviceId !== "").map(({ deviceId, label }, at) => ({ deviceId, label: label || `Camera ${at + 1}` }));
}

/** An open camera. `close` turns it off. */
export class CameraSource {
  mirrored = true;
  #stream;
  #video;
  #canvas = document.createElement("canvas");
  #context;
  #encoding = false;
  #closed = false;

  /**
   * @param {MediaStream} stream
   * @param {HTMLVideoElement} video playing it
   */
  constructor(stream, video) {
    this.#stream = stream;
    this.#video = video;
    const scale = Math.min(1, maxSide / Math.max(video.videoWidth, video.videoHeight));
    this.#canvas.width = Math.max(16, Math.round(video.videoWidth * scale));
    this.#canvas.height = Math.max(16, Math.round(video.videoHeight * scale));
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no 2d canvas");
    this.#context = context;
  }

  get width() {
    return this.#canvas.width;
  }

  get height() {
    return this.#canvas.height;
  }

  get deviceId() {
    return this.#stream.getVideoTracks()[0]?.getSettings().deviceId;
  }

  /**
   * Takes pictures as they come, one at a time.
   * @param {() => boolean} isWanted asked for each picture of the camera
   * @param {(shot: Shot) => void} onShot
   */
  start(isWanted, onShot) {
    const next = () => this.#onPicture((takenAtMs) => {
      if (this.#closed) return;
      next();
      if (!this.#encoding && isWanted()) void this.#take(performance.timeOrigin + takenAtMs, onShot);
    });
    next();
  }

  /**
   * Tells once that the camera went away (unplugged, taken back), or that its picture has another shape now (a phone was turned).
   * @param {{ onGone: () => void, onReshaped: () => void }} handlers
   */
  watch({ onGone, onReshaped }) {
    for (const track of this.#stream.getVideoTracks()) track.addEventListener("ended", onGone);
    const { videoWidth, videoHeight } = this.#video;
    // The event of the first size may still be on its way.
    this.#video.addEventListener("resize", () => {
      if (!this.#closed && (this.#video.videoWidth !== videoWidth || this.#video.videoHeight !== videoHeight)) onReshaped();
    });
  }

  /** Turns the camera off. */
  close() {
    this.#closed = true;
    for (const track of this.#stream.getTracks()) track.stop();
    this.#video.srcObject = null;
  }

  /**
   * Calls back once, at the next picture, with its time on the page's clock.
   * @param {(takenAtMs: number) => void} callback
   */
  #onPicture(callback) {
    const video = this.#video;
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback((_now, { captureTime, presentationTime }) => callback(captureTime ?? presentationTime));
    // Firefox before 132: the screen's pace, on which a picture may come twice.
    else requestAnimationFrame(callback);
  }

  /**
   * @param {number} capturedAtMs
   * @param {(shot: Shot) => void} onShot
   */
  async #take(capturedAtMs, onShot) {
    this.#encoding = true;
    this.#paint();
    // Both copy the canvas as it is now, in this task.
    const copied = createImageBitmap(this.#canvas);
    /** @type {Promise<Blob | null>} */
    const encoded = new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", jpegQuality));
    const bitmap = await copied;
    const blob = await encoded;
    const jpeg = blob && new Uint8Array(await blob.arrayBuffer());
    this.#encoding = false;
    if (jpeg === null || this.#closed) bitmap.close();
    else onShot({ jpeg, bitmap, capturedAtMs });
  }

  #paint() {
    const { width, height } = this.#canvas;
    this.#context.setTransform(this.mirrored ? -1 : 1, 0, 0, 1, this.mirrored ? width : 0, 0);
    this.#context.drawImage(this.#video, 0, 0, width, height);
  }
}
