// Checks the options of `attachServer`, and completes them.

import { checkBoolean, checkCallback, checkInteger, checkObject, checkTag } from '../checks.ts';
import type { TagsCallback } from './handshake/tags.ts';

/** The options of `attachServer`. */
export interface AttachOptions {
  /**
   * Servers of the same namespace and the same client authentication may resume each other's
   * sessions, in one process or through a shared store. 1 to 32 bytes; a string stands for its
   * UTF-8. Default: a random one, so that no other server and no later run of the program shares
   * its sessions.
   */
  namespace?: string | Uint8Array | undefined;
  /**
   * Stateful TLS 1.3: the adapter reads the ClientHello before Node, to find the session that it
   * offers. Requires `SSL_OP_NO_TICKET`. Default: false.
   */
  tls13?: boolean | undefined;
  /**
   * A TLS 1.3 session may resume more than once, which RFC 8446 C.4 and 8.1 advise against.
   * Default: false.
   */
  reuse?: boolean | undefined;
  /**
   * A session resumes only under the server name that it was made for, as RFC 6066 §3 demands; the
   * adapter reads the ClientHello for that. false: for servers whose names all have the same
   * policy. Default: true.
   */
  servernames?: boolean | undefined;
  /**
   * Time limit of a get callback that returns a promise, ms; after it, a full handshake. Default:
   * 1,000.
   */
  lookupTimeout?: number | undefined;
  /**
   * Time limit for a complete ClientHello, ms; after it, the connection is destroyed. 0: only the
   * server's own `handshakeTimeout` applies, which is reported and leaves the socket to the
   * program. Default: 0.
   */
  handshakeTimeout?: number | undefined;
  /**
   * Longest ClientHello that the adapter reads, bytes; longer ones are passed to Node unread.
   * Default: 18,432.
   */
  maxHelloBytes?: number | undefined;
  /**
   * Tags for the sessions of a connection, for `cache.revoke({ tag })`: at most 5, of 1 to 32
   * bytes; strings are UTF-8, and none begins with a zero byte. Called after each full handshake;
   * sessions of connections that resume inherit the tags. If it throws, nothing is stored.
   *
   * In addition, the SHA-256 fingerprint of the client's certificate (32 bytes) is a tag of its
   * sessions. Default: none.
   */
  tags?: TagsCallback | undefined;
  /**
   * Called with each error that the cache throws or rejects with. Default: a process warning for
   * the first.
   */
  onError?: ((error: unknown) => void) | undefined;
}

/** The checked options, with defaults. */
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

/** The longest delay of Node's timers. */
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
