// Metric families, and their text by OpenMetrics 1.0.

export type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** After the family's name, such as `_total`. */
  suffix: string;
  labels: Labels;
  value: number;
}

export interface Family {
  type: 'counter' | 'gauge' | 'histogram' | 'stateset';
  help: string;
  /** The unit, with which the name must end. */
  unit?: 'bytes' | 'seconds';
  samples: Sample[];
}

/** The families of a text by name: a name may occur only once. */
export type Families = Map<string, Family>;

/** Adds samples, to a family of the same name and type if there is one. */
export function addFamily(families: Families, name: string, family: Family): void {
  const known = families.get(name);
  if (!known) families.set(name, family);
  else if (known.type === family.type) known.samples.push(...family.samples);
}

export function write(families: Families): string {
  const lines: string[] = [];
  for (const [name, { type, help, unit, samples }] of families) {
    lines.push(`# TYPE ${name} ${type}`);
    if (unit) lines.push(`# UNIT ${name} ${unit}`);
    lines.push(`# HELP ${name} ${escapeText(help)}`);
    const written = new Set<string>();
    for (const { suffix, labels, value } of samples) {
      const series = `${name}${suffix}${writeLabels(labels)}`;
      if (!written.has(series)) lines.push(`${series} ${value}`); // twice the same is no metric
      written.add(series);
    }
  }
  return [...lines, '# EOF', ''].join('\n');
}

/** A name that the format allows: characters that it does not allow become `_`. */
export function nameOf(text: string): string {
  const name = text.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`;
}

/** `notStored` as `not_stored`. */
export function snakeOf(text: string): string {
  return nameOf(text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
