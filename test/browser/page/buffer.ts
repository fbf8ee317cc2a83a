// As much of Node's Buffer as the tests use as a tool. What they test never sees it.

type Encoding = 'hex' | 'base64' | 'utf8';

class Bytes extends Uint8Array {
  override toString(encoding: Encoding = 'utf8'): string {
    if (encoding === 'utf8') return new TextDecoder().decode(this);
    if (encoding === 'base64') return btoa(String.fromCharCode(...this));
    return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

export type Buffer = Bytes;
export const Buffer = {
  from(value: ArrayLike<number> | ArrayBuffer | string, ...rest: unknown[]): Buffer {
    if (typeof value === 'string') return decode(value, rest[0] as Encoding);
    if (value instanceof ArrayBuffer) return new Bytes(value, ...(rest as [number?, number?]));
    return new Bytes(value);
  },

  alloc: (length: number, fill = 0): Buffer => new Bytes(length).fill(fill),

  concat(parts: readonly Uint8Array[]): Buffer {
    const whole = new Bytes(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  },

  compare(a: Uint8Array, b: Uint8Array): number {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
    }
    return Math.sign(a.length - b.length);
  },
};

function decode(text: string, encoding: Encoding = 'utf8'): Buffer {
  if (encoding === 'utf8') return new Bytes(new TextEncoder().encode(text));
  if (encoding === 'hex') {
    return new Bytes((text.match(/../g) ?? []).map((two) => parseInt(two, 16)));
  }
  const binary = atob(text.replaceAll(/[^\w+/]/g, ''));
  return new Bytes(Array.from(binary, (char) => char.charCodeAt(0)));
}
