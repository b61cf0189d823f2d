import type { AgentActorRef, AgentEvent } from '../../machines/index.js'

const rememberedEvents = 16

/** The way from the notebook's rows and from the runtime to the agent. */
export interface Channel {
  /** What the senders take for the agent. */
  readonly actorRef: AgentActorRef
  readonly waiting: number
  /** Hands over one waiting event; which one, decides `pick`. */
  deliver(pick: number): void
  deliverAll(): void
  /** Hands over an event again that was handed over before. */
  repeat(pick: number): void
  /** The first waiting event is lost on its way and will be sent again. */
  delay(): void
}

/**
 * A channel that hands over at once, in order and once; or, if not `isFaithful`, when it is told to, in any order, and as
 * often as it is told to.
 */
export function createChannel(
  isFaithful: boolean,
  agent: Pick<AgentActorRef, 'send' | 'getSnapshot'>,
): Channel {
  const waiting: AgentEvent[] = []
  const delivered: AgentEvent[] = []
  const handOver = (event: AgentEvent | undefined) => {
    if (!event) return
    delivered.push(event)
    if (delivered.length > rememberedEvents) delivered.shift()
    agent.send(event)
  }
  const send = (event: AgentEvent) => (isFaithful ? handOver(event) : void waiting.push(event))
  return {
    actorRef: { send, getSnapshot: () => agent.getSnapshot() } as unknown as AgentActorRef,
    get waiting() {
      return waiting.length
    },
    deliver: (pick) => handOver(waiting.splice(pick % Math.max(1, waiting.length), 1)[0]),
    deliverAll: () => {
      for (const event of waiting.splice(0)) handOver(event)
    },
    repeat: (pick) => handOver(delivered[pick % Math.max(1, delivered.length)]),
    delay: () => {
      const first = waiting.shift()
      if (first) waiting.push(first)
    },
  }
}
