declare module 'embedded-files' {
  /** Made by suite.ts. */
  export const files: Record<string, Uint8Array>;
}
