export type OperationKind = 'start' | 'probe' | 'execute' | 'dispose'

/** Something that was asked of a runtime and has not been answered. */
export interface Operation {
  readonly kind: OperationKind
  readonly owner: string
  readonly succeed: () => void
  readonly fail: (error: unknown) => void
}

/** What runtimes were asked to do; the test answers, in any order and as late as it likes. */
export class Operations {
  #open: Operation[] = []

  get open(): readonly Operation[] {
    return this.#open
  }

  /** Resolves with `answer()`, or rejects, when the test says so. */
  ask<Answer>(kind: OperationKind, owner: string, answer: () => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const operation: Operation = {
        kind,
        owner,
        succeed: () => {
          this.#remove(operation)
          resolve(answer())
        },
        fail: (error) => {
          this.#remove(operation)
          reject(error as Error)
        },
      }
      this.#open.push(operation)
    })
  }

  /** The process has died: nobody will answer, and nobody would hear it. */
  forget(): void {
    this.#open = []
  }

  #remove(operation: Operation): void {
    this.#open = this.#open.filter((other) => other !== operation)
  }
}
