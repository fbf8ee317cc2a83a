// Associated data: what a value belongs to, as bytes. The seal of a value authenticates it, and the
// value's name in the store is derived from it. Each part is preceded by its length, so that
// different parts never give the same bytes.

/** First byte of associated data: a value of one kind does not open as one of another. */
const SESSION = 1;
const TAG = 2;
const MESSAGE = 3;
const TOMBSTONE = 4;

/** A session of an id and a protocol version. */
export function aadOfSession(namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  return aadOfId(SESSION, namespace, version, id);
}

/** The tombstone of a session, where it is not under the session's own name. */
export function aadOfTombstone(namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  return aadOfId(TOMBSTONE, namespace, version, id);
}

function aadOfId(kind: number, namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  const aad = Buffer.allocUnsafe(1 + 1 + namespace.length + 4 + 1 + id.length);
  let at = begin(aad, kind, namespace);
  at = aad.writeUInt32BE(version, at);
  aad[at] = id.length;
  aad.set(id, at + 1);
  return aad;
}

/** The mark that a tag has been revoked. */
export function aadOfTag(namespace: Uint8Array, tag: Uint8Array): Buffer {
  const aad = Buffer.allocUnsafe(1 + 1 + namespace.length + 1 + tag.length);
  const at = begin(aad, TAG, namespace);
  aad[at] = tag.length;
  aad.set(tag, at + 1);
  return aad;
}

/** A message to the other processes. */
export function aadOfMessage(namespace: Uint8Array): Buffer {
  const aad = Buffer.allocUnsafe(1 + 1 + namespace.length);
  begin(aad, MESSAGE, namespace);
  return aad;
}

function begin(aad: Buffer, kind: number, namespace: Uint8Array): number {
  aad[0] = kind;
  aad[1] = namespace.length;
  aad.set(namespace, 2);
  return 2 + namespace.length;
}
