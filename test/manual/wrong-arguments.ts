// For every argument of the public API, what it must refuse.

import { Session, SessionCache } from '../../bindings/index.ts';
import { id } from './support.ts';

export type Case = [what: string, call: (cache: SessionCache, bad: never) => unknown, wrong: Wrong];
export type Wrong = { types: readonly unknown[]; values: readonly unknown[] };

const objects = [{}, [], new Date(0), Symbol('s'), () => {}];
const notBytes = ['aa', 1, null, true, [1, 2], new ArrayBuffer(2), new Uint16Array(2), {}];
const notNumbers = ['1', null, true, ...objects];
const notOptions = [undefined, null, 1, 'x', {}, Session, id(1)];
const notSessions = [...notOptions, { id: id(1) }];
const notFunctions = [null, 0, 'f', {}, [], true];
const notBooleans = ['true', 0, 1, null, {}];
const notObjects = [null, 1, 'x', true];
const notIntegers = [NaN, Infinity, -Infinity, 1.5, 2 ** 53];

const idOrContext = { types: notBytes, values: [new Uint8Array(33), new Uint8Array(1000)] };
const idToFind = { types: notBytes, values: [] };
const seconds = { types: notNumbers, values: [...notIntegers, 2n ** 63n, -(2n ** 63n) - 1n] };
const positive = { types: notNumbers, values: [...seconds.values, -1, -1n] };
const version = { types: [...notNumbers, 1n], values: [...notIntegers, -1] };
const size = { types: [...notNumbers, undefined], values: [...notIntegers, -1] };
const mode = {
  types: [...notNumbers, undefined],
  values: [...notIntegers, 2 ** 32, -(2 ** 31) - 1],
};
const budget = { types: notNumbers, values: [...notIntegers, 0, -1] };
const tag = {
  types: [1, null, true, {}, []],
  values: ['', 'x'.repeat(33), 'ü'.repeat(17), new Uint8Array(0), new Uint8Array(33)],
};
const role = { types: [undefined, null, 1, {}], values: ['SERVER', '', 'both'] };
const callback = { types: notFunctions, values: [] };
const bool = { types: notBooleans, values: [] };
const handle = { types: notSessions, values: [] };
const bag = { types: notObjects, values: [] };
const data = { types: notBytes, values: [new Uint8Array(16385)] };

