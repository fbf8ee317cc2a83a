import { useEffect, useState } from 'preact/hooks';
import { toHex } from '../lab/hex.ts';
import type { Decoded } from './read.ts';
import { rowsOf, secretRowsOf } from './rows.ts';
import type { SecretRow } from './rows.ts';

export function DecodedTable({ session }: { session: Decoded }) {
  return (
    <table class="decoded">
      <tbody>
        {rowsOf(session).map(({ name, value, note }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span class="decoded-value">{value}</span>
              <span class="hint">{note}</span>
            </td>
          </tr>
        ))}
        {secretRowsOf(session).map((row) => (
          <Secret key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Secret({ row }: { row: SecretRow }) {
  const [isShown, show] = useState(false);
  useEffect(() => show(false), [row.bytes]); // another session: hidden again
  return (
    <tr class="secret">
      <th scope="row">{row.name}</th>
      <td>
        <span class="decoded-value">
          {isShown ? toHex(row.bytes) : `${row.bytes.length} bytes, hidden`}
        </span>
        <span class="hint">{row.note}</span>
        <button
          type="button"
          class="quiet"
          aria-pressed={isShown}
          aria-label={`Show the ${row.name}`}
          onClick={() => show(!isShown)}
        >
          {isShown ? 'Hide' : 'Show'}
        </button>
      </td>
    </tr>
  );
}
