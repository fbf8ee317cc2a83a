// A store with faults that a test switches on and off while the store is in use.

import type { ExternalStore, MemoryStore } from '../../bindings/external/index.ts';
import { remote } from './support.ts';

type Value = Uint8Array | null | undefined;

/** How an answer goes wrong. `wrong`: it is the value of another key. */
type Answer = (value: Value, wrong: Value) => Promise<Value> | Value;

/** Reads go wrong. */
export const READ_FAULTS: Record<string, Answer> = {
  'answers too late': (value) => later(1500, value),
  'never answers': () => new Promise(() => {}),
  rejects: () => Promise.reject(new Error('the store is down')),
  'throws at once': () => {
    throw new Error('the store is broken');
  },
  'has been flushed': () => null,
  'answers undefined': () => undefined,
  'answers nothing, in bytes': () => new Uint8Array(0),
  'answers a byte': () => Uint8Array.of(1),
  'answers garbage': () => new Uint8Array(250).map((_, i) => i * 7),
  'answers garbage of our format': (value) => changed(value, (bytes) => bytes.fill(0x5a, 5)),
  'answers text': () => 'a text' as never,
  'answers a number': () => 42 as never,
  'answers an object': () => ({ type: 'Buffer', data: [1, 2, 3] }) as never,
  'cuts a byte off': (value) => value?.subarray(0, value.length - 1),
  'cuts most off': (value) => value?.subarray(0, 20),
  'adds a byte': (value) => value && new Uint8Array([...value, 0]),
  'changes the format': (value) => changed(value, (bytes) => void (bytes[0] = 0)),
  'changes the key id': (value) => changed(value, (bytes) => void (bytes[1]! ^= 1)),
  'changes a bit of the nonce': (value) => changed(value, (bytes) => void (bytes[7]! ^= 1)),
  'changes a bit': (value) => changed(value, (bytes) => void (bytes[40]! ^= 128)),
  'changes the last bit': (value) =>
    changed(value, (bytes) => void (bytes[bytes.length - 1]! ^= 1)),
  'gives the value of another id': (_value, wrong) => wrong,
};

function changed(value: Value, change: (bytes: Uint8Array) => void): Value {
  const bytes = value && new Uint8Array(value);
  if (bytes) change(bytes);
  return bytes;
}

function later<Result>(ms: number, value: Result): Promise<Result> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** A store with a switch. */
export interface FaultyStore extends MemoryStore {
  /** How reads go wrong; undefined: they succeed. */
  answer: Answer | undefined;
  /** Called instead of writing, if set. */
  write: (() => Promise<unknown>) | undefined;
  /** The names that `get` and `take` were called with. */
  reads: number;
}

/** A store with the given faults. Its answers come a moment later, as those of a server do. */
export function faultyStore(): FaultyStore {
  const store = remote();
  const good = { ...store } as ExternalStore & Required<Pick<ExternalStore, 'take'>>;
  const values = new Map<string, Uint8Array>();
  const wrongFor = (key: string): Value => {
    for (const [other, value] of values) if (other !== key) return new Uint8Array(value);
    return null;
  };
  const faulty = Object.assign(store, {
    answer: undefined,
    write: undefined,
    reads: 0,
  } as Partial<FaultyStore>) as FaultyStore;
  const read = (verb: 'get' | 'take') => (key: string) => {
    faulty.reads++;
    const { answer } = faulty;
    if (answer === undefined) return later(1, undefined).then(() => good[verb](key));
    const broken = answer(new Uint8Array(values.get(key) ?? []), wrongFor(key));
    return broken instanceof Promise ? broken : later(1, broken);
  };
  faulty.get = read('get');
  faulty.take = read('take') as FaultyStore['take'];
  faulty.set = async (key, value, ttl) => {
    if (faulty.write) return faulty.write();
    values.set(key, new Uint8Array(value));
    await later(1, undefined);
    return good.set(key, value, ttl);
  };
  faulty.delete = async (key) => (faulty.write ? faulty.write() : good.delete(key));
  return faulty;
}
