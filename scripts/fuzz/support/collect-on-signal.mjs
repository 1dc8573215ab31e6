// Loaded before the server (`node --expose-gc --import`): SIGUSR2 collects its garbage, so that memory before and after can be compared
// without the chance of when V8 collected last.
process.on("SIGUSR2", () => {
  for (let n = 0; n < 3; n += 1) globalThis.gc();
});
