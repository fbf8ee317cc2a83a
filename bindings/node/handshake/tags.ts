// The tags of a server's sessions: groups that can be revoked.

import { randomFillSync } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { SessionPeek } from '../../asn1/index.ts';
import { checkTags, copyOf } from '../../checks.ts';
import { TLS1_3 } from '../../protocol.ts';
import { tagsOfCertificate } from '../certificates/certificate-tags.ts';
import type { ServerConnection } from './connection.ts';

/** The connection as the option `tags` receives it. */
export interface TaggedConnection {
  /** Such as 0x0304 for TLS 1.3. */
  readonly protocolVersion: number;
  /** The name that the client asked for; empty without one. */
  readonly servername: string;
  /** The client's certificate in DER; undefined without one. */
  readonly certificate: Uint8Array | undefined;
  /** The handshake may not be over yet: `authorized` is unknown before `secureConnection`. */
  readonly socket: TLSSocket | undefined;
}

/** The option `tags`. */
export type TagsCallback = (
  connection: TaggedConnection,
) => readonly (string | Uint8Array)[] | undefined;

/** Prefix of the tags that are made here for one client's sessions. */
const RESERVED = 0;
const FAMILY_BYTES = 16;

/**
 * The tags of the sessions that a full handshake makes: those of the client's certificate, one that
 * they share, and those of the program.
 *
 * @throws what the callback throws; TypeError or RangeError if it returns anything but tags
 */
export function tagsOfFullHandshake(
  connection: ServerConnection,
  data: Uint8Array,
  { protocolVersion, hasPeer, peerStart, peerEnd }: SessionPeek,
  callback: TagsCallback | undefined,
): readonly Uint8Array[] {
  const tags: Uint8Array[] = [];
  // In TLS 1.2 a connection makes one session, which is known by its id.
  if (protocolVersion === TLS1_3) tags.push(newFamily());
  if (hasPeer) {
    const ofCertificate = tagsOfCertificate(data, peerStart, peerEnd);
    if (ofCertificate === undefined) throw new RangeError('the client has a malformed certificate');
    tags.push(...ofCertificate);
  }
  if (callback === undefined) return tags;
  const given = callback({
    protocolVersion,
    servername: connection.hello?.servername ?? connection.servername,
    certificate: hasPeer ? copyOf(data.subarray(peerStart, peerEnd)) : undefined,
    socket: connection.socket,
  });
  if (given === undefined) return tags;
  for (const tag of checkTags(given, 'tags()')) {
    if (tag[0] === RESERVED) {
      throw new RangeError(
        '"tags()[]" expected tags that begin with no zero byte, got one that does',
      );
    }
    tags.push(tag);
  }
  return checkTags(tags, 'tags(), with those of certificate and connection,');
}

/** The tags of the sessions of a connection that resumed one with these tags: the same. */
export function tagsOfRenewal(tags: readonly Uint8Array[]): readonly Uint8Array[] {
  return familyIn(tags) ? tags : [newFamily(), ...tags];
}

/** The tag shared by all sessions that go back to one full handshake of TLS 1.3. */
export function familyIn(tags: readonly Uint8Array[]): Uint8Array | undefined {
  return tags.find((tag) => tag.length === FAMILY_BYTES && tag[0] === RESERVED);
}

// Random bytes for many tags at a time: a call for each would take four microseconds.
const pool = new Uint8Array(256 * FAMILY_BYTES);
let unused = 0;

function newFamily(): Uint8Array {
  if (unused === 0) {
    randomFillSync(pool);
    unused = pool.length;
  }
  unused -= FAMILY_BYTES;
  const tag = pool.slice(unused, unused + FAMILY_BYTES);
  tag[0] = RESERVED;
  return tag;
}
