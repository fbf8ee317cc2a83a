// Values of options as text, different for any two values: each value follows its type and, if it
// can be long, its length. A long or secret value is replaced by its SHA-256 digest.

import { createHash, randomBytes } from 'node:crypto';
import { isConstant } from '../../tls/lists.ts';

/** Texts and bytes up to this length stand as they are. */
const SHORT = 64;
/** Most long texts whose digests are remembered: certificates, lists of ciphers. */
const TEXTS_MAX = 256;

const identities = new WeakMap<object, number>();
let lastIdentity = 0;
/** Identities have no meaning in another process, or in another copy of this module. */
const realm = randomBytes(16).toString('hex');

/** The number of an object or function, the same for as long as it lives. */
export function identityOf(value: object): number {
  let number = identities.get(value);
  if (number === undefined) identities.set(value, (number = ++lastIdentity));
  return number;
}

/** The text of an identity, which is different in every process. */
export function identityText(identity: number): string {
  return `#${identity}@${realm}`;
}

/** Whether a text is short enough to stand as it is. */
export function isShortText(text: string): boolean {
  return text.length <= SHORT;
}

const textDigests = new Map<string, string>();
/** Digests of bytes, with a copy to tell whether they are still the same. */
const byteDigests = new WeakMap<object, { copy: Uint8Array; text: string }>();
const listTexts = new WeakMap<object, string>();

/** A value that cannot be written as text. */
export class NoText extends Error {}

/**
 * The text of a text, bytes, a number, a flag, or a list of them.
 *
 * @param isSecret whether its digest must not be remembered, as those of other values are
 * @throws NoText for any other value; what `createHash` throws
 */
export function textOf(value: unknown, isSecret = false): string {
  if (typeof value === 'string') return ofString(value, isSecret);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `${typeof value}:${value}`;
  }
  if (value === null || value === undefined) return `${value}:`;
  if (ArrayBuffer.isView(value)) {
    return ofBytes(
      value,
      new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
      isSecret,
    );
  }
  if (Array.isArray(value)) return ofList(value as unknown[], isSecret);
  throw new NoText();
}

function ofString(text: string, isSecret: boolean): string {
  if (isShortText(text) && !isSecret) return `text:${text.length}:${text}`;
  const known = textDigests.get(text);
  if (known !== undefined) return known;
  // UTF-16, so that unpaired surrogates stay different.
  const hash = createHash('sha256').update(text, 'utf16le').digest('base64');
  const result = `long text:${text.length}:${hash}`;
  if (isSecret) return result;
  if (textDigests.size >= TEXTS_MAX) textDigests.clear();
  textDigests.set(text, result);
  return result;
}

function ofBytes(owner: object, bytes: Uint8Array, isSecret: boolean): string {
  const known = isSecret ? undefined : byteDigests.get(owner);
  if (known !== undefined && Buffer.compare(known.copy, bytes) === 0) return known.text;
  const text = `bytes:${bytes.length}:${createHash('sha256').update(bytes).digest('base64')}`;
  if (!isSecret && bytes.length > 0) byteDigests.set(owner, { copy: Buffer.from(bytes), text });
  return text;
}

function ofList(list: readonly unknown[], isSecret: boolean): string {
  const known = listTexts.get(list);
  if (known !== undefined) return known;
  let text = `list:${list.length}:`;
  for (const item of list) text += textOf(item, isSecret);
  if (!isSecret && isConstant(list)) listTexts.set(list, text);
  return text;
}
