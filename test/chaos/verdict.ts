/** What must hold. The text is what a person reads when it does not. */
export const invariants = {
  oneHandler: 'a notebook has at most one running handler',
  oneOwner: 'a notebook has at most one session that is ready or busy',
  oneRun: 'a request is run at most once, ever',
  claimFirst: 'a handler starts only when the log, or the journal, says that its session has the request',
  order: 'requests start in the order in which they were made',
  terminalIsFinal: 'a row that has ended never changes',
  onlyForward: 'a row never goes back to an earlier state',
  endIsTold: 'an agent tells the end of every execution that it began',
  noDuplicate: 'an agent holds a request once',
  fencing: 'what comes from an older life changes nothing',
  noRevival: 'nothing revives an agent that is shutting down',
  wayOut: 'every state that is not final has a way out',
  jsonContext: 'a context is JSON',
  cancelIsHeard: 'a handler whose request was cancelled is told to stop',
  notStuck: 'when the world is healed, every request ends and every agent is at rest',
  replay: 'the log replayed gives the same tables',
  nothingLeft: 'after the end no timer, actor, listener, runtime or session is left',
  ownStore: 'the store of another notebook is refused',
  noProblem: 'nothing is refused by a store that works',
} as const

export type Invariant = keyof typeof invariants

export interface Violation {
  readonly invariant: Invariant
  readonly message: string
}

/** Keeps the first violation; what follows from it is of no interest. */
export class Verdict {
  violation: Violation | undefined

  fail(invariant: Invariant, message: string): void {
    this.violation ??= { invariant, message }
  }

  /** Fails unless it holds; `message` is called only then. */
  require(invariant: Invariant, holds: boolean, message: () => string): void {
    if (!holds) this.fail(invariant, message())
  }
}
