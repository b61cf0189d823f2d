/** What `@effect/platform` workers send each other: whether the worker is there, and one numbered message. */
type Envelope = readonly [kind: 0 | 1, message?: readonly [id: number, kind: number, ...rest: unknown[]]]

/** The end of a channel, as far as it is used. */
export interface RelayPort {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: Envelope }) => void): void
  addEventListener(type: 'close', listener: () => void): void
  start(): void
}

interface Request {
  readonly port: RelayPort
  /** The number that the tab knows it by. */
  readonly id: number
  readonly payload: Payload
}

interface Payload {
  readonly _tag: string
  readonly port?: RelayPort
  readonly initial?: unknown
}

/** A leader that has taken office; requests wait until it has loaded the notebook. */
interface Leader {
  readonly port: RelayPort
  isReady: boolean
}

const request = 0
const interrupt = 1
const data = 0
const end = 1
const defect = 3

/** Streams begin anew by themselves when they end, all but the one that reads the log to its end. */
const endsWithLeader: readonly string[] = [
  'BootStatusStream',
  'PullStream',
  'SyncStateStream',
  'NetworkStatusStream',
]

/**
 * Passes requests of all tabs on to the one tab that leads, in LiveStore's own words, and answers back.
 *
 * It stands in for LiveStore's shared worker, which forgets what the former leader had not answered when another tab takes over:
 * the tab that had asked waits for ever (its issue 955). Here such a request is asked again of the new leader, and a stream ends, so
 * that the tab opens it anew. Asking twice does no harm: a leader refuses events that it has, and the tab then reads what is there.
 */
export class LeaderRelay {
  readonly #open = new Map<number, Request>()
  #waiting: Request[] = []
  #leader: Leader | undefined
  #lastId = 0

  /** A tab has come. */
  connect(port: RelayPort): void {
    port.addEventListener('message', ({ data: [kind, message] }) => {
      if (kind !== 0 || !message) return this.#leave(port)
      const [id, what, payload] = message
      if (what === interrupt) this.#interrupt(port, id)
      else this.#receive({ port, id, payload: payload as Payload })
    })
    port.addEventListener('close', () => this.#leave(port))
    port.start()
    port.postMessage([0])
  }

  #receive(asked: Request): void {
    if (asked.payload._tag !== 'UpdateMessagePort') return this.#ask(asked)
    this.#follow(asked.payload.port as RelayPort, asked.payload.initial)
    answer(asked, [data, [undefined]])
  }

  #ask(asked: Request): void {
    if (!this.#leader?.isReady) return void this.#waiting.push(asked)
    const id = ++this.#lastId
    this.#open.set(id, asked)
    this.#leader.port.postMessage([0, [id, request, asked.payload]])
  }

  /** Another tab leads from now on. */
  #follow(port: RelayPort, initial: unknown): void {
    const unanswered = [...this.#open.values()]
    this.#open.clear()
    const leader: Leader = { port, isReady: false }
    this.#leader = leader
    const greeting = ++this.#lastId
    port.addEventListener('message', ({ data: [kind, message] }) => {
      if (this.#leader !== leader) return
      if (kind === 0) return port.postMessage([0, [greeting, request, initial]])
      if (message?.[0] === greeting) this.#begin(leader)
      else if (message) this.#pass(message)
    })
    port.start()
    for (const asked of unanswered) this.#askAgain(asked)
  }

  #askAgain(asked: Request): void {
    const { _tag: tag } = asked.payload
    if (endsWithLeader.includes(tag)) answer(asked, [end])
    else if (tag === 'StreamEvents')
      answer(asked, [defect, { _tag: 'Die', defect: 'The leader has changed.' }])
    else this.#waiting.push(asked)
  }

  #begin(leader: Leader): void {
    leader.isReady = true
    for (const asked of this.#waiting.splice(0)) this.#ask(asked)
  }

  #pass([id, kind, ...rest]: NonNullable<Envelope[1]>): void {
    const asked = this.#open.get(id)
    if (!asked) return
    if (kind !== data || !isStream(asked)) this.#open.delete(id)
    answer(asked, [kind, ...rest])
  }

  #interrupt(port: RelayPort, id: number): void {
    this.#drop((asked) => asked.port === port && asked.id === id)
  }

  #leave(port: RelayPort): void {
    this.#drop((asked) => asked.port === port)
  }

  #drop(isMeant: (asked: Request) => boolean): void {
    this.#waiting = this.#waiting.filter((asked) => !isMeant(asked))
    for (const [id, asked] of this.#open) {
      if (!isMeant(asked)) continue
      this.#open.delete(id)
      this.#leader?.port.postMessage([0, [id, interrupt]])
    }
  }
}

const isStream = ({ payload: { _tag: tag } }: Request): boolean =>
  endsWithLeader.includes(tag) || tag === 'StreamEvents'

function answer({ port, id }: Request, message: readonly unknown[]): void {
  port.postMessage([1, [id, ...message]])
}
