// The feed's types come from src/core, whose error module names one type of Node. This is all of it that the viewer's type check needs.
declare namespace NodeJS {
  interface ErrnoException extends Error {
    code?: string;
  }
}
