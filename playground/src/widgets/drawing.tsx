import { useLayoutEffect, useRef } from 'preact/hooks';
import { currentTheme } from './theme.tsx';

/** Where to draw: a context in CSS pixels, and the colours of the theme by name. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  colour(name: string): string;
}

interface Props {
  /** CSS pixels; the width is what there is. */
  height: number;
  /** What a person who does not see it is told. */
  label: string;
  draw: (surface: Surface) => void;
  hover?: (x: number, y: number, width: number) => void;
  leave?: () => void;
}

export function Drawing({ height, label, draw, hover, leave }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  void currentTheme(); // another theme: drawn anew

  useLayoutEffect(() => paint(canvas.current, latest.current));
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => paint(element, latest.current));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <canvas
      ref={canvas}
      class="drawing"
      style={{ height: `${height}px` }}
      role="img"
      aria-label={label}
      onMouseMove={({ offsetX, offsetY, currentTarget }) =>
        hover?.(offsetX, offsetY, currentTarget.clientWidth)
      }
      onMouseLeave={leave}
    />
  );
}

function paint(canvas: HTMLCanvasElement | null, draw: (surface: Surface) => void): void {
  const context = canvas?.getContext('2d');
  if (!canvas || !context || canvas.clientWidth === 0) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const style = getComputedStyle(canvas);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  draw({ context, width, height, colour: (name) => style.getPropertyValue(`--${name}`).trim() });
}
