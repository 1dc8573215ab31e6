// A file from the work folder or the media root as an answer, in parts where the client asks for them.

import type { Response } from "express";

/** What Express says when the client has gone before the first byte. */
const goneCode = "ECONNABORTED";

/** Resolves when it is sent or the client has gone. @throws Error of the file system where nothing was sent yet */
export async function sendFile(res: Response, path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await new Promise<void>((done, fail) => {
    // The work folder may have a dot in its name (.emostream). Express' own length and range handling; its cache headers are left out.
    res.sendFile(path, { headers: { "Cache-Control": "private, no-cache", ...headers }, dotfiles: "allow", cacheControl: false }, (error?: NodeJS.ErrnoException) => (error && error.code !== goneCode && !res.headersSent ? fail(error) : done()));
  });
}
