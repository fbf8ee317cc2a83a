// The codec's errors. Messages say what is wrong and where, and never contain the bytes.

/** `offset` counts from the first byte that the caller gave. */
export function malformed(what: string, offset: number): never {
  throw new RangeError(`"bytes" expected an SSL_SESSION in DER, got ${what} at offset ${offset}`);
}
