// For libraries that lose errors.

/**
 * Awaits `work`; an unhandled rejection anywhere in this thread meanwhile counts as its failure. Human needs this: its detection
 * runs inside `new Promise(async ...)`, so that what is thrown there becomes an unhandled rejection and its promise never
 * settles. Only for threads that do one thing at a time.
 */
export async function orStrayRejection<T>(work: Promise<T>): Promise<T> {
  let onStray!: (reason: unknown) => void;
  const stray = new Promise<never>((_, reject) => {
    onStray = reject;
  });
  process.on("unhandledRejection", onStray);
  try {
    return await Promise.race([work, stray]);
  } finally {
    process.off("unhandledRejection", onStray);
  }
}
