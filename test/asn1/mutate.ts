// Spoils sessions: any bytes at all, and, so as to get past the first header, elements of DER.

import { pick } from '../support/random.ts';
import type { Random } from '../support/random.ts';
import { der } from './support.ts';

const EDGES = [0x00, 0x01, 0x02, 0x04, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x82, 0xa0, 0xa3, 0xb5, 0xff];
const TAGS = [
  0x02,
  0x04,
  0x30,
  0x80,
  0x95,
  0xb5,
  0xb6,
  ...Array.from({ length: 21 }, (_, n) => 0xa0 | n),
];

/** One to three changes to one of `seeds`. */
export function mutant(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  let bytes = pick(random, seeds);
  const structured = random(3) > 0;
  for (let rounds = 1 + random(3); rounds > 0; rounds--) {
    bytes = structured ? spoilElements(random, bytes, seeds) : spoilBytes(random, bytes);
  }
  return bytes;
}

function spoilBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random(bytes.length + 1);
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(at);
  const some = (): number[] => Array.from({ length: 1 + random(4) }, () => octet(random));
  switch (random(6)) {
    case 0:
      return join(head, [(tail[0] ?? 0) ^ (1 << random(8))], tail.subarray(1));
    case 1:
      return join(head, [octet(random)], tail.subarray(1));
    case 2:
      return join(head, some(), tail);
    case 3:
      return join(head, tail.subarray(1 + random(4)));
    case 4:
      return head;
    default:
      return join(bytes, some());
  }
}

/** Keeps the headers around the change right, so that only the change itself can be at fault. */
function spoilElements(
  random: Random,
  bytes: Uint8Array,
  seeds: readonly Uint8Array[],
): Uint8Array {
  const from = derStart(bytes);
  const elements = split(bytes, from);
  if (elements.length === 0) return spoilBytes(random, bytes);
  const at = random(elements.length);
  const element = elements[at] as Uint8Array;
  switch (random(7)) {
    case 0:
      elements.splice(at, 1);
      break;
    case 1:
      elements.splice(random(elements.length + 1), 0, element);
      break;
    case 2: {
      const seed = pick(random, seeds);
      const others = split(seed, derStart(seed));
      elements[at] = pick(random, others);
      break;
    }
    case 3:
      elements.push(der(pick(random, TAGS), der(pick(random, [2, 4, 0x30]), content(random))));
      break;
    case 4:
      elements[at] = der(pick(random, TAGS), element.subarray(2));
      break;
    default:
      elements[at] = spoilContent(random, element);
  }
  return join(bytes.subarray(0, from), der(0x30, ...elements));
}

/** Other content within the same tag, or tags. */
function spoilContent(random: Random, element: Uint8Array): Uint8Array {
  const [tag = 0] = element;
  if ((tag & 0x20) === 0) return der(tag, content(random));
  const inner = element[element.length > 2 && (element[1] as number) >= 0x80 ? 3 : 2] ?? 0x04;
  return der(tag, der(inner, content(random)));
}

function content(random: Random): number[] {
  const length = pick(random, [0, 1, 1, 2, 3, 4, 5, 8, 8, 9, 32, 33, 127, 128, 512, 513]);
  return Array.from({ length }, () => octet(random));
}

function octet(random: Random): number {
  return random(2) === 0 ? random(256) : pick(random, EDGES);
}

/**
 * Where the DER begins behind Node's envelope; any other bytes are left to be split as they are.
 */
function derStart(bytes: Uint8Array): number {
  const name = 'nodejs:tls:session:1'.length + 2;
  return bytes[0] === 0 ? Math.min(bytes.length, name + 2 + (bytes[name + 1] ?? 0)) : 0;
}

/** The elements within the one that begins at `from`, as far as there are whole ones. */
function split(bytes: Uint8Array, from: number): Uint8Array[] {
  const elements = [];
  let at = headerEnd(bytes, from);
  while (at < bytes.length) {
    const start = headerEnd(bytes, at);
    const end = start + contentLength(bytes, at);
    if (end > bytes.length) break;
    elements.push(bytes.subarray(at, end));
    at = end;
  }
  return elements;
}

function headerEnd(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return at + 2 + (length >= 0x80 ? length & 3 : 0);
}

function contentLength(bytes: Uint8Array, at: number): number {
  let length = bytes[at + 1] ?? 0;
  if (length < 0x80) return length;
  const end = headerEnd(bytes, at);
  length = 0;
  for (let i = at + 2; i < end; i++) length = length * 256 + (bytes[i] ?? 0);
  return length;
}

function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
