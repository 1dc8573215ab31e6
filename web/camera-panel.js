// The bar over the streams that belongs to "Use my camera": what happens now, which camera, mirrored or not, stop.

import { byId, el, setText } from "./dom.js";

/** @import {Trouble} from "./camera-words.js" */

/**
 * @typedef {object} CameraPanelHandlers
 * @property {() => void} onStart
 * @property {() => void} onStop
 * @property {(deviceId: string) => void} onDevice
 * @property {(mirrored: boolean) => void} onMirror
 */

const kept = "Each picture goes to this server, is looked at and forgotten; nothing is stored.";
const seen = { pictures: "Whoever may open this page sees it too.", numbers: "Whoever may open this page sees boxes and numbers, and no picture." };

/** Shows the state of the own camera, and takes its controls. */
export class CameraPanel {
  #panel = byId("camera-panel", HTMLElement);
  #privacy = `${kept} ${seen.pictures}`;
  #title = byId("camera-title", HTMLElement);
  #text = byId("camera-text", HTMLElement);
  #controls = byId("camera-controls", HTMLElement);
  #device = byId("camera-device", HTMLSelectElement);
  #deviceField = byId("camera-device-field", HTMLElement);
  #again = byId("camera-again", HTMLButtonElement);
  #stop = byId("camera-stop", HTMLButtonElement);
  #buttons = [...document.querySelectorAll("[data-use-camera]")].filter((button) => button instanceof HTMLButtonElement);

  /** @param {CameraPanelHandlers} handlers */
  constructor({ onStart, onStop, onDevice, onMirror }) {
    for (const button of this.#buttons) button.addEventListener("click", onStart);
    this.#again.addEventListener("click", onStart);
    this.#stop.addEventListener("click", onStop);
    this.#device.addEventListener("change", () => onDevice(this.#device.value));
    const mirror = byId("camera-mirror", HTMLInputElement);
    mirror.addEventListener("change", () => onMirror(mirror.checked));
  }

  /** @param {boolean} pictures whether the server gives pictures to those who watch */
  setPictures(pictures) {
    this.#privacy = `${kept} ${pictures ? seen.pictures : seen.numbers}`;
  }

  showAsking() {
    this.#show("asking", "May this page use your camera?", `Your browser asks you now: choose Allow. ${this.#privacy}`);
  }

  showConnecting() {
    this.#show("connecting", "Starting your camera…", this.#privacy);
  }

  showLive() {
    this.#show("live", "Your camera is on", this.#privacy);
  }

  /** @param {Trouble} trouble */
  showTrouble({ what, hint, lasting = false }) {
    this.#show("failed", what, hint ?? "");
    this.#again.hidden = lasting;
  }

  hide() {
    this.#show("off", "", "");
    this.#buttons.find((button) => button.checkVisibility())?.focus();
  }

  /**
   * @param {readonly { deviceId: string, label: string }[]} cameras
   * @param {string | undefined} chosen
   */
  setDevices(cameras, chosen) {
    this.#device.replaceChildren(...cameras.map(({ deviceId, label }) => el("option", { value: deviceId, selected: deviceId === chosen, text: label })));
    this.#deviceField.hidden = cameras.length < 2;
  }

  /**
   * @param {"off" | "asking" | "connecting" | "live" | "failed"} state
   * @param {string} title
   * @param {string} text
   */
  #show(state, title, text) {
    const appears = this.#panel.hidden && state !== "off";
    this.#panel.dataset.state = state;
    this.#panel.hidden = state === "off";
    if (appears) this.#panel.scrollIntoView({ block: "nearest" });
    setText(this.#title, title);
    setText(this.#text, text);
    this.#controls.hidden = state !== "live";
    this.#again.hidden = state !== "failed";
    setText(this.#stop, state === "live" ? "Stop my camera" : state === "failed" ? "Close" : "Cancel");
    // While it is on, the bar itself holds what can be done.
    for (const button of this.#buttons) button.disabled = state === "asking" || state === "connecting" || state === "live";
  }
}
