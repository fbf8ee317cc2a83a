// What must be equal after every step. Texts are made only for what differs: this runs a million
// times.

import type { SessionLike } from './calls.ts';
import { type Side } from './side.ts';
import { hexOf } from '../support/bytes.ts';

/** Numbers that the model knows nothing of. */
const UNKNOWN = new Set(['bytes', 'memory', 'reserved']);

/** Says the first difference, or undefined. `turn` picks the session that is looked at closely. */
export function difference(real: Side, model: Side, turn: number): string | undefined {
  const log = differs('log', real.log.join('\n'), model.log.join('\n'));
  if (log) return log;
  for (const [slot, a] of real.slots.entries()) {
    const b = model.slots[slot];
    if (a === undefined || b === undefined) continue;
    const isChosen = slot === turn % real.slots.length;
    if (sameState(a, b) && (!isChosen || sameContents(a, b))) continue;
    return differs(`session ${real.name(a)} in slot ${slot}`, textOf(a), textOf(b));
  }
  if (real.isClosed) return undefined;
  return (
    differs('order', orderOf(real), orderOf(model)) ??
    statsDiffer('stats', real.cache.stats(), model.cache.stats())
  );
}

function differs(what: string, real: string, model: string): string | undefined {
  return real === model ? undefined : `${what}\n--- real\n${real}\n--- model\n${model}`;
}

function sameState(a: SessionLike, b: SessionLike): boolean {
  return (
    a.isCached === b.isCached &&
    a.isResumable === b.isResumable &&
    a.time === b.time &&
    a.timeout === b.timeout
  );
}

function sameContents(a: SessionLike, b: SessionLike): boolean {
  return (
    equal(a.id, b.id) &&
    equal(a.data, b.data) &&
    equal(a.sessionIdContext, b.sessionIdContext) &&
    a.protocolVersion === b.protocolVersion &&
    a.extendedMasterSecret === b.extendedMasterSecret &&
    a.appData === b.appData &&
    a.tags.map(hexOf).join() === b.tags.map(hexOf).join()
  );
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function textOf(s: SessionLike): string {
  return [
    `cached ${s.isCached} resumable ${s.isResumable} time ${s.time} timeout ${s.timeout}`,
    `version ${s.protocolVersion} id ${hexOf(s.id)} context ${hexOf(s.sessionIdContext)}`,
    `extended master secret ${s.extendedMasterSecret} tags ${s.tags.map(hexOf).join()} appData ${s.appData}`,
    `${s.data.length} bytes ${hexOf(s.data.subarray(0, 40))}`,
  ].join('\n');
}

/** Sessions, next to be evicted first. */
function orderOf(side: Side): string {
  let order = '';
  for (const session of { [Symbol.iterator]: () => side.cache[Symbol.iterator]() }) {
    order += side.name(session) + ' ';
  }
  return order;
}

function statsDiffer(path: string, real: object, model: object): string | undefined {
  const actual = real as Record<string, unknown>;
  const expected = model as Record<string, unknown>;
  for (const key in expected) {
    const [a, b] = [actual[key], expected[key]];
    if (a === b || UNKNOWN.has(key)) continue;
    const name = `${path}.${key}`;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.some((count, i) => count !== (b[i] ?? 0))) return differs(name, `${a}`, `${b}`);
    } else if (typeof a === 'object' && typeof b === 'object') {
      const inner = statsDiffer(name, a as object, b as object);
      if (inner) return inner;
    } else return differs(name, String(a), String(b));
  }
  return undefined;
}
