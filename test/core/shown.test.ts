// A Session shows nothing: however it is printed, cloned, serialized, compared or taken apart,
// neither its bytes nor its id nor the memory behind it come to light. What `data` hands out holds
// one session.

import assertNode from 'node:assert';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect, isDeepStrictEqual, stripVTControlCharacters } from 'node:util';
import v8 from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { cacheAt, NOW } from '../manual/support.ts';

const test = suite('what a session shows');

const OWN = Buffer.from('MINEmineMINEmineMINEmineMINEmineMINEmineMINEmine');
const OTHER = Buffer.from('THEMthemTHEMthemTHEMthemTHEMthemTHEMthemTHEMthem');
const OWN_ID = Buffer.alloc(32, 0xa1);
const OTHER_ID = Buffer.alloc(32, 0xb2);
/**
 * Sessions shorter than what V8 keeps in its heap, of the slab, and longer than a slab's pieces.
 */
const LENGTHS = [48, 200, 5000];

const padded = (bytes: Buffer, length: number): Uint8Array => {
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at++) data[at] = bytes[at % bytes.length]!;
  return data;
};

/** A session in each form in which a program can have one. */
function handles(length: number): { all: Record<string, Session>; cache: SessionCache } {
  const { cache } = cacheAt({ size: 100 });
  const add = (id: Buffer, bytes: Buffer): Session => {
    const made = new Session({ id, data: padded(bytes, length), time: NOW, tags: ['t'] });
    cache.addSession(made);
    return made;
  };
  add(OWN_ID, OWN);
  add(OTHER_ID, OTHER);
  let removed: Session | undefined;
  cache.setRemoveSessionCallback((_cache, session) => (removed = session));
  const before = cache.resumeSession(OTHER_ID) as Session; // shares a slab with the next
  void before.data;
  const copy = cache.resumeSession(OWN_ID) as Session;
  const read = cache.resumeSession(OWN_ID) as Session;
  void read.data;
  const walked = [...cache].find((session) => session.id[0] === OWN_ID[0]) as Session;
  cache.removeSessionById(OWN_ID);
  const made = add(OWN_ID, OWN);
  const view = cache.viewSession(OWN_ID) as Session;
  const all = { made, copy, read, walked, removed: removed!, duplicate: made.dup(), view };
  return { all, cache };
}

/** All text that a value is made into by what programs and libraries print with. */
function printed(value: unknown): string {
  let out = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  const console = new Console({ stdout });
  console.log(value);
  console.dir(value);
  console.dir(value, { depth: 9, showHidden: true });
  console.table(value);
  console.table([value]);
  console.info('%o %O %s %j', value, value, value, value);
  const every = { depth: 9, showHidden: true, maxArrayLength: null, maxStringLength: null };
  for (const customInspect of [true, false]) {
    for (const showHidden of [true, false]) {
      for (const getters of [true, false, 'get', 'set'] as const) {
        out += inspect(value, { ...every, customInspect, showHidden, getters, showProxy: true });
      }
    }
  }
  out += format('%o %O %j %s %d', value, value, value, value, value);
  out += [JSON.stringify(value), JSON.stringify({ value }), String(value), `${value as object}`];
  for (const compare of [
    () => assertNode.strictEqual(value, undefined),
    () => assertNode.deepEqual(value, { data: 1 }),
    () => assertNode.deepStrictEqual([value], [1]),
    () => assertNode.notStrictEqual(value, value),
    () => assert.equal(value, 5),
    () => assert.is(value, 5),
    () => {
      throw Object.assign(new Error('about a session'), { value });
    },
  ]) {
    try {
      compare();
    } catch (error) {
      out += inspect(error, { ...every, customInspect: false });
      out += (error as Error).message + String((error as Error).stack);
    }
  }
  return out;
}

/** What taking a value apart gives. */
function parts(value: object): unknown[] {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const posted: unknown = receiveMessageOnPort(port2)?.message;
  port1.close();
  const names: string[] = [];
  for (const name in value) names.push(name);
  return [
    structuredClone(value),
    posted,
    v8.serialize(value),
    v8.deserialize(v8.serialize(value)),
    { ...value },
    Object.assign({}, value),
    Object.entries(value),
    Object.values(Object.getOwnPropertyDescriptors(value)),
    Reflect.ownKeys(value),
    names,
    Object.getOwnPropertySymbols(value),
  ];
}

