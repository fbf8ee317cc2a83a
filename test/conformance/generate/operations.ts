// The operations of random scripts. Each function returns a line; some write others before it, such
// as the one that makes the session they speak of.

import type { ContextName, Draft } from './draft.ts';

const CONTEXT_OF = { C: 'K', S: 'L' } as const;

/** Makes a session and returns its label. */
export function newSession(draft: Draft, context: ContextName): string {
  const { values } = draft;
  const label = `${CONTEXT_OF[context]}${draft.number()}`;
  const words = [`id=${values.id()}`];
  if (draft.chance(85)) words.push(`timeout=${values.timeout()}`);
  if (draft.chance(25)) words.push(`time=${values.time()}`);
  if (draft.chance(12)) words.push(`ver=${values.version()}`);
  if (draft.chance(15)) words.push(`sidctx=${values.context()}`);
  draft.write(`new ${label} ${words.join(' ')}`);
  draft.labels[context].push(label);
  return label;
}

/** A session of the script: mostly one of the last. */
export function scripted(draft: Draft, context: ContextName): string {
  const labels = draft.labels[context];
  if (labels.length === 0 || draft.chance(18)) return newSession(draft, context);
  return draft.chance(80) ? draft.recent(labels) : draft.pick(labels);
}

/** A session that a connection made, at the end that belongs to `context`. */
export function made(draft: Draft, context: ContextName): string {
  if (draft.made.length === 0) return scripted(draft, context);
  const name = `${draft.recent(draft.made)}.${context === 'S' ? 's' : 'c'}`;
  return draft.chance(12) ? `${name}#2` : name;
}

function anySession(draft: Draft, context: ContextName): string {
  return draft.chance(25) ? made(draft, context) : scripted(draft, context);
}

/** Something done to a cache or to a session, by the application. */
export function cacheOperation(draft: Draft, x: ContextName): string {
  const { values } = draft;
  const any = () => anySession(draft, x);
  return draft.choose([
    [26, () => `add ${x} ${any()}`],
    [11, () => `remove ${x} ${any()}`],
    [10, () => `flush ${x} ${values.flushTime()}`],
    [8, () => `set_timeout ${any()} ${values.timeout()}`],
    [8, () => `set_time ${any()} ${values.time()}`],
    [6, () => `size ${x} ${values.size()}`],
    [8, () => values.clock()],
    [3, () => `has ${x} ${values.id()}${draft.pick(['', '', ' ver=0x302'])}`],
    [5, () => `mode ${x} ${values.mode()}`],
    [2, () => duplicate(draft, x)],
    [2, () => `free ${scripted(draft, x)}`],
    [2, () => `set_id ${scripted(draft, x)} ${values.id()}`],
    [2, () => `set_ver ${scripted(draft, x)} ${values.version()}`],
    [2, () => `set_sidctx ${scripted(draft, x)} ${values.context()}`],
    [2, () => `timeout ${x} ${values.timeout()}`],
    [2, () => callbackSwitch(draft, x)],
    [1, () => `number ${x}`],
  ]);
}

function duplicate(draft: Draft, context: ContextName): string {
  const copy = `${CONTEXT_OF[context]}${draft.number()}`;
  const original = anySession(draft, context);
  draft.labels[context].push(copy);
  return `dup ${copy} ${original}`;
}

function callbackSwitch(draft: Draft, x: ContextName): string {
  const which = draft.pick(['new', 'remove', ...(x === 'S' ? ['get'] : [])]);
  return `cb ${x} ${which} ${draft.pick(['on', 'on', 'off'])} ret=${draft.random(2)}`;
}

export type Callback = 'new' | 'remove' | 'get' | 'gen';

/** Hooks one to three operations to a callback. */
export function writeHooks(draft: Draft): void {
  const which = draft.pick<Callback>(['remove', 'remove', 'remove', 'new', 'get', 'gen']);
  const isClients = draft.chance(20) && (which === 'remove' || which === 'new');
  const x = isClients ? 'C' : 'S';
  for (let i = draft.pick([1, 1, 2, 3]); i > 0; i--) {
    const inner = hooked(draft, which, x);
    draft.write(`on ${x} ${which} times=${draft.pick([1, 1, 2, 3, 5])} : ${inner}`);
  }
}

