// The six steps. Each begins with a world of its own, so that they can be taken in any order.

import { type Scene, World } from './world.ts';

export interface Step {
  readonly title: string;
  /** What is about to happen. */
  readonly before: string;
  /** What to learn from it. */
  readonly after: string;
  /** Whether there is a store beside the cache in the picture. */
  readonly hasStore?: boolean;
  make(): World;
  run(world: World): Scene;
}

const TIMEOUT = 300; // seconds

function shop(size = 4): World {
  const world = new World(size, TIMEOUT);
  world.visited('Bob', 'shop', 60);
  world.visited('Cleo', 'shop', 30);
  return world;
}

export const STEPS: readonly Step[] = [
  {
    title: 'A full handshake',
    before:
      'Ada connects to the shop for the first time. Client and server agree on keys, the server ' +
      'shows its certificate and signs: two round trips, and most of the work of a connection.',
    after:
      'The server kept what both agreed on, a session, under an id that it told Ada. Its signature ' +
      'need not be made again as long as both have it.',
    make: () => shop(),
    run: (world) => world.connect('Ada', 'shop'),
  },
  {
    title: 'Resumption',
    before: 'Ada comes back a minute later, and offers the id of her session.',
    after:
      'Found: both take the keys from the session. No certificate, no signature, one round trip less. ' +
      'This is what a session cache is for.',
    make() {
      const world = shop();
      world.visited('Ada', 'shop', 60);
      return world;
    },
    run: (world) => world.connect('Ada', 'shop'),
  },
  {
    title: 'Expiry',
    before:
      `A session is good for its timeout, here ${TIMEOUT / 60} minutes. Ada comes back when it is ` +
      'over.',
    after:
      'Old keys are a risk, so an expired session is not resumed. It left the cache when it was ' +
      'looked up, and a new one took its place. Bob’s and Cleo’s have expired too: they leave when ' +
      'they are looked up or flushed.',
    make() {
      const world = shop();
      world.visited('Ada', 'shop', 10);
      return world;
    },
    run(world) {
      world.event('six minutes pass', 360);
      return world.connect('Ada', 'shop');
    },
  },
  {
    title: 'Isolation',
    before:
      'The same server also serves mail, under another session id context. Ada offers mail the ' +
      'session that she got from the shop.',
    after:
      'What one service has verified must not open another, so a session resumes only under the ' +
      'context that it was made in. The shop’s session stays, and Ada now has one of mail as well.',
    make() {
      const world = shop();
      world.visited('Ada', 'shop', 60);
      return world;
    },
    run: (world) => world.connect('Ada', 'mail'),
  },
  {
    title: 'Eviction',
    before:
      'This cache holds three sessions, and is full: Ada’s will be the first to expire. Now Dora ' +
      'connects for the first time. After her, Ada comes back.',
    after:
      'A cache has a bound. The session that would have expired first made room for Dora’s, and ' +
      'Ada’s next handshake was a full one. It cost time, and nothing else: losing a session is ' +
      'never an error.',
    make() {
      const world = new World(3, TIMEOUT);
      world.visited('Ada', 'shop', 90);
      world.visited('Bob', 'shop', 60);
      world.visited('Cleo', 'shop', 30);
      return world;
    },
    run(world) {
      const first = world.connect('Dora', 'shop');
      world.event('Ada comes back');
      const then = world.connect('Ada', 'shop');
      return {
        ...then,
        lines: [{ kind: 'event', text: 'Dora connects' }, ...first.lines, ...then.lines],
      };
    },
  },
  {
    title: 'A shared store',
    before:
      'The shop has two servers. Ada was at the other one, which put her session into a store that ' +
      'both share. This server’s own cache has never seen it.',
    after:
      'The cache did not have the session, so it asked the get callback, which asked the store. With ' +
      'sesscache/redis or sesscache/cluster this is how many processes resume each other’s sessions.',
    hasStore: true,
    make() {
      const world = shop();
      world.visitedElsewhere('Ada', 'shop');
      return world;
    },
    run: (world) => world.connect('Ada', 'shop'),
  },
];
