// The findings in plain words.

import type { Findings, VersionFindings } from './probe.ts';

/** `partly`: not in every version, not after the pause, or not at every address. */
export type Verdict = 'resumes' | 'partly' | 'does not resume' | 'not reached';

export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  resumes: 0,
  partly: 1,
  'does not resume': 1,
  'not reached': 2,
};

export function verdictOf({ versions }: Findings): Verdict {
  const spoken = versions.filter(({ speaks }) => speaks);
  if (spoken.length === 0) return 'not reached';
  if (spoken.every(isWhole)) return 'resumes';
  return spoken.some(({ resumes }) => resumes) ? 'partly' : 'does not resume';
}

function isWhole({ resumes, afterPause, across, error }: VersionFindings): boolean {
  const isEverywhere = across === undefined || across.tried.length === across.resumed.length;
  return resumes === true && afterPause === true && isEverywhere && error === undefined;
}

/** Some lines: the verdict, and a paragraph for each version. */
export function inWords(findings: Findings): string {
  const { host, port, versions } = findings;
  const verdict = verdictOf(findings);
  const sentence = {
    resumes: 'resumes sessions.',
    partly: 'resumes sessions in part.',
    'does not resume': 'does not resume sessions.',
    'not reached': 'could not be probed.',
  }[verdict];
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const paragraphs = versions.map((version) => `${title(version)} ${words(version, findings)}`);
  return [`${where} ${sentence}`, ...paragraphs].join('\n\n');
}

const title = ({ version }: VersionFindings): string => `TLS ${version.slice(-3)}:`;

function words(of: VersionFindings, { pause, addresses }: Findings): string {
  if (!of.speaks) return `no handshake (${of.error}).`;
  const parts: string[] = [];
  if (of.given === 0) parts.push('The server gives no session.');
  else parts.push(`A full handshake gives ${sessions(of)}.`);
  if (of.resumes) {
    parts.push('The session resumes.');
    if (of.version === 'TLSv1.3') {
      parts.push(renewal(of), `A ticket can be used ${of.twice ? 'again' : 'once'}.`);
    }
  } else if (of.given !== 0) {
    parts.push('It does not resume: the server did not keep it, or lost its ticket key.');
  }
  if (of.afterPause === true) parts.push(`It also resumes after ${pause} s.`);
  if (of.afterPause === false) {
    parts.push(
      `It does not resume after ${pause} s: the keys of tickets change, sessions are dropped early, or several servers that share nothing answer in turn.`, // prettier-ignore
    );
  }
  if (of.across !== undefined) {
    const { tried, resumed } = of.across;
    const others = `${resumed.length} of ${tried.length} further addresses`;
    parts.push(
      tried.length === resumed.length
        ? `It also resumes at ${others}.`
        : `A session of ${addresses[0]} resumes at ${others}: they do not share their keys.`,
    );
  }
  if (of.error !== undefined) parts.push(`Then a handshake failed (${of.error}).`);
  return parts.filter(Boolean).join(' ');
}

function sessions({ given, by, lifetime, version }: VersionFindings): string {
  const what = by === 'ticket' ? 'ticket' : 'session id';
  const count = given === 1 ? `a ${what}` : `${given} ${what}s`;
  if (lifetime !== undefined) return `${count}, valid for ${lifetime} s`;
  return version === 'TLSv1.3' ? `${count} without a lifetime` : count;
}

function renewal({ renewed }: VersionFindings): string {
  if (renewed === 0) return 'A resumed handshake gives no ticket: few connections in a row resume.';
  return `A resumed handshake gives ${renewed === 1 ? 'one' : renewed} more.`;
}
