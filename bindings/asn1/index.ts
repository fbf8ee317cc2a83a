/**
 * OpenSSL's SSL_SESSION as bytes: DER, PEM, and the envelope that Node puts around a client's
 * session. Runs anywhere; needs no cache.
 *
 * @module
 */

export type { Seconds } from '../checks.ts';
export { decodeSession } from './decode.ts';
export type { DecodeOptions } from './decode.ts';
export { encodeSession } from './encode.ts';
export type { SessionEnvelope } from './envelope.ts';
export { peekSession } from './peek.ts';
export type { SessionPeek } from './peek.ts';
export { decodePEM, encodePEM } from './pem.ts';
export { SessionSecrets } from './secrets.ts';
export type { SecretFields, UnknownField } from './secrets.ts';
export { SESSION_FLAG_EXTENDED_MASTER_SECRET } from './types.ts';
export type { SessionFields } from './types.ts';
