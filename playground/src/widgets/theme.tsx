import { effect, signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const KEY = 'sesscache-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** What the person chose; undefined: as the system has it. */
const chosen = signal<Theme | undefined>(recall());
const systemTheme = signal<Theme>(system.matches ? 'dark' : 'light');
system.addEventListener('change', () => (systemTheme.value = system.matches ? 'dark' : 'light'));

/** The theme in force; what is drawn on a canvas reads it to be drawn anew. */
export function currentTheme(): Theme {
  return chosen.value ?? systemTheme.value;
}

effect(() => {
  document.documentElement.dataset['theme'] = currentTheme();
});

export function ThemeButton() {
  const other = currentTheme() === 'dark' ? 'light' : 'dark';
  const label = `Switch to the ${other} theme`;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => {
        chosen.value = other;
        remember(other);
      }}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {other === 'light' ? (
          <path d="M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Zm0-5v2m0 16v2M2 12h2m16 0h2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4m0-14.2-1.4 1.4M6.3 17.7l-1.4 1.4" />
        ) : (
          <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z" />
        )}
      </svg>
    </button>
  );
}

// Storage may be forbidden: then the choice lasts as long as the page.

function recall(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    return undefined;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // see above
  }
}
