// When sessions expire: a bar for each stretch of time from now on; at the left those that have.

import type { Surface } from '../widgets/drawing.tsx';

const BARS = 60;
const LABEL_HEIGHT = 16;

export function drawExpiry(surface: Surface, expiries: readonly number[], now: number): void {
  const { context, width, height, colour } = surface;
  const floor = height - LABEL_HEIGHT;
  const latest = expiries.reduce((most, second) => Math.max(most, second), now + 1);
  const span = Math.max(BARS, niceSpan(latest - now + 1));
  const counts = countBars(expiries, now, span / BARS);
  const most = Math.max(4, ...counts);
  const step = width / (BARS + 1);

  context.fillStyle = colour('well');
  context.fillRect(0, floor, width, 1);
  counts.forEach((count, bar) => {
    const barHeight = count === 0 ? 0 : Math.max(2, (count / most) * (floor - 2));
    context.fillStyle = colour(bar === 0 ? 'expired' : 'session');
    context.fillRect(bar * step, floor - barHeight, step - 1, barHeight);
  });

  context.fillStyle = colour('muted');
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'bottom';
  context.textAlign = 'left';
  context.fillText('expired', 0, height);
  context.textAlign = 'right';
  context.fillText(`in ${duration(span)}`, width, height);
}

/** How many expire in each bar; bar 0: before now. */
function countBars(expiries: readonly number[], now: number, secondsPerBar: number): number[] {
  const counts = Array.from({ length: BARS + 1 }, () => 0);
  for (const second of expiries) {
    const bar = second < now ? 0 : 1 + Math.floor((second - now) / secondsPerBar);
    counts[Math.min(bar, BARS)]! += 1;
  }
  return counts;
}

/** The next span that a person would choose. */
function niceSpan(seconds: number): number {
  const spans = [60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800];
  return spans.find((span) => span >= seconds) ?? seconds;
}

function duration(seconds: number): string {
  if (seconds >= 86_400) return `${Math.round(seconds / 86_400)} days`;
  if (seconds >= 3600) return `${Math.round(seconds / 3600)} h`;
  if (seconds >= 120) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds)} s`;
}
