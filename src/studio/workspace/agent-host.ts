import { events, queryDb, tables } from '@runtimed/schema'
import { queue$, type QueuedExecution, type RegistryAgent, type RuntimeAgentRegistry } from '../../browser.js'
import { encodeEnd } from '../../livestore/stored-end.js'
import { Listeners } from '../../react/listeners.js'
import { readIdleLimit } from './idle-limit.js'
import type { Notebook } from './notebook.js'

/** `host`: the notebook's agent lives in this tab. `guest`: in another one, whose agent this tab follows. */
export type TabRole = 'host' | 'guest'

/** What a person can ask of a notebook's agent. */
export type AgentCommand = 'start' | 'stop' | 'restart' | 'interrupt' | 'force' | 'keep' | 'pin' | 'unpin'

const activeSessions$ = queryDb(tables.runtimeSessions.select('sessionId').where({ isActive: true }), {
  label: 'studio.sessions',
})

const lost = ({ executionId: queueId, cellId }: { executionId: string; cellId: string }) =>
  events.executionCompleted({
    queueId,
    cellId,
    status: 'error',
    error: encodeEnd({ outcome: 'lost', reason: 'The tab that ran it was closed. Run the cell again.' }),
    completedAt: new Date(),
    executionDurationMs: 0,
  })

export const isWaiting = ({ state }: QueuedExecution) => state === 'waiting'

/** Bytes of an image from which it would be moved out of the notebook: there is no other place here. */
const neverMoved = Number.MAX_SAFE_INTEGER

/**
 * Sees to it that exactly one tab has the agent of a notebook, and that there is one when somebody wants it.
 *
 * The tab that holds the notebook's lock is the host; when it ends, the next one takes over. The host starts an agent when cells
 * wait, when a person asks for one, and when there was one before (`wanted`), so that agents come back after a reload. The others
 * follow by the rows that the host writes, and pass on what a person asks for.
 */
export class AgentHost {
  readonly #notebook: Notebook
  readonly #registry: RuntimeAgentRegistry
  readonly #channel: BroadcastChannel
  readonly #listeners = new Listeners()
  readonly #stops: (() => void)[] = []
  readonly #watched = new WeakSet<RegistryAgent>()
  #role: TabRole = 'guest'
  #isOpen = true
  #giveUp: () => void = () => undefined

  constructor(notebook: Notebook, registry: RuntimeAgentRegistry) {
    this.#notebook = notebook
    this.#registry = registry
    this.#channel = new BroadcastChannel(`studio-agent-${notebook.id}`)
    this.#channel.addEventListener('message', ({ data }: MessageEvent<AgentCommand>) => {
      if (this.#role === 'host') this.#obey(data)
    })
  }

  /** Begins to look after the agent; before that nothing happens. */
  open(): void {
    const name = `studio-host-${this.#notebook.id}`
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return this.#becomeHost()
      this.#watch()
      void navigator.locks.request(name, () => this.#becomeHost())
      return undefined
    })
  }

  readonly getRole = (): TabRole => this.#role

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  /** Does it here, or has the host do it. */
  command(command: AgentCommand): void {
    if (this.#role === 'host' || command === 'interrupt') this.#obey(command)
    else this.#channel.postMessage(command)
  }

  /** Ends the agent and gives the notebook to another tab. */
  async close(): Promise<void> {
    this.#isOpen = false
    for (const stop of this.#stops.splice(0)) stop()
    this.#channel.close()
    await this.#agent()?.shutdown()
    this.#giveUp()
  }

  async #becomeHost(): Promise<void> {
    if (!this.#isOpen) return
    await this.#endFormerSessions().catch(() => undefined)
    await this.#agent()?.shutdown()
    this.#role = 'host'
    this.#listeners.notify()
    this.#watch()
    this.#look()
    await new Promise<void>((resolve) => (this.#giveUp = resolve))
  }

  #watch(): void {
    if (this.#stops.length > 0 || !this.#isOpen) return
    const { store } = this.#notebook
    const look = () => queueMicrotask(() => this.#look())
    this.#stops.push(store.subscribe(queue$, look), store.subscribe(activeSessions$, look))
  }

  /** The tab that was host has ended, with its runtime: what that ran is told to be lost now, and not when the next one is up. */
  #endFormerSessions(): Promise<void> {
    const { store } = this.#notebook
    const submission = this.#notebook.writer.commit(() => [
      ...store
        .query(queue$)
        .filter(({ state }) => state === 'executing')
        .map(lost),
      ...store
        .query(activeSessions$)
        .map((sessionId) => events.runtimeSessionTerminated({ sessionId, reason: 'timeout' })),
    ])
    return submission.durable
  }

  #obey(command: AgentCommand): void {
    const agent = this.#agent()
    switch (command) {
      case 'start':
        return this.#start()
      case 'stop':
        this.#setWanted(false)
        // Otherwise what waits would start the runtime again that a person has just stopped.
        this.#notebook.writer.cancelAllExecutions('The runtime was shut down.', isWaiting)
        return void agent?.shutdown()
      case 'restart':
        return agent ? agent.restart() : this.#start()
      default:
        agent?.[command]()
    }
  }

  /** Does what the rows call for. */
  #look(): void {
    if (!this.#isOpen) return
    const hasAgent = this.#agent() !== undefined
    if (this.#role === 'guest') return this.#follow(hasAgent)
    const { store } = this.#notebook
    const isWaitedFor = store.query(queue$).some(isWaiting)
    if (!hasAgent && (isWaitedFor || this.#isWanted())) this.#start()
  }

  /** A guest has an agent that follows while there is a session to follow. */
  #follow(hasAgent: boolean): void {
    const hasSession = this.#notebook.store.query(activeSessions$).length > 0
    if (hasSession && !hasAgent) this.#create('external')
    else if (!hasSession && hasAgent) void this.#agent()?.shutdown()
  }

  #start(): void {
    this.#setWanted(true)
    this.#create(this.#notebook.runtime)
  }

  /** What goes wrong is the state of the agent, which is shown. */
  #create(type: string): void {
    const { id, store } = this.#notebook
    const settings = readIdleLimit(localStorage)
    const options = {
      store,
      userId: 'local',
      imageArtifactThresholdBytes: neverMoved,
      soleRunner: true,
      settings,
    }
    const start = (agent: RegistryAgent) => {
      if (type !== 'external') this.#watchDisplacement(agent)
      return agent.start()
    }
    this.#registry
      .createAgent(id, type, options)
      .then(start)
      .catch(() => undefined)
  }

  /** Who was displaced does not come back by itself. */
  #watchDisplacement(agent: RegistryAgent): void {
    if (this.#watched.has(agent)) return
    this.#watched.add(agent)
    agent.actorRef.on('agent.stopped', ({ reason }) => {
      if (reason === 'displaced') this.#setWanted(false)
    })
    agent.actorRef.on('execution.finished', ({ end }) => {
      if (end.failure?.code === 'displaced') this.#setWanted(false)
    })
  }

  #agent(): RegistryAgent | undefined {
    return this.#registry.getAgent(this.#notebook.id)
  }

  #isWanted(): boolean {
    return localStorage.getItem(this.#wantedKey) !== null
  }

  #setWanted(wanted: boolean): void {
    if (wanted) localStorage.setItem(this.#wantedKey, 'true')
    else localStorage.removeItem(this.#wantedKey)
  }

  get #wantedKey(): string {
    return `studio.agent.${this.#notebook.id}`
  }
}
