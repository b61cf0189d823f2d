import { logger } from '@runtimed/agent-core'
import type { AnyActorRef, InspectionEvent, Subscription } from 'xstate'
import type { ContextFields } from './allow-list.js'
import { InspectionHub, type InspectionSink } from './inspection-hub.js'
import type { LeanFrame } from './lean-frame.js'
import type { StatelyMessage } from './stately-stream.js'

/** Where an inspection sends what it sees. */
export interface InspectionSource {
  /** Sends lean frames; the first one tells all that is known. Returns the function that ends it. */
  lean(sink: InspectionSink<LeanFrame>): () => void
  /** Sends messages of `@statelyai/inspect`; the first ones introduce all actors. */
  stately(sink: InspectionSink<StatelyMessage>): () => void
  /** Introduces all actors to the Stately sinks once more, for one that may have missed them. */
  introduce(): void
}

/** A place to look: `statelyWindow()` and `leanStream()` in a page, `openInspectionEndpoint()` in Node. */
export interface InspectionTarget {
  /** Begins to receive. Returns the function that ends it. */
  connect(source: InspectionSource): () => void
}

/** Options of {@link createInspection}. */
export interface InspectionOptions {
  readonly target: InspectionTarget
  /** More fields of contexts that may be shown, by machine id. Their values leave as they are: name nothing secret. */
  readonly fields?: ContextFields
  /** Milliseconds that changes are collected before a lean frame is sent. Default 50. */
  readonly frameMs?: number
}

/** A running inspection. */
export interface Inspection {
  /** The observer for `new RuntimeAgentRegistry({ inspect })`, or for any XState actor. */
  readonly inspect: (event: InspectionEvent) => void
  /**
   * Begins to watch a system that runs already, by any of its actors, such as `registry.actorRef`: all are introduced as they
   * stand, and what happens from then on is told. Instead of {@link Inspection.inspect}, not besides it. A second time for one
   * system does nothing.
   */
  watch(actor: AnyActorRef): void
  /** Lets go of the target; from then on nothing is looked at. */
  stop(): void
}

/**
 * Watches all machines of a registry, and shows them to a target.
 *
 * ```ts
 * const endpoint = await openInspectionEndpoint()
 * const { inspect } = createInspection({ target: endpoint })
 * const registry = new RuntimeAgentRegistry({ inspect })
 * ```
 *
 * What leaves is allow-listed: names, states, ids, counts and codes; never a token, the source of a cell, or a store. A
 * target that is slow misses frames and is brought up to date later; the program never waits for it.
 */
export function createInspection({ target, fields = {}, frameMs = 50 }: InspectionOptions): Inspection {
  const hub = new InspectionHub({ fields, frameMs })
  const disconnect = target.connect({
    lean: (sink) => hub.lean.subscribe(contained(sink)),
    stately: (sink) => hub.stately.subscribe(contained(sink)),
    introduce: () => hub.stately.introduce(),
  })
  const inspect = (event: InspectionEvent) => hub.observe(event)
  const watched = new Map<object, Subscription>()
  return {
    inspect,
    watch: (actor) => {
      if (watched.has(actor.system)) return
      hub.introduce(rootOf(actor))
      watched.set(actor.system, actor.system.inspect(inspect))
    },
    stop: () => {
      for (const subscription of watched.values()) subscription.unsubscribe()
      hub.lean.flush()
      disconnect()
      hub.stop()
    },
  }
}

function rootOf(actor: AnyActorRef): AnyActorRef {
  const { _parent: parent } = actor
  return parent === undefined ? actor : rootOf(parent)
}

/** A receiver that throws must not end a transition in the middle. */
function contained<Message>(sink: InspectionSink<Message>): InspectionSink<Message> {
  return {
    isReady: () => sink.isReady(),
    send: (message) => {
      try {
        sink.send(message)
      } catch (error) {
        logger.error('An inspection target failed', error)
      }
    },
  }
}
