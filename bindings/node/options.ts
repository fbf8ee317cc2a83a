// What attachServer takes, checked and completed.

import { checkBoolean, checkCallback, checkInteger, checkObject, checkTag } from '../checks.ts';
import type { TagsCallback } from './handshake/tags.ts';

/** What `attachServer` takes. */
export interface AttachOptions {
  /**
   * Servers of the same namespace and the same client authentication may resume each other's
   * sessions, whether in one process or over a common store. 1 to 32 bytes; a string stands for its
   * UTF-8. Default: one of its own, shared with no other server and no other run of the program.
   */
  namespace?: string | Uint8Array | undefined;
  /**
   * Stateful TLS 1.3: the ClientHello is read before Node reads it, so that the session it offers
   * is found. Needs `SSL_OP_NO_TICKET`. Default: false.
   */
  tls13?: boolean | undefined;
  /**
   * A TLS 1.3 session may resume more than once (RFC 8446 C.4 and 8.1 advise against). Default:
   * false.
   */
  reuse?: boolean | undefined;
  /**
   * A session resumes only under the server name it was made for, as RFC 6066 §3 demands; the
   * ClientHello is read for that. false: for servers whose names all have one policy. Default:
   * true.
   */
  servernames?: boolean | undefined;
  /**
   * Longest wait for a store that answers with a promise, ms; then a full handshake. Default:
   * 1,000.
   */
  lookupTimeout?: number | undefined;
  /**
   * Longest wait for a whole ClientHello, ms; then the connection is destroyed. 0: no limit but the
   * server's own `handshakeTimeout`, which is reported and leaves the socket to the program.
   * Default: 0.
   */
  handshakeTimeout?: number | undefined;
  /**
   * Longest ClientHello that is waited for, bytes; longer ones are left to Node. Default: 18,432.
   */
  maxHelloBytes?: number | undefined;
  /**
   * Tags for the sessions of a connection, for `cache.revoke({ tag })`: at most 5, of 1 to 32
   * bytes; strings are UTF-8, and none begins with a zero byte. Called after each full handshake;
   * the sessions of connections that resume inherit them. Where it throws, nothing is stored.
   *
   * Beside them, sessions carry the SHA-256 fingerprint of the client's certificate (32 bytes) as a
   * tag. Default: none.
   */
  tags?: TagsCallback | undefined;
  /** Told of whatever the cache throws or rejects with. Default: one warning for the first. */
  onError?: ((error: unknown) => void) | undefined;
}

/** The same, checked. */
export interface NodeSettings {
  namespace: Uint8Array | undefined;
  tls13: boolean;
  reuse: boolean;
  servernames: boolean;
  lookupTimeout: number;
  handshakeTimeout: number | undefined;
  maxHelloBytes: number;
  tags: TagsCallback | undefined;
  onError: ((error: unknown) => void) | undefined;
}

/** What Node's timers can wait. */
const TIMEOUT_MAX = 2 ** 31 - 1;
/** A record of 16 KiB and what its framing, or a second record, may add. */
const HELLO_BYTES = 18 * 1024;
const HELLO_BYTES_MAX = 128 * 1024;

export function readOptions(options: AttachOptions): NodeSettings {
  checkObject(options, 'options');
  const { namespace, handshakeTimeout } = options;
  const { lookupTimeout = 1000, maxHelloBytes = HELLO_BYTES } = options;
  return {
    namespace: namespace === undefined ? undefined : checkTag(namespace, 'namespace'),
    tls13: checkBoolean(options.tls13 ?? false, 'tls13'),
    reuse: checkBoolean(options.reuse ?? false, 'reuse'),
    servernames: checkBoolean(options.servernames ?? true, 'servernames'),
    lookupTimeout: checkInteger(lookupTimeout, 'lookupTimeout', 1, TIMEOUT_MAX),
    handshakeTimeout:
      handshakeTimeout === undefined
        ? undefined
        : checkInteger(handshakeTimeout, 'handshakeTimeout', 0, TIMEOUT_MAX),
    maxHelloBytes: checkInteger(maxHelloBytes, 'maxHelloBytes', 64, HELLO_BYTES_MAX),
    tags: checkCallback(options.tags, 'tags'),
    onError: checkCallback(options.onError, 'onError'),
  };
}
