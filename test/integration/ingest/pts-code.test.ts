// The setpts expression inside FFmpeg and its reader here, on times that no muxer would let through.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { NutDemuxer } from "../../../src/ingest/nut-demuxer.js";
import { decodePts, setptsExpression } from "../../../src/ingest/pts-code.js";

/** Times in seconds, as an expression of the frame number N, on their way through FFmpeg. 10 frames a second. */
async function through(seconds: string, frames: number, originSeconds = 0): Promise<string[]> {
  const filter = `settb=1/1000000,setpts='round(1000000*(${seconds}))',setpts='${setptsExpression(originSeconds)}',format=rgb24`;
  const args = ["-v", "error", "-f", "lavfi", "-i", `color=s=16x16:r=10,trim=end_frame=${frames}`, "-filter_complex", filter, "-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-c:v", "rawvideo", "-f", "nut", "pipe:1"];
  const { stdout } = await promisify(execFile)("ffmpeg", args, { encoding: "buffer" });
  const times: string[] = [];
  new NutDemuxer({
    onStreams: () => undefined,
    onPayload: (_, pts) => {
      const { ptsMs, epoch } = decodePts(pts, originSeconds);
      times.push(`${epoch}:${ptsMs}`);
      return undefined;
    },
    onPayloadEnd: () => undefined,
  }).push(stdout);
  return times;
}

describe("times through FFmpeg", () => {
  it.each([
    ["plain", "N/10", 4, ["0:0", "0:100", "0:200", "0:300"]],
    ["microseconds", "N/30000*1001", 3, ["0:0", "0:33.367", "0:66.733"]],
    ["negative", "N/10-0.25", 4, ["0:-250", "0:-150", "0:-50", "0:50"]],
    ["back and on", "mod(N,3)/10+5", 7, ["0:5000", "0:5100", "0:5200", "1:5000", "1:5100", "1:5200", "2:5000"]],
    ["back by a little", "if(eq(N,2),0.099,N/10)", 4, ["0:0", "0:100", "1:99", "1:300"]],
    ["equal", "floor(N/3)/10", 5, ["0:0", "0:0.001", "0:0.002", "0:100", "0:100.001"]],
    ["missing in the middle", "if(between(N,2,3),NAN,N/10)", 5, ["0:0", "0:100", "0:200", "0:300", "0:400"]],
    ["missing from the start", "NAN", 3, ["0:0", "0:100", "0:200"]],
    ["missing after a jump back", "if(eq(N,1),-3,if(eq(N,2),NAN,N/10))", 4, ["0:0", "1:-3000", "1:-2900", "1:300"]],
    ["a long gap", "N*864000", 3, ["0:0", "0:864000000", "0:1728000000"]],
  ] as const)("%s", async (_, seconds, frames, expected) => {
    expect(await through(seconds, frames)).toEqual(expected);
  });

  it("counts from a far origin", async () => {
    expect(await through("1700000000.5+N/10", 2, 1_700_000_000)).toEqual(["0:1700000000500", "0:1700000000600"]);
  });
});