/** Everything in a value that could hold bytes, as one text of each common notation. */
function dump(value: unknown): string {
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value)) return dump(value.buffer);
  if (value instanceof ArrayBuffer) return notations(Buffer.from(value)).join('|');
  return inspect(value, { depth: 20, showHidden: true, maxArrayLength: null });
}

function notations(bytes: Buffer): string[] {
  return [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.join(','),
    bytes.toString('base64'),
  ];
}

/** The notation in which text shows eight bytes in a row of a secret, if it does. */
function shownIn(text: string, secret: Buffer): string | undefined {
  const plain = stripVTControlCharacters(text).replaceAll(/[\s+']+/g, '');
  const eight = secret.subarray(0, 8);
  const words = new Int32Array(new Uint8Array(eight).buffer);
  const forms = [
    eight.toString('latin1'),
    eight.toString('hex'),
    eight.join(','),
    [...eight].map((byte) => byte.toString(16)).join(''),
    [...eight].map((byte, i) => `"${i}":${byte}`).join(','),
    [...eight].map((byte, i) => `${i}:${byte}`).join(','),
    eight.toString('base64').slice(0, 10),
    words.join(','),
  ];
  return forms.find((form) => plain.includes(form));
}

function assertHidden(text: string, secret: Buffer, title: string): void {
  assert.is(shownIn(text, secret), undefined, `${title} shows it`);
}

test('the test finds what is shown', () => {
  const plain = { data: OWN, id: OWN_ID };
  for (const secret of [OWN, OWN_ID]) {
    assert.ok(shownIn(printed(plain), secret));
    for (const part of [structuredClone(plain), v8.serialize(plain), { ...plain }]) {
      assert.ok(shownIn(dump(part), secret));
    }
  }
});

for (const length of LENGTHS) {
  test(`no way of printing or taking apart shows a session of ${length} bytes`, () => {
    const { all } = handles(length);
    for (const [name, session] of Object.entries(all)) {
      for (const secret of [OWN, OWN_ID, OTHER, OTHER_ID]) {
        assertHidden(printed(session), secret, name);
        for (const part of parts(session)) assertHidden(dump(part), secret, name);
      }
      assert.equal(Reflect.ownKeys(session), [], name);
    }
  });

  test(`what data hands out of ${length} bytes holds no other session, nor does its clone`, () => {
    const { all } = handles(length);
    for (const [name, session] of Object.entries(all)) {
      const { data } = session;
      assert.equal(Buffer.from(data), Buffer.from(padded(OWN, length)), name);
      assert.is(data.buffer.byteLength, length, name);
      for (const shown of [data, structuredClone(data), v8.deserialize(v8.serialize(data))]) {
        assertHidden(dump(shown), OTHER, name);
        assertHidden(dump(shown), OTHER_ID, name);
        assertHidden(dump(shown), OWN_ID, name);
      }
      for (const value of [session.id, session.sessionIdContext, ...session.tags]) {
        assert.is(value.buffer.byteLength, value.length, name);
      }
    }
  });
}

test('nothing that the public API hands out is the memory of the cache', () => {
  const { all, cache } = handles(200);
  const { memory } = engineOf(cache).memory.core;
  const found = new Set<object>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || found.has(value)) return;
    found.add(value);
    if (ArrayBuffer.isView(value)) found.add(value.buffer);
    for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object) {
      for (const key of Reflect.ownKeys(at)) {
        let inner: unknown;
        try {
          inner = Reflect.get(at, key, value);
        } catch {
          continue; // a getter of another class
        }
        walk(inner);
      }
    }
  };
  walk({ all, cache, stats: cache.stats() });
  assert.is(found.has(memory.buffer), false);
  assert.is(found.has(memory), false);
  assert.ok(found.has(all.made!.data.buffer));
});

