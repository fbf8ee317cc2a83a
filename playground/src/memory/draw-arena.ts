// The arena from left to right and top to bottom, blocks in proportion to their bytes.

import type { Surface } from '../widgets/drawing.tsx';
import type { Block } from './read.ts';

/** A power of two, as what is drawn: a row is then a whole number of bytes. */
const ROWS = 8;
const GAP = 3;
/** Few sessions are not drawn larger than this: bytes in all rows together. */
const MIN_BYTES = 16_384;

function bytesDrawn(blocks: readonly Block[]): number {
  const used = blocks.reduce((sum, block) => sum + block.bytes, 0);
  return Math.max(MIN_BYTES, 2 ** Math.ceil(Math.log2(used * 1.02 + 1)));
}

export function drawArena(
  surface: Surface,
  blocks: readonly Block[],
  highlighted: number | undefined,
): void {
  const { context, width, height, colour } = surface;
  const rowHeight = (height + GAP) / ROWS;
  const perRow = bytesDrawn(blocks) / ROWS;
  const colours = {
    session: colour('session'),
    label: colour('label'),
    node: colour('node'),
    free: colour('free'),
  };
  context.fillStyle = colour('well');
  for (let row = 0; row < ROWS; row++) context.fillRect(0, row * rowHeight, width, rowHeight - GAP);

  let offset = 0;
  for (const block of blocks) {
    const isChosen = block.address + 4 === highlighted;
    context.fillStyle = isChosen ? colour('accent') : colours[block.kind];
    let left = block.bytes;
    while (left > 0) {
      const row = Math.floor(offset / perRow);
      const start = offset - row * perRow;
      const part = Math.min(left, perRow - start);
      const x = (start / perRow) * width;
      const w = (part / perRow) * width;
      const seam = w > 3 ? 1 : 0; // blocks stay apart as long as there is room to show it
      context.fillRect(x, row * rowHeight, Math.max(w - seam, 0.5), rowHeight - GAP);
      offset += part;
      left -= part;
    }
  }
}

/** The block at a point of the drawing. */
export function arenaBlockAt(
  blocks: readonly Block[],
  x: number,
  y: number,
  width: number,
  height = 144,
): Block | undefined {
  const perRow = bytesDrawn(blocks) / ROWS;
  const row = Math.min(ROWS - 1, Math.floor(y / ((height + GAP) / ROWS)));
  let offset = (row + x / width) * perRow;
  return blocks.find((block) => (offset -= block.bytes) < 0);
}
