// What FFmpeg may open for each kind of source, as allow-lists. Without them a playlist, or a file that only looks like a video,
// could name local files or other hosts' protocols.

export type SourceKind = "rtsp" | "rtsps" | "http" | "https" | "hls" | "v4l2" | "file";

/** Values of FFmpeg's `-protocol_whitelist`. */
export const protocols: Readonly<Record<SourceKind, string>> = {
  file: "file",
  v4l2: "file",
  rtsp: "rtsp,rtp,udp,tcp",
  rtsps: "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
  http: "http,https,httpproxy,tcp,tls",
  https: "http,https,httpproxy,tcp,tls",
  hls: "http,https,httpproxy,tcp,tls,crypto,data",
};

/**
 * Containers and raw streams that hold video. Not here: what opens further files or hosts (hls, dash, concat, imf, sdp, image2, ...), what renders
 * text (tty), and the hundred formats of old games.
 */
const videoFiles = "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,av1,obu,ivf,nut,flv,ogg,asf,gif,apng,mjpeg,mpjpeg,jpeg_pipe,dv,mxf,rm,wtv,yuv4mpegpipe,vc1";

/** Values of FFmpeg's `-format_whitelist`. */
export const demuxers: Readonly<Record<SourceKind, string>> = {
  file: videoFiles,
  v4l2: "video4linux2,v4l2",
  rtsp: "rtsp",
  rtsps: "rtsp",
  http: videoFiles,
  https: videoFiles,
  hls: "hls,mpegts,mov,mpeg,aac,ac3,eac3,mp3,webvtt",
};

/** Options before `-i` that keep a source to what its kind needs. */
export function inputGuards(kind: SourceKind): readonly string[] {
  return ["-protocol_whitelist", protocols[kind], "-format_whitelist", demuxers[kind]];
}
