// Arrays that misreport their type, length or contents, all with the same bytes.

/** An array, and how it may change itself while a call goes on. */
export interface Liar {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it is no Uint8Array, so that it must be refused. */
  readonly isNone?: boolean;
}

/** A resizable buffer, which the types of our oldest target do not know. */
export function resizable(bytes: Uint8Array, most: number, shared = false): Resizable {
  const make = (shared ? SharedArrayBuffer : ArrayBuffer) as unknown as new (
    length: number,
    options: object,
  ) => ArrayBuffer & { resize(length: number): void; grow(length: number): void };
  const buffer = new make(bytes.length, { maxByteLength: most });
  new Uint8Array(buffer).set(bytes);
  const tracking = new Uint8Array(buffer);
  const resize = (length: number): void => {
    if (shared) buffer.grow(length);
    else buffer.resize(length);
    if (length > bytes.length) tracking.fill(0x41, bytes.length);
  };
  return { bytes: tracking, resize };
}

export interface Resizable {
  /** As long as its buffer is. */
  readonly bytes: Uint8Array;
  /** A shared one only grows. */
  resize(length: number): void;
}

/** False lengths. */
const LENGTHS = [0, 5, 200_000, 2 ** 32, -1, Number.NaN, '5', undefined, {}];

/** Members that can lie. */
const MEMBERS = [
  'length',
  'byteLength',
  'byteOffset',
  'buffer',
  'constructor',
  'set',
  'subarray',
  'slice',
  'fill',
  'every',
  'indexOf',
  'includes',
  'values',
  Symbol.iterator,
  Symbol.toStringTag,
  Symbol.toPrimitive,
] as const;

/** All kinds of one array. Each call makes new ones. */
export function liarsOf(honest: Uint8Array): Liar[] {
  const copy = (): Uint8Array => new Uint8Array(honest);
  const liars: Liar[] = [
    { name: 'a Buffer', bytes: Buffer.from(honest) },
    { name: 'of another offset', bytes: Buffer.from([9, ...honest, 9]).subarray(1, -1) },
    { name: 'on a resizable buffer', bytes: resizable(honest, 300_000).bytes },
    { name: 'on a growable shared buffer', bytes: resizable(honest, 300_000, true).bytes },
  ];
  for (const length of LENGTHS) {
    class Subclass extends Uint8Array {
      override get length(): number {
        return length as number;
      }
    }
    const said = typeof length === 'string' ? `'${length}'` : String(length);
    liars.push({
      name: `a subclass with a length of ${said}`,
      bytes: subclassed(Subclass, honest),
    });
    const own = Object.defineProperty(copy(), 'length', { value: length });
    liars.push({ name: `with an own length of ${said}`, bytes: own });
  }
  for (const member of MEMBERS) {
    const throwing = Object.defineProperty(copy(), member, {
      get() {
        throw new Error(`${String(member)} was asked`);
      },
    });
    liars.push({ name: `whose ${String(member)} throws`, bytes: throwing });
    let calls = 0;
    const changing = Object.defineProperty(copy(), member, {
      get: () => (calls++ % 2 === 0 ? honest.length : honest.length + 100_000),
    });
    liars.push({ name: `whose ${String(member)} is another each time`, bytes: changing });
  }
  liars.push({ name: 'a Proxy', bytes: new Proxy(copy(), {}), isNone: true });
  const lookAlike = Object.create(Uint8Array.prototype, { length: { value: honest.length } });
  liars.push({
    name: 'an object with its prototype',
    bytes: lookAlike as Uint8Array,
    isNone: true,
  });
  return liars;
}

function subclassed(Class: new (length: number) => Uint8Array, honest: Uint8Array): Uint8Array {
  const made = new Class(honest.length);
  for (const [at, byte] of honest.entries()) made[at] = byte;
  return made;
}
