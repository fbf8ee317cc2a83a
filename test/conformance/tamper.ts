// Recordings with one thing changed: a replay must notice each.

import { pick, type Random } from '../support/random.ts';
import type { Vector } from './vector.ts';

export interface Tampered {
  vector: Vector;
  /** The step that was changed. */
  step: number;
  /** What was changed in it: `ev.0.num`. */
  path: string;
}

type Container = Record<string, unknown>;

/** `vector` with one recorded value changed: any number, text or null of any outcome. */
export function alterValue(vector: Vector, random: Random): Tampered | undefined {
  return alter(vector, random, isLeaf, (parent, key) => {
    const value = parent[key];
    if (typeof value === 'number') parent[key] = value + 1;
    else parent[key] = typeof value === 'string' ? `${value}0` : 'x';
  });
}

/** `vector` without one event, one label of an eviction order, one counter. */
export function dropElement(vector: Vector, random: Random): Tampered | undefined {
  const isElement = (_value: unknown, parent: Container) => Array.isArray(parent);
  return alter(vector, random, isElement, (parent, key) => {
    (parent as unknown as unknown[]).splice(Number(key), 1);
  });
}

/**
 * `vector` with the two first of several events, or of an eviction order, in each other's place.
 */
export function swapElements(vector: Vector, random: Random): Tampered | undefined {
  const isSecond = (value: unknown, parent: Container, key: string) =>
    Array.isArray(parent) &&
    key === '1' &&
    !isFree(parent[0]) &&
    JSON.stringify(value) !== JSON.stringify(parent[0]);
  return alter(vector, random, isSecond, (parent) => {
    [parent[0], parent[1]] = [parent[1], parent[0]];
  });
}

interface Place {
  parent: Container;
  key: string;
  path: string;
}

/** Changes one value of a step drawn at random, if any step has one that is wanted. */
function alter(
  original: Vector,
  random: Random,
  isWanted: (value: unknown, parent: Container, key: string) => boolean,
  change: (parent: Container, key: string) => void,
): Tampered | undefined {
  const untried = [...original.steps.keys()];
  while (untried.length > 0) {
    const [step = 0] = untried.splice(random(untried.length), 1);
    const altered = structuredClone(original.steps[step]!);
    const places = [...placesIn(altered)].filter(({ parent, key }) => {
      return isWanted(parent[key], parent, key);
    });
    if (places.length === 0) continue;
    const { parent, key, path } = pick(random, places);
    change(parent, key);
    return { vector: { ...original, steps: original.steps.with(step, altered) }, step, path };
  }
  return undefined;
}

/** Every value inside a step, but its input, and what tells of reference counts. */
function* placesIn(parent: object, prefix = ''): Generator<Place> {
  for (const [key, value] of Object.entries(parent)) {
    if (prefix === '' && (key === 'i' || key === 'cmd')) continue;
    if (isFree(value)) continue;
    const path = prefix + key;
    yield { parent: parent as Container, key, path };
    if (isContainer(value)) yield* placesIn(value, `${path}.`);
  }
}

function isFree(value: unknown): boolean {
  return isContainer(value) && value['cb'] === 'free';
}

function isLeaf(value: unknown): boolean {
  return !isContainer(value);
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