/** Something that a callback does, to its own session ($) or to another. */
function hooked(draft: Draft, which: Callback, of: ContextName): string {
  const { values } = draft;
  const x = draft.chance(85) ? of : of === 'S' ? 'C' : 'S';
  const hasSubject = (which === 'remove' || which === 'new') && x === of;
  const any = () => (hasSubject && draft.chance(45) ? '$' : anySession(draft, x));
  return draft.choose([
    [8, () => `add ${x} ${any()}`],
    [8, () => `remove ${x} ${any()}`],
    [6, () => `flush ${x} ${values.flushTime()}`],
    [2, () => `set_timeout ${any()} ${values.timeout()}`],
    [2, () => `set_time ${any()} ${values.time()}`],
    [2, () => `number ${x}`],
    [4, () => `size ${x} ${values.size()}`],
    [4, () => `mode ${x} ${values.mode()}`],
    [2, () => `timeout ${x} ${values.timeout()}`],
    [4, () => values.clock()],
    [
      2,
      () =>
        `ext put ${hasSubject && of === 'S' ? any() : scripted(draft, 'S')} ${howToAnswer(draft)}`,
    ],
    [2, () => `ext del ${values.id()}`],
    [2, () => `cb ${x} ${draft.pick(['remove', 'new', 'get'])} ${draft.pick(['off', 'on', 'on'])}`],
    [2, () => `off ${x} ${draft.pick(['remove', 'new', 'get', 'gen'])}`],
    [2, () => `gen S ${values.id()}`],
    [2, () => `set_sidctx ${any()} ${values.context()}`],
    [2, () => `sidctx ${x} ${values.context()}`],
    [2, () => `verify S ${draft.pick(['peer', 'none', 'none'])}`],
    [2, () => `set_id ${any()} ${values.id()}`],
    [2, () => `set_ver ${any()} 0x303`],
    [which === 'remove' ? 0 : 2, () => `has ${x} ${values.id()}`],
  ]);
}

function howToAnswer(draft: Draft): string {
  return `copy=${draft.pick([1, 1, 0, -1])}`;
}

/** How clients of a script connect. */
export interface Manner {
  /** Versions, picked with equal chances. */
  readonly versions: readonly ('1.2' | '1.3')[];
}

function connect(draft: Draft, { versions }: Manner): string {
  const { values } = draft;
  const name = `c${draft.number()}`;
  const version = draft.pick(versions);
  const ems = () => (version === '1.2' && draft.chance(20) ? ['ems=0'] : []);
  const words = draft.choose<string[]>([
    [36, () => (draft.made.length === 0 ? ems() : [`resume=${offered(draft)}`, ...ems()])],
    // What a script makes has no extended master secret.
    [version === '1.2' ? 26 : 6, () => [`propose=${scripted(draft, 'S')}`, ...(draft.chance(85) ? ['ems=0'] : [])]],
    [version === '1.2' ? 10 : 4, () => [`propose=${made(draft, 'S')}`, ...ems()]],
    [version === '1.2' ? 2 : 20, () => [`propose=${made(draft, 'C')}`, ...ems()]],
    [6, () => [`proposeid=${values.id()}`, ...ems()]],
    [20, ems],
  ]); // prettier-ignore
  if (version === '1.3') words.push('ver=1.3');
  if (draft.chance(10)) words.push(`sidctx=${draft.pick(['aa', 'bb', '-', 'aabb'])}`);
  if (draft.chance(8)) words.push(`vpeer=${draft.random(2)}`);
  draft.open.push(name);
  draft.made.push(name);
  return [`connect ${name}`, ...words].join(' ');
}

function offered(draft: Draft): string {
  const name = `${draft.recent(draft.made, 5)}.c`;
  return draft.chance(30) ? `${name}#${draft.pick([2, 2, 3])}` : name;
}

