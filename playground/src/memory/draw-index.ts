// The index: a cell for each chunk of 12 slots, filled from below as far as it is taken.

import type { Surface } from '../widgets/drawing.tsx';
import { SLOTS } from '../../../bindings/core/abi.generated.ts';

export function drawIndex(surface: Surface, chunks: readonly number[]): void {
  const { context, width, height, colour } = surface;
  const rows = bestRows(chunks.length, width, height);
  const columns = Math.ceil(chunks.length / rows);
  const cellWidth = width / columns;
  const cellHeight = height / rows;
  const gap = Math.min(2, cellWidth / 4, cellHeight / 4);
  const well = colour('well');
  const taken = colour('session');
  chunks.forEach((used, i) => {
    const x = (i % columns) * cellWidth;
    const y = Math.floor(i / columns) * cellHeight;
    const inner = cellHeight - gap;
    context.fillStyle = well;
    context.fillRect(x, y, cellWidth - gap, inner);
    const filled = (used / SLOTS) * inner;
    context.fillStyle = taken;
    context.fillRect(x, y + inner - filled, cellWidth - gap, filled);
  });
}

/** Rows that make cells about as high as wide. */
function bestRows(cells: number, width: number, height: number): number {
  return Math.max(1, Math.round(Math.sqrt((cells * height) / width)));
}
