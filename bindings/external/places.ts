// What a value is of, as bytes: what its seal is bound to and what its name is made from. Each part
// stands behind its length, so that no two places give the same bytes.

/** Kinds of places: no value of one kind opens as another. */
const SESSION = 1;
const TAG = 2;
const MESSAGE = 3;
const TOMBSTONE = 4;

/** A session of an id and a protocol version. */
export function placeOfSession(namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  return placeOfId(SESSION, namespace, version, id);
}

/** The tombstone of a session, where it is not under the session's own name. */
export function placeOfTombstone(namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  return placeOfId(TOMBSTONE, namespace, version, id);
}

function placeOfId(kind: number, namespace: Uint8Array, version: number, id: Uint8Array): Buffer {
  const place = Buffer.allocUnsafe(1 + 1 + namespace.length + 4 + 1 + id.length);
  let at = begin(place, kind, namespace);
  at = place.writeUInt32BE(version, at);
  place[at] = id.length;
  place.set(id, at + 1);
  return place;
}

/** The mark that a tag has been revoked. */
export function placeOfTag(namespace: Uint8Array, tag: Uint8Array): Buffer {
  const place = Buffer.allocUnsafe(1 + 1 + namespace.length + 1 + tag.length);
  const at = begin(place, TAG, namespace);
  place[at] = tag.length;
  place.set(tag, at + 1);
  return place;
}

/** A message to the other processes. */
export function placeOfMessage(namespace: Uint8Array): Buffer {
  const place = Buffer.allocUnsafe(1 + 1 + namespace.length);
  begin(place, MESSAGE, namespace);
  return place;
}

function begin(place: Buffer, kind: number, namespace: Uint8Array): number {
  place[0] = kind;
  place[1] = namespace.length;
  place.set(namespace, 2);
  return 2 + namespace.length;
}
