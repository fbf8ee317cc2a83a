// What `new Session` takes, checked.

import {
  checkBoolean,
  checkBytes,
  checkObject,
  checkSeconds,
  checkTags,
  checkVersion,
  copyOf,
  type Seconds,
} from '../checks.ts';
import { DATA_MAX } from '../core/abi.ts';
import { bitsOf, NO_BYTES, NO_TAGS, nextSerial, ownBytes, type SessionState } from './state.ts';
import { systemClock } from '../clock.ts';

/** What `new Session` takes. */
export interface SessionOptions {
  /** Session id, 0 to 32 bytes. Copied. */
  id: Uint8Array;
  /**
   * The session itself, 0 to 16,384 bytes; opaque to the cache. Kept by reference until it is
   * added, which copies it: do not change it meanwhile. Default: empty.
   */
  data?: Uint8Array | undefined;
  /** Protocol version on the wire. Default: 0x0303, TLS 1.2. */
  protocolVersion?: number | undefined;
  /** Session id context, 0 to 32 bytes. Copied. Default: empty. */
  sessionIdContext?: Uint8Array | undefined;
  /** When it was made, seconds since the epoch. Default: now, by the default clock of caches. */
  time?: Seconds | undefined;
  /** How long it lives from `time`, seconds. Default: 304, as SSL_SESSION_new. */
  timeout?: Seconds | undefined;
  /** Whether it was made with extended master secret (RFC 7627). Default: false. */
  extendedMasterSecret?: boolean | undefined;
  /** Marked as never to be resumed. Default: false. */
  notResumable?: boolean | undefined;
  /** Groups for `revoke`: at most 8 tags of 1 to 32 bytes; strings are UTF-8. Default: none. */
  tags?: readonly (string | Uint8Array)[] | undefined;
  /** Anything of yours that should stay with the session while it is cached. */
  appData?: unknown;
}

/**
 * The rest of the constructor of Session: so V8 inlines the making of a handle. Throws what that
 * throws.
 */
export function initialize(session: SessionState, options: SessionOptions): void {
  checkObject(options, 'options');
  const { id, data = NO_BYTES, sessionIdContext = NO_BYTES, protocolVersion = 0x0303 } = options;
  const { time = systemClock(), timeout = 304, tags = NO_TAGS } = options;
  const { extendedMasterSecret = false, notResumable = false } = options;
  // With several wrong, the error is about the first in this order.
  session.ownTime = checkSeconds(time, 'time');
  session.ownBorn = session.ownTime;
  session.ownId = copyOf(checkBytes(id, 'id'));
  session.ownData = checkBytes(data, 'data', DATA_MAX);
  session.ownVersion = checkVersion(protocolVersion, 'protocolVersion');
  session.ownContext = ownBytes(checkBytes(sessionIdContext, 'sessionIdContext'));
  session.ownTimeout = checkSeconds(timeout, 'timeout');
  session.bits = bitsOf(
    session.ownId.length,
    checkBoolean(extendedMasterSecret, 'extendedMasterSecret'),
    checkBoolean(notResumable, 'notResumable'),
  );
  session.ownTags = tags === NO_TAGS ? NO_TAGS : checkTags(tags, 'tags');
  session.ownAppData = options.appData;
  session.ownSerial = nextSerial();
}
