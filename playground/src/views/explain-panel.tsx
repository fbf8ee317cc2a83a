import { EXPLANATIONS } from '../lab/explain.ts';
import type { Lab } from '../lab/lab.ts';

/** What the last operation is in the manual's terms, and what it came to. Its height is fixed. */
export function ExplainPanel({ lab }: { lab: Lab }) {
  const { operation, outcome } = lab.last.value;
  const { name, page, text } = EXPLANATIONS[operation];
  return (
    <section class="panel explain" aria-labelledby="explain-title">
      <div class="panel-head">
        <h2 id="explain-title">
          <code>{name}</code>
        </h2>
        <span class="panel-aside">{page}</span>
      </div>
      <p class="explain-outcome" aria-live={operation === 'handshake' ? 'off' : 'polite'}>
        {outcome}
      </p>
      <p class="explain-text">{text}</p>
    </section>
  );
}
