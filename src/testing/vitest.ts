/** Matchers for Vitest; importing this file adds them to `expect`. */
import { expect } from 'vitest'
import type { Failure } from '../../machines/index.js'

interface Stateful {
  getSnapshot(): { readonly value: unknown; readonly context?: unknown; matches(state: never): boolean }
}

interface AgentMatchers<Result> {
  /** An agent, or an actor of a machine, is in this state (or a state around the one it is in). */
  toBeInState(state: string): Result
  /** An agent shows this failure. */
  toHaveFailedWith(code: Failure['code']): Result
  /** A fake handler ran this execution once, not never and not twice. */
  toHaveRunOnce(executionId: string): Result
}

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any -- Vitest declares the type parameter so.
  interface Matchers<T = any> extends AgentMatchers<T> {}
}

expect.extend({
  toBeInState(received: Stateful, state: string) {
    const snapshot = received.getSnapshot()
    return {
      pass: snapshot.matches(state as never),
      message: () =>
        `It is in ${JSON.stringify(snapshot.value)}; ${this.isNot ? 'not ' : ''}${state} was expected.`,
    }
  },
  toHaveFailedWith(received: Stateful, code: string) {
    const { context } = received.getSnapshot()
    const failure = (context as { readonly failure?: Failure | null } | undefined)?.failure
    const found = failure ? `${failure.code}: ${failure.message}` : 'no failure'
    return {
      pass: failure?.code === code,
      message: () => `It shows ${found}; ${this.isNot ? 'not ' : ''}${code} was expected.`,
    }
  },
  toHaveRunOnce(received: { readonly runs: readonly string[] }, executionId: string) {
    const times = received.runs.filter((id) => id === executionId).length
    return {
      pass: times === 1,
      message: () =>
        `Execution ${executionId} ran ${times} times; once was ${this.isNot ? 'not ' : ''}expected.`,
    }
  },
})
