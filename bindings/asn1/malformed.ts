// How the codec refuses its input. Messages say what is wrong and where, never what the bytes are.

/** `offset` counts from the first byte that the caller gave. */
export function malformed(what: string, offset: number): never {
  throw new RangeError(`"bytes" expected an SSL_SESSION in DER, got ${what} at offset ${offset}`);
}
