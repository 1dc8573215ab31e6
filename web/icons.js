// Line icons on a 24-unit grid, as path data. They decorate buttons that carry their own accessible name.

const paths = {
  add: "M12 5v14M5 12h14",
  pause: "M9 5.5v13M15 5.5v13",
  play: "M8 5.5v13l10.5-6.5z",
  remove: "M5 7h14M10 7V4.8h4V7M7 7l.8 12.2h8.4L17 7M10.2 10.5v5.5M13.8 10.5v5.5",
  wall: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  back: "M19 12H5.5M11.5 6l-6 6 6 6",
  next: "M9 5.5l6.5 6.5L9 18.5",
  previous: "M15 5.5L8.5 12l6.5 6.5",
  enlarge: "M14 4.5h5.5V10M10 19.5H4.5V14M19.5 4.5l-6.2 6.2M4.5 19.5l6.2-6.2",
  shrink: "M19 10h-5V5M5 14h5v5M14 10l5.7-5.7M10 14l-5.7 5.7",
  info: "M12 11v5.5M12 7.6v.1M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4",
  sun: "M12 8.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6M12 3v1.8M12 19.2V21M3 12h1.8M19.2 12H21M5.6 5.6l1.3 1.3M17.1 17.1l1.3 1.3M5.6 18.4l1.3-1.3M17.1 6.9l1.3-1.3",
  moon: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
  auto: "M12 3.8a8.2 8.2 0 1 0 0 16.4zM12 3.8a8.2 8.2 0 0 1 0 16.4",
  close: "M6 6l12 12M18 6L6 18",
  camera: "M4 7.5h10.5v9H4zM14.5 11l5.5-3v8l-5.5-3",
  film: "M4.5 5h15v14h-15zM8.5 5v14M15.5 5v14M4.5 9.7h4M4.5 14.3h4M15.5 9.7h4M15.5 14.3h4",
  download: "M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  stepBack: "M6.5 6v12M17.5 6 9.5 12l8 6z",
  stepForward: "M17.5 6v12M6.5 6l8 6-8 6z",
  sound: "M5 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9a4 4 0 0 1 0 6M18.3 6.7a7.5 7.5 0 0 1 0 10.6",
  muted: "M5 9.5v5h3.5l4.5 4v-13l-4.5 4zM16.5 9.5l5 5M21.5 9.5l-5 5",
  zoomIn: "M10.8 4.5a6.3 6.3 0 1 0 0 12.6 6.3 6.3 0 0 0 0-12.6M15.4 15.4l4.4 4.4M10.8 8v5.6M8 10.8h5.6",
  zoomOut: "M10.8 4.5a6.3 6.3 0 1 0 0 12.6 6.3 6.3 0 0 0 0-12.6M15.4 15.4l4.4 4.4M8 10.8h5.6",
  whole: "M4.5 7v10M19.5 7v10M7.5 12h9M9.5 9.5 7 12l2.5 2.5M14.5 9.5 17 12l-2.5 2.5",
};

/** @typedef {keyof typeof paths} IconName */

/**
 * An icon in the colour of the text around it, hidden from assistive technology.
 * @param {IconName} name
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}
