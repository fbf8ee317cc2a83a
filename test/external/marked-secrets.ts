// Secrets that can be found again in the memory of their own process.

import { randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const MARK_AT = 40;
const RANDOM_BYTES = 24;

export class MarkedSecrets {
  /** The bytes that are searched for. Every secret has them, followed by random bytes. */
  readonly #mark = randomBytes(8);
  /** The random bytes of each secret, inverted, so that the search does not find them here. */
  readonly #inverted = new Set<string>();

  get size(): number {
    return this.#inverted.size;
  }

  /** A secret of 72 bytes or more, which the caller overwrites. */
  make(bytes: number): Uint8Array {
    const secret = randomFillSync(new Uint8Array(new ArrayBuffer(bytes)));
    secret.set(this.#mark, MARK_AT);
    this.#inverted.add(invert(secret, MARK_AT + this.#mark.length));
    return secret;
  }

  /** How many of the secrets are somewhere in the memory of this process. */
  search(): number {
    const left = new Set<string>();
    const memory = openSync('/proc/self/mem', 'r');
    const chunk = Buffer.alloc(1 << 22);
    const step = chunk.length - this.#mark.length - RANDOM_BYTES;
    for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
      const [, from, to, rights] = /^(\w+)-(\w+) (\S+)/.exec(line) ?? [];
      if (!rights?.startsWith('rw')) continue;
      const end = Number.parseInt(to!, 16);
      for (let at = Number.parseInt(from!, 16); at < end; at += step) {
        const length = readAt(memory, chunk, at, Math.min(chunk.length, end - at));
        this.#scan(chunk.subarray(0, length), left);
      }
    }
    closeSync(memory);
    return left.size;
  }

  #scan(bytes: Buffer, left: Set<string>): void {
    const mark = this.#mark;
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
      const own = invert(bytes, at + mark.length);
      if (this.#inverted.has(own)) left.add(own);
      bytes.fill(0, at, at + mark.length + RANDOM_BYTES); // so that the search does not find this chunk
    }
  }
}

function readAt(file: number, chunk: Buffer, at: number, length: number): number {
  try {
    return readSync(file, chunk, 0, length, at);
  } catch {
    return 0; // a page that cannot be read
  }
}

function invert(bytes: Uint8Array, at: number): string {
  let own = '';
  for (let i = at; i < at + RANDOM_BYTES; i++) own += String.fromCharCode(~bytes[i]! & 0xff);
  return own;
}
