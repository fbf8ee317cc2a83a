// Where libssl 3.5 is known to do otherwise than 3.0: a script for each difference, and what it
// shows. Away from these, recordings of 3.5 pass as those of 3.0 do (in-node.ts).

import type { Script } from './generate/scripts.ts';
import type { Vector } from './vector.ts';

export interface KnownDifference {
  readonly title: string;
  readonly lines: readonly string[];
  /** What to look at in the recording: the last step's, by default. */
  readonly read: (vector: Vector) => unknown;
  readonly in30: unknown;
  readonly in35: unknown;
}

const TWO_SESSIONS = ['new A id=0a timeout=10', 'new B id=0b timeout=12', 'add S A', 'add S B'];

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    title: 'adding the identical session no longer moves it',
    lines: ['new A id=0a', 'new B id=0b', 'add S A', 'add S B', 'add S A', 'mode S OFF'],
    read: order,
    in30: ['B', 'A'],
    in35: ['A', 'B'],
  },
  {
    title: 'under UPDATE_TIME that renews it where it is: the order is wrong from then on',
    lines: ['mode S SERVER|UPDATE_TIME', ...TWO_SESSIONS, 'tick 8', 'add S A', 'mode S OFF'],
    read: order,
    in30: ['B', 'A'],
    in35: ['A', 'B'],
  },
  {
    title: '… and a flush stops at it, with sessions behind it that have expired',
    lines: [
      'mode S SERVER|UPDATE_TIME',
      ...TWO_SESSIONS,
      'tick 8',
      'add S A',
      'tick 5',
      'flush S now',
    ],
    read: order,
    in30: ['A'],
    in35: ['A', 'B'],
  },
  {
    title: 'times are nanoseconds modulo 2^64',
    lines: ['new A id=0a time=-2', 'new B id=0b timeout=9223372036854775807'],
    read: ({ steps }) => [steps[0]?.st?.sess?.['A']?.time, steps[1]?.st?.sess?.['B']?.timeout],
    in30: [-2, '9223372036854775807'],
    in35: [18446744071, 18446744072],
  },
  {
    title: '… so that a flush at a negative time flushes everything',
    lines: ['new A id=0a timeout=300', 'add S A', 'flush S -1'],
    read: order,
    in30: ['A'],
    in35: [],
  },
  {
    title: 'TLS 1.3: a ticket whose time is to come is offered, as new',
    lines: ['connect c1 ver=1.3', 'tick -10', 'connect c2 ver=1.3 resume=c1.c'],
    read: ret,
    in30: { s: 1, c: 1, reused: 0, creused: 0, ssess: 'c2.s#2', csess: 'c2.c' },
    in35: { s: 1, c: 1, reused: 1, creused: 1, ssess: 'c2.s', csess: 'c2.c' },
  },
  {
    title: 'TLS 1.3: the alert about a binder that does not verify is decrypt_error',
    lines: [
      'opt S num_tickets=1',
      `gen S ${'0a'.repeat(32)}`,
      'connect c1 ver=1.3',
      'remove S c1.s',
      `gen S ${'0a'.repeat(32)}`,
      'connect c2 ver=1.3',
      'connect c3 ver=1.3 propose=c1.c',
    ],
    read: ret,
    in30: { s: 0, c: 0, reused: 0, creused: 0, ssess: null, csess: 'c3.p', serr: 253, cerr: 1047 },
    in35: { s: 0, c: 0, reused: 0, creused: 0, ssess: null, csess: 'c3.p', serr: 253, cerr: 1051 },
  },
];

/** The scripts of the differences, each named after its position. */
export function knownScripts(): Script[] {
  return KNOWN_DIFFERENCES.map(({ lines }, i) => ({ name: `known-${i}`, lines }));
}

/** Labels in the server's cache at the end, next to be evicted first. */
function order({ steps }: Vector): readonly string[] {
  return steps.flatMap(({ st }) => (st?.S === undefined ? [] : [st.S.order])).at(-1) ?? [];
}

/** What the last operation before the end returned. */
function ret({ steps }: Vector): unknown {
  return steps.at(-2)?.ret;
}
