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

/** What `new Session` was given: checked, and copied where it is to be. */
interface CheckedOptions {
  readonly id: Uint8Array;
  readonly data: Uint8Array;
  readonly version: number;
  readonly context: Uint8Array;
  readonly time: Seconds;
  readonly timeout: Seconds;
  readonly extms: boolean;
  readonly notResumable: boolean;
  readonly tags: readonly Uint8Array[];
  readonly appData: unknown;
}

/** Throws what the constructor of Session throws. */
function checkSessionOptions(options: SessionOptions): CheckedOptions {
  checkObject(options, 'options');
  const { id, data = NO_BYTES, sessionIdContext = NO_BYTES, protocolVersion = 0x0303 } = options;
  const { time = systemClock(), timeout = 304, tags = NO_TAGS } = options;
  const { extendedMasterSecret = false, notResumable = false } = options;
  // In this order: with several wrong, the error is about the first.
  const checkedTime = checkSeconds(time, 'time');
  const ownId = copyOf(checkBytes(id, 'id'));
  return {
    time: checkedTime,
    id: ownId,
    data: checkBytes(data, 'data', DATA_MAX),
    version: checkVersion(protocolVersion, 'protocolVersion'),
    context: ownBytes(checkBytes(sessionIdContext, 'sessionIdContext')),
    timeout: checkSeconds(timeout, 'timeout'),
    extms: checkBoolean(extendedMasterSecret, 'extendedMasterSecret'),
    notResumable: checkBoolean(notResumable, 'notResumable'),
    tags: tags === NO_TAGS ? NO_TAGS : checkTags(tags, 'tags'),
    appData: options.appData,
  };
}

/** The rest of the constructor of Session: so V8 inlines the making of a handle. */
export function initialize(session: SessionState, options: SessionOptions): void {
  const checked = checkSessionOptions(options);
  const { id, time } = checked;
  session.ownSerial = nextSerial();
  session.ownVersion = checked.version;
  session.ownContext = checked.context;
  session.ownTime = time;
  session.ownTimeout = checked.timeout;
  session.ownBorn = time;
  session.bits = bitsOf(id.length, checked.extms, checked.notResumable);
  session.ownTags = checked.tags;
  session.ownData = checked.data;
  session.ownId = id;
  session.ownAppData = checked.appData;
}
