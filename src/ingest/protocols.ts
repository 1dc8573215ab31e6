// What each kind of source may open. Without such a list a playlist could name local files or other hosts' protocols.

import type { SourceKind } from "./address.js";

/** Values of FFmpeg's `-protocol_whitelist`. */
export const protocols: Readonly<Record<SourceKind, string>> = {
  file: "file,crypto,data",
  v4l2: "file",
  rtsp: "rtsp,rtp,udp,tcp",
  rtsps: "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
  http: "http,https,httpproxy,tcp,tls",
  https: "http,https,httpproxy,tcp,tls",
  hls: "http,https,httpproxy,tcp,tls,crypto,data",
};
