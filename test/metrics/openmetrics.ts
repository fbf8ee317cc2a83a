// A strict reader of OpenMetrics 1.0 text: throws at whatever the specification forbids in the
// parts that we use. Written from its grammar, not from our writer.

export interface Metric {
  type: string;
  unit: string | undefined;
  help: string | undefined;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\[\\\\n"])*)"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},)*${LABEL})\\})? (\\S+)$`);
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** What may follow the family's name. */
const SUFFIXES: Record<string, string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  stateset: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};

export function parse(text: string): Map<string, Metric> {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('does not end with # EOF');
  const families = new Map<string, Metric>();
  let current: [string, Metric] | undefined;
  for (const line of lines) {
    const meta = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`).exec(line);
    if (meta)
      current = readMeta(families, current, meta as unknown as [string, string, string, string]); // prettier-ignore
    else if (current) readSample(current, line);
    else throw new Error(`a sample before any TYPE: ${line}`);
  }
  for (const [name, family] of families) check(name, family);
  return families;
}

function readMeta(
  families: Map<string, Metric>,
  current: [string, Metric] | undefined,
  [line, word, name, rest]: [string, string, string, string],
): [string, Metric] {
  if (word === 'TYPE') {
    if (families.has(name)) throw new Error(`a family twice: ${line}`);
    if (!SUFFIXES[rest]) throw new Error(`an unknown type: ${line}`);
    const family = { type: rest, unit: undefined, help: undefined, samples: [] };
    families.set(name, family);
    return [name, family];
  }
  if (current?.[0] !== name) throw new Error(`of another family: ${line}`);
  const [, family] = current;
  if (family.samples.length > 0) throw new Error(`after samples: ${line}`);
  const field = word === 'UNIT' ? 'unit' : 'help';
  if (family[field] !== undefined) throw new Error(`twice: ${line}`);
  family[field] = rest;
  if (word === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`not in its name: ${line}`);
  return current;
}

function readSample([family, { type, samples }]: [string, Metric], line: string): void {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`no sample: ${line}`);
  const [, name, pairs = ''] = match as unknown as string[];
  const suffix = name!.startsWith(family) ? name!.slice(family.length) : undefined;
  if (suffix === undefined || !SUFFIXES[type]!.includes(suffix)) {
    throw new Error(`the name of no ${type} ${family}: ${line}`);
  }
  const labels: Record<string, string> = {};
  for (const [, label, value] of pairs.matchAll(new RegExp(LABEL, 'g'))) {
    if (Object.hasOwn(labels, label!)) throw new Error(`a label twice: ${line}`);
    labels[label!] = value!.replaceAll(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
  }
  const number = match.at(-1)!;
  if (!NUMBER.test(number)) throw new Error(`no number: ${line}`);
  if (type !== 'gauge' && !(Number(number) >= 0)) throw new Error(`negative: ${line}`);
  samples.push({ name: name!, labels, value: Number(number) });
}

function check(name: string, { type, samples }: Metric): void {
  const series = samples.map((each) => each.name + JSON.stringify(Object.entries(each.labels).toSorted())); // prettier-ignore
  if (new Set(series).size !== series.length) throw new Error(`${name} has a series twice`);
  if (type === 'histogram') checkBuckets(name, samples);
}

/** Buckets of one metric stand together, in order, cumulative, the last without bound. */
function checkBuckets(name: string, samples: Metric['samples']): void {
  const groups = new Map<string, { le: string; value: number }[]>();
  let last: string | undefined;
  for (const { labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    if (key !== last && groups.has(key)) throw new Error(`${name} is interleaved`);
    last = key;
    groups.set(key, [...(groups.get(key) ?? []), { le: le ?? '', value }]);
  }
  for (const buckets of groups.values()) {
    if (buckets.at(-1)?.le !== '+Inf') throw new Error(`${name} has no bucket +Inf`);
    let before = { bound: -Infinity, value: 0 };
    for (const { le, value } of buckets) {
      if (le !== '+Inf' && !/^\d+\.\d+$/.test(le)) throw new Error(`${name} has a bound ${le}`);
      const bound = le === '+Inf' ? Infinity : Number(le);
      if (bound <= before.bound || value < before.value) throw new Error(`${name} goes down`);
      before = { bound, value };
    }
  }
}

/** The value of the one sample of a family that has these labels, and maybe others. */
export function valueOf(
  families: Map<string, Metric>,
  family: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = families
    .get(family)
    ?.samples.filter((sample) =>
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    );
  if (found && found.length > 1) throw new Error(`${family} has ${found.length} such samples`);
  return found?.[0]?.value;
}
