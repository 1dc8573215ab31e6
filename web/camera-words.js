// What can keep a camera from being used, in plain words.

/** @typedef {{ what: string, hint?: string, lasting?: boolean }} Trouble `lasting`: trying again cannot help */

/** By the name of the browser's DOMException; `gone` and `lost` are ours. @type {Record<string, Trouble>} */
const troubles = {
  NotAllowedError: { what: "The camera was not allowed", hint: "Allow it for this page (the camera sign in the address bar), then try again." },
  NotFoundError: { what: "No camera was found", hint: "Connect one, then try again." },
  OverconstrainedError: { what: "This camera is not there any more", hint: "Connect it again, or try another one." },
  NotReadableError: { what: "The camera cannot be opened", hint: "Another program may be using it." },
  AbortError: { what: "The camera cannot be opened", hint: "Another program may be using it." },
  gone: { what: "The camera was disconnected", hint: "Connect it again, then try again." },
  lost: { what: "The server does not take the camera’s pictures", hint: "It may have stopped, or takes no more cameras." },
};

/**
 * Words for a failure of getUserMedia; one that is not known here falls back to the browser's own.
 * @param {string} name
 * @param {string} message
 * @returns {Trouble}
 */
export function cameraTrouble(name, message) {
  return Object.hasOwn(troubles, name) ? /** @type {Trouble} */ (troubles[name]) : { what: "The camera cannot be used", hint: message };
}

/**
 * Words for a page that browsers give no camera, since anybody on the way could have changed it.
 * @param {{ host: string, port: string, protocol: string }} page
 * @returns {Trouble}
 */
export function insecureTrouble({ host, port, protocol }) {
  return {
    what: "Your browser gives this page no camera",
    hint: `Browsers do that only for pages of this machine or over https; this one came from ${protocol}//${host}. On the server’s own machine open http://localhost${port === "" ? "" : `:${port}`}; from elsewhere put the server behind a proxy with TLS.`,
    lasting: true,
  };
}
