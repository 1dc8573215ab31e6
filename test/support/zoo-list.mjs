// The kinds of file that must be readable, for tests and for `npm run fuzz`: file name, FFmpeg's encoder, and arguments.

/** Arguments that an encoder always gets: small, fast, the same on every machine. @type {Readonly<Record<string, readonly string[]>>} */
export const encoderArgs = {
  libx264: ["-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p", "-threads", "1"],
  libx265: ["-preset", "ultrafast", "-x265-params", "log-level=error:pools=1", "-pix_fmt", "yuv420p"],
  libvpx: ["-deadline", "realtime", "-cpu-used", "8"],
  "libvpx-vp9": ["-deadline", "realtime", "-cpu-used", "8"],
  mpeg4: ["-bf", "0", "-q:v", "4"],
  mjpeg: ["-pix_fmt", "yuvj420p", "-q:v", "3"],
};

/** @type {readonly { readonly name: string; readonly codec: string; readonly size?: string; readonly args?: readonly string[] }[]} */
export const zoo = [
  { name: "h264.mp4", codec: "libx264" },
  { name: "h264-faststart.mp4", codec: "libx264", args: ["-movflags", "+faststart"] },
  { name: "h264.mkv", codec: "libx264" },
  { name: "h264.mov", codec: "libx264" },
  { name: "h264.avi", codec: "libx264", args: ["-bf", "0"] },
  { name: "h264.ts", codec: "libx264" },
  { name: "h265.mp4", codec: "libx265" },
  { name: "h265.mkv", codec: "libx265" },
  { name: "vp8.webm", codec: "libvpx" },
  { name: "vp9.webm", codec: "libvpx-vp9" },
  { name: "mpeg4.avi", codec: "mpeg4" },
  { name: "mpeg4.mp4", codec: "mpeg4" },
  { name: "mjpeg.avi", codec: "mjpeg" },
  { name: "mjpeg.mov", codec: "mjpeg" },
  { name: "raw.h264", codec: "libx264" },
  { name: "raw-nob.h264", codec: "libx264", args: ["-bf", "0"] },
  { name: "raw.h265", codec: "libx265" },
  { name: "raw.mjpeg", codec: "mjpeg" },
  { name: "gif.gif", codec: "gif" },
];
