import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { currentTheme } from './theme.tsx';

interface Series {
  readonly name: string;
  /** Name of a colour of the theme. */
  readonly colour: string;
  readonly values: readonly number[];
}

interface Props {
  label: string;
  x: readonly number[];
  series: readonly Series[];
}

const HEIGHT = 110;

/** A live chart of the last minute. */
export function Chart({ label, x, series }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = currentTheme();
  const data = [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const made = new uPlot(optionsOf(element, series), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [theme]);

  useEffect(() => plot.current?.setData(data), [data]);

  const latest = series.map(({ name, values }) => `${name} ${values.at(-1) ?? 0}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>
        <span>{label}</span>
        <ul class="legend">
          {series.length > 1 &&
            series.map(({ name, colour }) => (
              <li key={name}>
                <i class={`swatch ${colour}`} />
                {name}
              </li>
            ))}
        </ul>
      </figcaption>
      <div ref={box} class="chart-box" role="img" aria-label={`${label}, now: ${latest}`} />
    </figure>
  );
}

function optionsOf(element: HTMLElement, series: readonly Series[]): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(element.clientWidth, 100),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 16, 0, 0],
    scales: {
      x: { time: false },
      y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] },
    },
    axes: [
      {
        ...axis,
        size: 20,
        gap: 2,
        values: (_, at) => at.map((seconds) => (seconds === 0 ? 'now' : `${seconds} s`)),
      },
      { ...axis, size: 44, gap: 4 },
    ],
    series: [
      {},
      ...series.map((line) => ({
        stroke: colour(line.colour),
        fill: `color-mix(in srgb, ${colour(line.colour)} 16%, transparent)`,
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}
