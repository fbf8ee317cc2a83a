// The format of exported sessions: encrypted and authenticated as a whole, by AES-256-GCM (NIST SP
// 800-38D) with a nonce of 96 random bits. The header is authenticated, too.

import { createCipheriv, createDecipheriv, KeyObject, randomBytes } from 'node:crypto';
import { checkBytes, isBytes, plainBytes, outOfRange, wrongType } from '../../checks.ts';
import { ImportError } from '../errors.ts';

const ALGORITHM = 'aes-256-gcm';
const SEAL_KEY_BYTES = 32;
const MAGIC = Buffer.from('SESSCACHE client', 'latin1');
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CREATED_AT = MAGIC.length + 2;
const DEADLINE_AT = CREATED_AT + 8;
const NONCE_AT = DEADLINE_AT + 8;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;

/** The caller's key: 32 random bytes, or a secret KeyObject of them. */
export type SealKey = Uint8Array | KeyObject;

/** When sealed bytes are valid: seconds since the epoch, both included. */
interface Validity {
  created: number;
  deadline: number;
}

/** Sealed bytes, opened. */
export interface Opened {
  /** Secret: to be overwritten. */
  content: Buffer;
  /** Different in each seal. */
  nonce: Buffer;
}

/** Encrypts `content`. The caller overwrites it afterwards. */
export function seal(content: Uint8Array, key: SealKey, { created, deadline }: Validity): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt16BE(FORMAT, MAGIC.length);
  header.writeBigUInt64BE(BigInt(created), CREATED_AT);
  header.writeBigUInt64BE(BigInt(deadline), DEADLINE_AT);
  const nonce = randomBytes(NONCE_BYTES);
  nonce.copy(header, NONCE_AT);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(header);
  const sealed = cipher.update(content);
  const end = cipher.final();
  return Buffer.concat([header, sealed, end, cipher.getAuthTag()]);
}

/**
 * Decrypts what `seal` made.
 *
 * @param isGood decides about the validity, once that is authenticated
 * @throws ImportError if the bytes have another format, were altered, were sealed under another
 *   key, or are not valid now
 */
export function open(
  sealed: Uint8Array,
  key: SealKey,
  isGood: (validity: Validity) => boolean,
): Opened {
  // The caller's bytes may change while they are read.
  const bytes = Buffer.from(sealed);
  const isOurs = bytes.length >= HEADER_BYTES + TAG_BYTES && bytes.indexOf(MAGIC) === 0;
  if (!isOurs) throw new ImportError('ERR_SESSCACHE_FORMAT', 'these bytes are not an export');
  if (bytes.readUInt16BE(MAGIC.length) !== FORMAT) {
    throw new ImportError('ERR_SESSCACHE_FORMAT', 'written by another version of the package');
  }
  const nonce = bytes.subarray(NONCE_AT, HEADER_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bytes.subarray(0, HEADER_BYTES));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const content = decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    content.fill(0); // not authenticated: it must not be used
    throw new ImportError('ERR_SESSCACHE_SEAL', 'altered, cut off, or encrypted with another key');
  }
  const created = Number(bytes.readBigUInt64BE(CREATED_AT));
  const deadline = Number(bytes.readBigUInt64BE(DEADLINE_AT));
  if (isGood({ created, deadline })) return { content, nonce };
  content.fill(0);
  throw new ImportError('ERR_SESSCACHE_STALE', 'past its deadline, or made in the future');
}

export function checkSealKey(key: unknown): SealKey {
  if (key instanceof KeyObject) {
    if (key.type === 'secret' && key.symmetricKeySize === SEAL_KEY_BYTES) return key;
    throw new RangeError(
      `"key" expected a secret of ${SEAL_KEY_BYTES} bytes, got another KeyObject`,
    );
  }
  if (!isBytes(key)) {
    wrongType('key', 'Uint8Array or KeyObject', key);
  }
  const bytes = plainBytes(checkBytes(key, 'key', SEAL_KEY_BYTES));
  if (bytes.length === SEAL_KEY_BYTES) return bytes;
  outOfRange('key', `${SEAL_KEY_BYTES} bytes`, bytes.length);
}
