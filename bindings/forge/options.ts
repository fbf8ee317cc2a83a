// The options of forgeSessionCache, checked and with defaults.

import type { Role } from '../index.ts';
import {
  checkCallback,
  checkObject,
  checkOneOf,
  checkTags,
  copyBytes,
  isBytes,
  outOfRange,
  wrongType,
} from '../checks.ts';
import type { ForgeSessionCacheOptions } from './types.ts';

export interface ForgeSettings {
  role: Role;
  /** Empty on servers. */
  peer: Uint8Array;
  context: Uint8Array | undefined;
  tags: readonly Uint8Array[];
  onError: ((error: unknown) => void) | undefined;
}

const PEER_MAX = 1024;

export function readOptions(options: ForgeSessionCacheOptions): ForgeSettings {
  checkObject(options, 'options');
  const { role, peer, sessionIdContext, tags = [], onError } = options;
  checkOneOf(role, 'role', ['server', 'client']);
  if (role === 'server' && peer !== undefined) {
    throw new TypeError('"peer" expected undefined for a server, whose clients name their session');
  }
  return {
    role,
    peer: role === 'client' ? checkPeer(peer) : new Uint8Array(0),
    context:
      sessionIdContext === undefined ? undefined : copyBytes(sessionIdContext, 'sessionIdContext'),
    tags: checkTags(tags, 'tags'),
    onError: checkCallback(onError, 'onError'),
  };
}

function checkPeer(peer: unknown): Uint8Array {
  if (typeof peer !== 'string' && !isBytes(peer)) {
    wrongType('peer', 'string or Uint8Array', peer);
  }
  const bytes =
    typeof peer === 'string' ? new TextEncoder().encode(peer) : copyBytes(peer, 'peer', Infinity);
  if (bytes.length >= 1 && bytes.length <= PEER_MAX) return bytes;
  outOfRange('peer', `1..${PEER_MAX} bytes`, bytes.length);
}
