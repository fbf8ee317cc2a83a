import type { Actor, Line } from './world.ts';

const NAMES: Record<Actor, string> = {
  client: 'Client',
  server: 'Server',
  cache: 'Cache',
  store: 'Shared store',
};

/** A sequence diagram: those who talk stand side by side, and time runs down. */
export function Picture({
  lines,
  shown,
  hasStore,
}: {
  lines: readonly Line[];
  shown: number;
  hasStore: boolean;
}) {
  const actors: Actor[] = ['client', 'server', 'cache', ...(hasStore ? (['store'] as const) : [])];
  const at = (actor: Actor): number => ((actors.indexOf(actor) + 0.5) * 100) / actors.length;
  return (
    <div class="picture">
      <div class="actors" aria-hidden="true">
        {actors.map((actor) => (
          <span key={actor} class={`actor ${actor}`}>
            <Icon actor={actor} />
            {NAMES[actor]}
          </span>
        ))}
      </div>
      <div class="lifelines" aria-hidden="true">
        {actors.map((actor) => (
          <i key={actor} style={{ left: `${at(actor)}%` }} />
        ))}
      </div>
      <ol class="lines">
        {lines.map((line, i) => {
          const state = i < shown ? 'shown' : 'to-come';
          if (line.kind === 'event') {
            return (
              <li key={i} class={`line event ${state}`} aria-hidden={i >= shown}>
                <span>{line.text}</span>
              </li>
            );
          }
          const [from, to] = [at(line.from), at(line.to)];
          const place = { left: `${Math.min(from, to)}%`, width: `${Math.abs(to - from)}%` };
          const direction = to > from ? 'right' : 'left';
          return (
            <li key={i} class={`line ${state}`} aria-hidden={i >= shown}>
              <span class={`message ${direction} ${line.isHit ? 'hit' : ''}`} style={place}>
                <span class="unseen">
                  {NAMES[line.from]} to {NAMES[line.to]}:{' '}
                </span>
                <span class="message-text">{line.text}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Icon({ actor }: { actor: Actor }) {
  const shapes = {
    client: <path d="M3 4h18v12H3zM1 19h22v2H1z" />,
    server: <path d="M4 2h16v6H4zM4 9.5h16v6H4zM4 17h16v5H4z" />,
    cache: <path d="M2 4h9v4H2zM13 4h9v4h-9zM2 10h5v4H2zM9 10h13v4H9zM2 16h13v4H2z" />,
    store: <path d="M4 5c0-4 16-4 16 0v14c0 4-16 4-16 0zm0 0c0 4 16 4 16 0" />,
  };
  return <svg viewBox="0 0 24 24">{shapes[actor]}</svg>;
}