test('handles of all kinds are alike: one prototype, one class, no difference to be compared', () => {
  const { all } = handles(200);
  for (const session of Object.values(all)) {
    assert.is(Object.getPrototypeOf(session), Session.prototype);
    assert.is(session.constructor, Session);
    assert.is(session.constructor.name, 'Session');
    assert.ok(session instanceof Session);
    assert.ok(isDeepStrictEqual(session, all.made));
  }
});

test('what is said of a subclass goes for its own properties only', () => {
  class Named extends Session {
    name = 'mine';
  }
  const named = new Named({ id: OWN_ID, data: OWN });
  assert.equal(Reflect.ownKeys(named), ['name']);
  assert.is(Object.getPrototypeOf(named), Named.prototype);
  assertHidden(printed({ ...named }), OWN, 'a subclass');
  assert.equal(named.data, OWN);
});

test('a look-alike, or a session of another prototype, is refused', () => {
  const { cache } = cacheAt();
  const like = Object.create(Session.prototype) as Session;
  assert.throws(() => like.data, TypeError);
  assert.throws(() => cache.addSession(like), TypeError);
  assert.throws(() => cache.removeSession({ id: OWN_ID } as unknown as Session), TypeError);
  assert.is(cache.stats().number, 0);
});

test('a view shows its session or nothing, however many calls have been made since', () => {
  const { cache } = cacheAt();
  const add = (id: Buffer, bytes: Buffer): boolean =>
    cache.addSession(new Session({ id, data: padded(bytes, 200), time: NOW, timeout: 300 }));
  add(OWN_ID, OWN);
  add(OTHER_ID, OTHER);
  const view = cache.viewSession(OWN_ID) as Session;
  cache.viewSession(OTHER_ID);
  assert.equal(view.data, padded(OWN, 200), 'it is looked up again');
  for (let n = 0; n < 50; n++) add(Buffer.alloc(32, n), OTHER);
  assert.equal(view.data, padded(OWN, 200));
  cache.removeSessionById(OWN_ID);
  assert.is(view.data.length, 0, 'its session has left');
  for (const use of [() => view.dup(), () => cache.addSession(view)]) {
    assert.throws(use, (error: { code?: string }) => error.code === 'ERR_SESSCACHE_VIEW_GONE');
  }
  const last = cache.viewSession(OTHER_ID) as Session;
  cache.close();
  assert.is(last.data.length, 0);
});

test('what a view has handed out is wiped before a session leaves, and with the cache', () => {
  const leaving: ((cache: SessionCache, view: Session) => void)[] = [
    (cache, view) => void cache.removeSession(view),
    (cache) => void cache.removeSessionById(OWN_ID),
    (cache) => void cache.flushSessions(0),
    (cache) => void cache.revoke({ tag: 't' }),
    (cache, view) => void cache.abortSession(view),
    (cache) => void cache.setCacheSize(1),
    (cache) => void cache.close(),
  ];
  for (const leave of leaving) {
    const { cache } = cacheAt();
    const data = padded(OWN, 200);
    cache.addSession(new Session({ id: OWN_ID, data, time: NOW, timeout: 300, tags: ['t'] }));
    const view = cache.viewSession(OWN_ID) as Session;
    const lent = view.data;
    assert.equal(lent, data);
    leave(cache, view);
    if (cache.toJSON !== undefined && lent.some((byte) => byte !== 0)) {
      cache.addSession(new Session({ id: OTHER_ID, time: NOW, timeout: 300 })); // evicts
    }
    assert.ok(
      lent.every((byte) => byte === 0),
      String(leave),
    );
  }
});

test('overwriting what data handed out leaves no copy in the slab', () => {
  const { cache } = cacheAt();
  cache.addSession(new Session({ id: OWN_ID, data: padded(OWN, 200), time: NOW }));
  const copy = cache.resumeSession(OWN_ID) as Session;
  copy.data.fill(0);
  assert.ok(copy.data.every((byte) => byte === 0));
  assert.equal(copy.id, new Uint8Array(OWN_ID));
  assert.equal((cache.resumeSession(OWN_ID) as Session).data, padded(OWN, 200));
  const { slab } = engineOf(cache).memory as unknown as { slab: { bytes: Uint8Array } };
  assert.not.ok(Buffer.from(slab.bytes).includes(OWN.subarray(0, 8)));
});

test.run();
