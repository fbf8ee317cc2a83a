// The parts of `@opentelemetry/api` 1.x that are used, declared here so that the package is not
// needed.

export type AttributeValue = string | number | boolean;
export type Attributes = Record<string, AttributeValue>;

interface MetricOptions {
  description?: string;
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

export interface Recorder {
  record(value: number, attributes?: Attributes): void;
}

export interface Adder {
  add(value: number, attributes?: Attributes): void;
}

export interface ObservableResult {
  observe(value: number, attributes?: Attributes): void;
}

export interface Observable {
  addCallback(callback: (result: any) => void): void;
  removeCallback(callback: (result: any) => void): void;
}

/** A Meter. */
export interface Meter {
  createHistogram(name: string, options?: MetricOptions): Recorder;
  createCounter(name: string, options?: MetricOptions): Adder;
  createObservableGauge(name: string, options?: MetricOptions): Observable;
  createObservableCounter(name: string, options?: MetricOptions): Observable;
}

/** `import * as api from '@opentelemetry/api'`, or an object with these two of its exports. */
export interface OpenTelemetryApi {
  metrics?: { getMeter(name: string, version?: string): any } | undefined;
  trace?: { getActiveSpan(): any } | undefined;
}

export interface Span {
  addEvent(name: string, attributes?: Attributes): unknown;
}
