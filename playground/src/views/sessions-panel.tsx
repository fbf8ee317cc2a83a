import type { Session } from 'sesscache';
import { TLS13 } from '../lab/der.ts';
import { shortId, toHex } from '../lab/hex.ts';
import type { Lab } from '../lab/lab.ts';
import { selected } from './selection.ts';
import { Panel } from '../widgets/panel.tsx';

/** Rows that are shown: the next to leave. */
const ROWS = 12;

const decoder = new TextDecoder();

export function SessionsPanel({ lab }: { lab: Lab }) {
  void lab.tick.value;
  const { number } = lab.cache.stats();
  const sessions: Session[] = [];
  for (const session of lab.cache) {
    if (sessions.push(session) === ROWS) break;
  }
  const more = number - sessions.length;
  return (
    <Panel
      title="Sessions"
      class="sessions-panel"
      aside={number === 0 ? '' : 'next to leave first'}
    >
      <div class="table-box" tabIndex={0} role="group" aria-label="Sessions, next to leave first">
        {number === 0 ? (
          <p class="empty">
            The cache is empty. Start the stream of handshakes, or add a session by hand.
          </p>
        ) : (
          <table class="sessions">
            <thead>
              <tr>
                <th scope="col">Id</th>
                <th scope="col">Version</th>
                <th scope="col">Context</th>
                <th scope="col">Tag</th>
                <th scope="col">Good for</th>
                <th scope="col">
                  <span class="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Row key={session.serial} lab={lab} session={session} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      <p class="hint table-more">{more > 0 ? `and ${more.toLocaleString('en')} more` : '\u00a0'}</p>
    </Panel>
  );
}

function Row({ lab, session }: { lab: Lab; session: Session }) {
  const { serial, id } = session;
  const label = `session ${shortId(id)}`;
  const timeout = Number(session.timeout);
  const left = Number(session.time) + timeout - lab.clock.now();
  return (
    <tr
      aria-selected={selected.value === serial}
      onMouseEnter={() => (selected.value = serial)}
      onFocusIn={() => (selected.value = serial)}
      onMouseLeave={() => (selected.value = undefined)}
    >
      <td>
        <code title={toHex(id)}>{shortId(id)}</code>
      </td>
      <td>{session.protocolVersion === TLS13 ? 'TLS 1.3' : 'TLS 1.2'}</td>
      <td>{decoder.decode(session.sessionIdContext)}</td>
      <td>{session.tags.map((tag) => decoder.decode(tag)).join(', ')}</td>
      <td>
        <span class="life">
          <i style={`--left: ${Math.max(0, (100 * left) / timeout)}%`} />
          <span class="life-text">{left < 0 ? 'expired' : `${left} s`}</span>
        </span>
      </td>
      <td class="row-actions">
        <button type="button" aria-label={`Resume ${label}`} onClick={() => lab.resume(session)}>
          Resume
        </button>
        <button type="button" aria-label={`Expire ${label}`} onClick={() => lab.expire(session)}>
          Expire
        </button>
        <button type="button" aria-label={`Remove ${label}`} onClick={() => lab.remove(session)}>
          Remove
        </button>
      </td>
    </tr>
  );
}
