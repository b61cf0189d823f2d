import type { Adapter } from '@livestore/livestore'
import type { Span, Tracer } from '@opentelemetry/api'
import { Context, DefaultServices, Effect, FiberRef, Tracer as EffectTracer } from 'effect'

const noop = () => constantSpan

/** `_duration` is what LiveStore reads of the spans that it measures with. */
const constantSpan = {
  _duration: [0, 0],
  spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
  setAttribute: noop,
  setAttributes: noop,
  addEvent: noop,
  addLink: noop,
  addLinks: noop,
  setStatus: noop,
  updateName: noop,
  recordException: noop,
  end: noop,
  isRecording: () => false,
} as unknown as Span

/**
 * One span for everything. LiveStore's own silent tracer asks the operating system for a name and random bytes for each span, and
 * makes some twenty of them for an event.
 */
export const constantTracer: Tracer = {
  startSpan: () => constantSpan,
  startActiveSpan: (...args: unknown[]) => (args.at(-1) as (span: Span) => never)(constantSpan),
}

const untracedTracer = EffectTracer.make({
  span: () => {
    throw new Error('A span was asked for while tracing is off.')
  },
  context: (execute) => execute(),
})

/**
 * The adapter, with a leader and background work that make no spans. With the tracer that LiveStore provides, every step of every
 * effect is run within a context of its own: about half of what an event costs.
 */
export const untraced =
  (adapter: Adapter): Adapter =>
  (args) =>
    Effect.gen(function* () {
      yield* FiberRef.set(FiberRef.currentTracerEnabled, false)
      yield* FiberRef.update(DefaultServices.currentServices, (services) =>
        Context.add(services, EffectTracer.Tracer, untracedTracer),
      )
      return yield* adapter(args)
    })
