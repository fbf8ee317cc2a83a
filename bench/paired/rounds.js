// The side of the client: blocks of a few handshakes, by all ways of serving in a random order,
// which is another one in each round. Two ways are some tenths of a second apart: what else the
// machine does falls on all alike. Each has a process of its own, so that none leaves work to the
// compiler or the garbage collector of another; or all share one (`together`), so that what V8 has
// compiled and when is the same for all.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { handshake } from '../handshake.js';
import { leadOf } from './counter.js';
import { randomFrom, shuffled } from './ratio.js';

/** @typedef {'full' | 'resumed'} Kind */

/**
 * Microseconds of the server per handshake, by process and round; those of one round belong
 * together.
 * @typedef {Record<Kind, number[]>} Figures
 */

/**
 * @typedef {object} Plan
 * @property {Record<string, boolean>} ways by name: whether handshakes resume
 * @property {number} size handshakes of a block that are counted, after others that are not
 * @property {number} warmUp handshakes of each kind by each way before the first that count: as in
 *   a server in service, all code is compiled by then, and no compiler runs beside it
 * @property {number} rounds blocks of each kind by each process
 * @property {number} processes servers of each way: of two that run the same code, one may cost a
 *   fifth more than the other for as long as they live, by what V8 has compiled and when
 * @property {boolean} [together] each process has a server of every way, for differences that are
 *   smaller than those between processes; default false
 * @property {import('node:tls').SecureContext} secureContext of the client
 */

/** Handshakes of a warm-up at a time, for each way. */
const LANES = 4;
/** The servers are asked for their counters after so many rounds. */
const ROUNDS_AT_ONCE = 20;
/** Handshakes over which a server's own times are taken. */
const OWN = 200;

/**
 * Runs servers: `script`, with `args`, the size of a block and the ways that its process serves,
 * which ends in `countBlocks`.
 * @param {URL} script
 * @param {readonly string[]} args
 * @param {Plan} plan
 */
export async function measureRounds(script, args, plan) {
  const { ways, size, rounds, processes, together, secureContext } = plan;
  const names = Object.keys(ways);
  const groups = together ? [names] : names.map((name) => [name]);
  const started = groups.flatMap((group) =>
    Array.from({ length: processes }, () => start(script, [...args, String(size)], group, ways)),
  );
  const servers = (await Promise.all(started)).flat();
  await Promise.all(servers.map((server) => warmUp(server, plan)));
  await counted(servers);
  const turns = servers.flatMap((server) => kindsOf(server).map((kind) => ({ server, kind })));
  const random = randomFrom(rounds);
  const run = async (/** @type {number} */ count) => {
    const done = [];
    for (let round = 0; round < count; round++) {
      for (const turn of shuffled(turns, random)) {
        await block(turn.server, turn.kind, leadOf(together) + size, secureContext);
        done.push(turn);
      }
    }
    const blocks = await counted(servers);
    for (const { server, kind } of done) {
      const cpu = blocks.get(server.child).shift();
      if (cpu === undefined) throw new Error(`${server.name} has not counted all blocks`);
      server.figures[kind].push(cpu / size);
    }
  };
  for (let made = 0; made < rounds; made += ROUNDS_AT_ONCE) {
    await run(Math.min(ROUNDS_AT_ONCE, rounds - made));
  }
  const own = {};
  for (const server of servers) own[server.name] = await ownTimes(server, secureContext);
  for (const child of new Set(servers.map((server) => server.child))) child.disconnect();
  /** @type {Record<string, Figures>} */
  const figures = {};
  for (const { name, figures: blocks } of servers) {
    const { full, resumed } = (figures[name] ??= { full: [], resumed: [] });
    full.push(...blocks.full);
    resumed.push(...blocks.resumed);
  }
  return { figures, own };
}

/** A process, with a server for each of `names`. */
async function start(script, args, names, ways) {
  const child = fork(script, [...args, ...names]);
  child.on('exit', (code) => {
    if (code) throw new Error(`the server ${names.join(', ')} ended with ${code}`);
  });
  const [ports] = await once(child, 'message');
  return names.map((name, at) => {
    /** @type {Figures} */
    const figures = { full: [], resumed: [] };
    return { child, name, port: ports[at], resumes: ways[name], session: undefined, figures };
  });
}

async function ask(child) {
  child.send('');
  return (await once(child, 'message'))[0];
}

/** @returns {Kind[]} */
function kindsOf({ resumes }) {
  return resumes ? ['full', 'resumed'] : ['full'];
}

/** The counts of the processes since the last request: microseconds of each block. */
async function counted(servers) {
  await delay(20); // the last connections are closed by then
  const children = [...new Set(servers.map(({ child }) => child))];
  const answers = await Promise.all(children.map(ask));
  return new Map(children.map((child, at) => [child, answers[at].blocks]));
}

/** Full and resumed handshakes in turn, several at a time to save time. */
async function warmUp(server, { warmUp: count, secureContext }) {
  const lane = async () => {
    const own = { ...server };
    for (let i = 0; i < 1 + count / LANES; i++) {
      for (const kind of kindsOf(own)) await block(own, kind, 1, secureContext);
    }
    server.session = own.session;
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/**
 * Handshakes of one kind with one server: full ones, or each with the session of the one before.
 */
async function block(server, kind, size, secureContext) {
  for (let i = 0; i < size; i++) {
    const offered = kind === 'resumed' ? server.session : undefined;
    const { resumed, session } = await handshake(server.port, secureContext, offered);
    if (resumed !== (kind === 'resumed')) {
      throw new Error(`${server.name}: a ${resumed ? 'resumed' : 'full'} handshake, not expected`);
    }
    server.session = session;
  }
}

/** The server's own count: microseconds per handshake; undefined: it does not count. */
async function ownTimes(server, secureContext) {
  let { own: before } = await ask(server.child);
  if (before === undefined) return undefined;
  const times = {};
  for (const kind of kindsOf(server)) {
    await block(server, kind, OWN, secureContext);
    const { own: after } = await ask(server.child);
    times[kind] = (after - before) / OWN;
    before = after;
  }
  return times;
}