function close(draft: Draft): string {
  const at = draft.random(draft.open.length);
  const [name] = draft.open.splice(at, 1);
  return `close ${name} ${draft.pick(['clean', 'quiet', 'quiet', 'quiet', 'drop', 'drop', 'fatal'])}`;
}

/** SSL_set_session or SSL_clear at one end of an open connection. */
function disturb(draft: Draft): string {
  const name = draft.recent(draft.open);
  const x = draft.pick<ContextName>(['S', 'C']);
  const end = x === 'S' ? 's' : 'c';
  if (draft.chance(40)) return `clear ${name} ${end}`;
  return `set_session ${name} ${end} ${draft.chance(40) ? 'null' : anySession(draft, x)}`;
}

/** Something about connections, or about what their handshakes meet. */
export function handshakeOperation(draft: Draft, manner: Manner): string {
  const { values } = draft;
  const tickets = manner.versions.includes('1.3');
  return draft.choose([
    [38, () => connect(draft, manner)],
    [16, () => (draft.open.length === 0 ? connect(draft, manner) : close(draft))],
    [4, () => (draft.open.length === 0 ? connect(draft, manner) : disturb(draft))],
    [6, () => `${draft.pick(['add', 'remove', 'remove'])} S ${made(draft, 'S')}`],
    [4, () => setTimes(draft, 'S')],
    [3, () => `timeout S ${values.timeout()}`],
    [3, () => `sidctx S ${values.context()}`],
    [2, () => `verify S ${draft.pick(['peer', 'none', 'none'])}`],
    [6, () => `ext put ${scripted(draft, 'S')} ${howToAnswer(draft)}${as(draft, 25)}`],
    [tickets ? 6 : 3, () => `ext put ${made(draft, 'S')} ${howToAnswer(draft)}${as(draft, 15)}`],
    [1, () => `ext del ${values.id()}`],
    [3, () => generated(draft)],
    [1, () => `opt S notres=${draft.pick([0, 0, 1])}`],
    [2, () => callbackSwitch(draft, 'S')],
    [3, () => values.clock()],
    [tickets ? 4 : 0, () => ticketOption(draft)],
    [12, () => cacheOperation(draft, 'S')],
  ]);
}

function setTimes(draft: Draft, context: ContextName): string {
  const { values } = draft;
  const session = made(draft, context);
  return draft.chance(50)
    ? `set_timeout ${session} ${values.timeout()}`
    : `set_time ${session} ${values.time()}`;
}

function as(draft: Draft, percent: number): string {
  return draft.chance(percent) ? ` as=${draft.values.id()}` : '';
}

/** The next id that the generate callback makes: one of few, so that they meet again. */
function generated(draft: Draft): string {
  const { values } = draft;
  if (draft.chance(15)) return 'gen S fail';
  const id = values.id();
  return draft.chance(25)
    ? `gen S ${id} outlen=${draft.pick([0, 1, 4, 31, 32, 33])}`
    : `gen S ${id}`;
}

/** Options of stateful tickets: how many, and whether each is for one use. */
function ticketOption(draft: Draft): string {
  const mayStop = Number(!draft.onlySingleUse);
  return draft.choose([
    [3, () => `opt S num_tickets=${draft.pick([0, 1, 1, 2, 2, 3, 4])}`],
    [mayStop * 2, () => `opt S max_early=${draft.pick([0, 16, 16])}`],
    [mayStop, () => `opt S no_anti_replay=${draft.pick([0, 0, 1])}`],
  ]);
}

/** Something about the client's cache. */
export function clientOperation(draft: Draft): string {
  const { values } = draft;
  return draft.choose([
    [18, () => cacheOperation(draft, 'C')],
    [10, () => `${draft.pick(['add', 'remove', 'add'])} C ${made(draft, 'C')}`],
    [4, () => setTimes(draft, 'C')],
    [5, () => `mode C ${values.mode()}`],
    [2, () => `sidctx C ${values.context()}`],
    [2, () => `free ${made(draft, 'C')}`],
  ]);
}
