import { SessionCacheMode } from 'sesscache';
import { FLAGS } from '../lab/explain.ts';
import { CONTEXTS } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { Choice, NumberField, Switch } from '../widgets/controls.tsx';
import { Panel } from '../widgets/panel.tsx';

const PROFILES = [
  ['manual', 'manual'],
  ['openssl-3.0', 'openssl-3.0'],
] as const;

/** More sessions than this are not worth looking at one by one. */
const SIZE_MAX = 5000;

export function SettingsPanel({ lab }: { lab: Lab }) {
  void lab.tick.value;
  const mode = lab.cache.getSessionCacheMode();
  return (
    <Panel title="Settings">
      <NumberField
        label="Size"
        unit="sessions"
        value={lab.cache.getCacheSize()}
        min={1}
        max={SIZE_MAX}
        change={(size) => lab.setSize(size)}
      />
      <NumberField
        label="Timeout"
        unit="s"
        value={Number(lab.cache.getTimeout())}
        min={1}
        max={604_800}
        change={(seconds) => lab.setTimeout(seconds)}
      />
      <Choice
        legend="Session id context of connections"
        options={CONTEXTS.map((name) => [name, name] as const)}
        value={lab.context.value}
        change={(name) => lab.setContext(name)}
      />
      <Choice
        legend="Profile"
        options={PROFILES}
        value={lab.profile.value}
        change={(profile) => lab.setProfile(profile)}
      />
      <fieldset class="switches">
        <legend>Mode</legend>
        {FLAGS.map(([name, hint]) => (
          <Switch
            key={name}
            label={name}
            hint={hint}
            checked={(mode & SessionCacheMode[name]) !== 0}
            change={(on) =>
              lab.setMode(on ? mode | SessionCacheMode[name] : mode & ~SessionCacheMode[name])
            }
          />
        ))}
      </fieldset>
    </Panel>
  );
}
