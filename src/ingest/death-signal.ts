// A decoder must not outlive us, whatever ends us: a stalled one never notices that nobody reads. setpriv (util-linux) has the kernel kill it.

import { access, constants } from "node:fs/promises";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const places = ["/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv"];

/** The command under `setpriv --pdeathsig KILL` where that program is installed, else as it is. setpriv replaces itself: the pid is FFmpeg's. */
export async function withDeathSignal(program: string, args: readonly string[]): Promise<Command> {
  for (const setpriv of process.platform === "linux" ? places : []) {
    const found = await access(setpriv, constants.X_OK).then(() => true, () => false);
    if (found) return { program: setpriv, args: ["--pdeathsig", "KILL", "--", program, ...args] };
  }
  return { program, args };
}
