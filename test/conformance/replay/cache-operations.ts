// Operations whose first word after the name is a context: `mode S CLIENT`, `add S A`.

import type { Context } from './context.ts';
import type { CallbackKind } from './hooks.ts';
import { refuseUnfinished } from './registry.ts';
import { bytes, integer, mode, Refusal, seconds, version, type Command } from './text.ts';
import type { World } from './world.ts';

export type ContextOperation = (context: Context, command: Command, world: World) => unknown;

/** What SSL_has_matching_session_id asks for before a version is negotiated. */
const ANY_VERSION = 0x10000;

export const cacheOperations: Readonly<Record<string, ContextOperation>> = {
  mode: ({ cache }, command) => cache.setSessionCacheMode(mode(command.word(2))),
  size: ({ cache }, command) => cache.setCacheSize(integer(command.word(2))),
  timeout: ({ cache }, command) => cache.setTimeout(seconds(command.word(2))),
  sidctx: (context, command) => context.setSessionIdContext(bytes(command.word(2))),
  verify: (context, command) => context.setVerifyPeer(command.word(2) === 'peer'),

  add: ({ cache }, command, world) => {
    const entry = world.session(command.word(2));
    refuseUnfinished(entry);
    return cache.addSession(entry.session);
  },
  remove: (context, command, world) => {
    const { session } = world.session(command.word(2));
    return context.remove(session, () => context.cache.removeSession(session));
  },
  flush: ({ cache }, command) => {
    if (command.word(2) === 'now') cache.flushSessions();
    else cache.flushSessions(seconds(command.word(2)));
    return 0;
  },
  has: ({ cache }, command) => {
    const wanted = version(command.option('ver'));
    const asked = wanted === 0x0303 || wanted === 0x0302 ? wanted : ANY_VERSION;
    return cache.hasMatchingSessionId(bytes(command.word(2)), asked);
  },
  number: (context) => context.number,
  // The counters are part of the state, which is compared after every operation anyway.
  stats: () => 0,

  cb: (context, command) => {
    const which = callback(command.word(2));
    if (which === 'new') context.newAnswer = command.number('ret', 0);
    return context.setCallback(which, command.word(3) !== 'off');
  },
  on: ({ hooks }, command) =>
    hooks.add(callback(command.word(2)), command.inner, command.number('times', -1)),
  off: ({ hooks }, command) => hooks.disable(callback(command.word(2))),
  gen: ({ generatedIds }, command) => {
    const fails = command.word(2) === 'fail';
    const id = fails ? new Uint8Array(0) : bytes(command.word(2), 64);
    const length = command.number('outlen', fails ? 32 : id.length);
    generatedIds.push({ bytes: id, length, fails });
  },
  opt: (context, command) => {
    const { noTicket, maxEarlyData, noAntiReplay, count } = context.tickets;
    context.tickets = {
      noTicket: command.number('no_ticket', Number(noTicket)) !== 0,
      maxEarlyData: command.number('max_early', maxEarlyData),
      noAntiReplay: command.number('no_anti_replay', Number(noAntiReplay)) !== 0,
      count: command.number('num_tickets', count),
    };
    context.makesNotResumable = command.number('notres', Number(context.makesNotResumable)) !== 0;
  },
};

function callback(word: string): CallbackKind {
  if (word === 'new' || word === 'remove' || word === 'get' || word === 'gen') return word;
  throw new Refusal('bad');
}
