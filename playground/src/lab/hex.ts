const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The first bytes of an id, enough to tell sessions apart by eye. */
export function shortId(id: Uint8Array): string {
  return id.length === 0 ? '(empty)' : toHex(id.subarray(0, 4));
}