/** Arguments of the cache's methods and options. */
export const CALLS: Case[] = [
  ['addSession', (c, x) => c.addSession(x), { types: notOptions, values: [] }],
  ['removeSession', (c, x) => c.removeSession(x), handle],
  ['abortSession', (c, x) => c.abortSession(x), handle],
  [
    'finishHandshake session',
    (c, x) => c.finishHandshake('server', x),
    { types: notSessions.slice(1), values: [] },
  ],
  ['finishHandshake role', (c, x) => c.finishHandshake(x, undefined), role],
  ['finishHandshake options', (c, x) => c.finishHandshake('server', undefined, x), bag],
  [
    'finishHandshake resumed',
    (c, x) => c.finishHandshake('server', undefined, { resumed: x }),
    { types: ['true', 1, {}], values: [] },
  ],
  [
    'finishHandshake offered',
    (c, x) => c.finishHandshake('client', undefined, { offered: x }),
    { types: ['true', 1, {}], values: [] },
  ],
  ['startHandshake role', (c, x) => c.startHandshake(x), role],
  ['startHandshake options', (c, x) => c.startHandshake('client', x), bag],
  ['removeSessionById id', (c, x) => c.removeSessionById(x), idOrContext],
  ['removeSessionById version', (c, x) => c.removeSessionById(id(1), x), version],
  ['hasMatchingSessionId id', (c, x) => c.hasMatchingSessionId(x), idToFind],
  ['hasMatchingSessionId version', (c, x) => c.hasMatchingSessionId(id(1), x), version],
  ['resumeSession id', (c, x) => c.resumeSession(x), idOrContext],
  ['viewSession id', (c, x) => c.viewSession(x), idOrContext],
  ['resumeSession version', (c, x) => c.resumeSession(id(1), { protocolVersion: x }), version],
  ['resumeSession context', (c, x) => c.resumeSession(id(1), { sessionIdContext: x }), idOrContext],
  ['resumeSession verifyPeer', (c, x) => c.resumeSession(id(1), { verifyPeer: x }), bool],
  ['resumeSession ems', (c, x) => c.resumeSession(id(1), { extendedMasterSecret: x }), bool],
  ['flushSessions time', (c, x) => c.flushSessions(x), { ...seconds, types: objects }],
  ['flushSessions options', (c, x) => c.flushSessions(0, x), bag],
  ['flushSessions budget', (c, x) => c.flushSessions(0, { budget: x }), budget],
  ['revoke options', (c, x) => c.revoke(x), { types: [undefined, ...notObjects], values: [] }],
  ['revoke tag', (c, x) => c.revoke({ tag: x }), { ...tag, types: [undefined, ...tag.types] }],
  ['revoke budget', (c, x) => c.revoke({ tag: 'a', budget: x }), budget],
  ['setSessionCacheMode', (c, x) => c.setSessionCacheMode(x), mode],
  ['setCacheSize', (c, x) => c.setCacheSize(x), size],
  ['setTimeout', (c, x) => c.setTimeout(x), { ...seconds, types: [undefined, ...notNumbers] }],
  ['setSessionIdContext', (c, x) => c.setSessionIdContext(x), idOrContext],
  [
    'setVerifyPeer',
    (c, x) => c.setVerifyPeer(x),
    { types: [undefined, ...notBooleans], values: [] },
  ],
  ['setNewSessionCallback', (c, x) => c.setNewSessionCallback(x), callback],
  ['setRemoveSessionCallback', (c, x) => c.setRemoveSessionCallback(x), callback],
  ['setGetSessionCallback', (c, x) => c.setGetSessionCallback(x), callback],
  ['setGenerateSessionIdCallback', (c, x) => c.setGenerateSessionIdCallback(x), callback],
  [
    'generateSessionId version',
    (c, x) => c.generateSessionId({ protocolVersion: x }),
    { ...version, types: objects },
  ],
  ['createSession options', (c, x) => c.createSession(x), bag],
  ['createSession id', (c, x) => c.createSession({ id: x }), idOrContext],
  ['createSession authTime', (c, x) => c.createSession({ authTime: x }), positive],
  ['createSession data', (c, x) => c.createSession({ data: x }), data],
  [
    'createSession tags',
    (c, x) => c.createSession({ tags: x }),
    { types: ['a', 1, {}], values: [] },
  ],
  [
    'createSession context',
    (c, x) => c.createSession({ connection: { sessionIdContext: x } }),
    { types: ['aa', 1, {}], values: idOrContext.values },
  ],
  ['new SessionCache options', (_, x) => new SessionCache(x), bag],
  ['new SessionCache mode', (_, x) => new SessionCache({ mode: x }), { ...mode, types: objects }],
  ['new SessionCache size', (_, x) => new SessionCache({ size: x }), { ...size, types: objects }],
  [
    'new SessionCache timeout',
    (_, x) => new SessionCache({ timeout: x }),
    { ...seconds, types: objects },
  ],
  [
    'new SessionCache context',
    (_, x) => new SessionCache({ sessionIdContext: x }),
    { types: ['aa', 1, {}], values: idOrContext.values },
  ],
  [
    'new SessionCache verifyPeer',
    (_, x) => new SessionCache({ verifyPeer: x }),
    { types: ['yes', 1, {}], values: [] },
  ],
  [
    'new SessionCache now',
    (_, x) => new SessionCache({ now: x }),
    { types: notFunctions, values: [] },
  ],
  [
    'new SessionCache profile',
    (_, x) => new SessionCache({ profile: x }),
    { types: [null, 1, {}], values: ['openssl', ''] },
  ],
  [
    'new SessionCache maxBytes',
    (_, x) => new SessionCache({ maxBytes: x }),
    { types: ['1', {}], values: [-1, 1.5, NaN] },
  ],
  [
    'new SessionCache maxMemory',
    (_, x) => new SessionCache({ maxMemory: x }),
    { types: ['1', {}], values: [-1, 1.5, NaN, 1] },
  ],
  [
    'new SessionCache maxLifetime',
    (_, x) => new SessionCache({ maxLifetime: x }),
    { types: ['1', true], values: [-1, 1.5, NaN] },
  ],
  [
    'new SessionCache maxLifetime.tls12',
    (_, x) => new SessionCache({ maxLifetime: { tls12: x } }),
    { types: ['1', true], values: [-1, 1.5, NaN] },
  ],
  [
    'new SessionCache seed',
    (_, x) => new SessionCache({ seed: x }),
    { types: notBytes, values: [new Uint8Array(15), new Uint8Array(17)] },
  ],
  [
    'new SessionCache module',
    (_, x) => new SessionCache({ module: x }),
    { types: [null, {}, id(1)], values: [] },
  ],
];

/** Arguments of the session's methods and options. */
export const SESSIONS: [string, (made: Session, bad: never) => unknown, Wrong][] = [
  ['setTime', (s, x) => s.setTime(x), { ...seconds, types: [undefined, ...notNumbers] }],
  ['setTimeout', (s, x) => s.setTimeout(x), { ...positive, types: [undefined, ...notNumbers] }],
  ['setId', (s, x) => s.setId(x), idOrContext],
  ['setSessionIdContext', (s, x) => s.setSessionIdContext(x), idOrContext],
  [
    'setProtocolVersion',
    (s, x) => s.setProtocolVersion(x),
    { ...version, types: [undefined, ...version.types] },
  ],
  [
    'new Session options',
    (_, x) => new Session(x),
    { types: [undefined, ...notObjects], values: [] },
  ],
  [
    'new Session id',
    (_, x) => new Session({ id: x }),
    { ...idOrContext, types: [undefined, ...notBytes] },
  ],
  ['new Session data', (_, x) => new Session({ id: id(1), data: x }), data],
  ['new Session version', (_, x) => new Session({ id: id(1), protocolVersion: x }), version],
  ['new Session context', (_, x) => new Session({ id: id(1), sessionIdContext: x }), idOrContext],
  ['new Session time', (_, x) => new Session({ id: id(1), time: x }), seconds],
  ['new Session timeout', (_, x) => new Session({ id: id(1), timeout: x }), seconds],
  ['new Session authTime', (_, x) => new Session({ id: id(1), authTime: x }), positive],
  ['new Session ems', (_, x) => new Session({ id: id(1), extendedMasterSecret: x }), bool],
  ['new Session notResumable', (_, x) => new Session({ id: id(1), notResumable: x }), bool],
  [
    'new Session tags',
    (_, x) => new Session({ id: id(1), tags: x }),
    { types: ['a', 1, null, {}], values: [Array.from({ length: 9 }, (_v, i) => `${i}`)] },
  ],
  ['new Session a tag', (_, x) => new Session({ id: id(1), tags: [x] }), tag],
];
