import { closeSync, constants, ftruncateSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveStoreSchema } from '@livestore/livestore'
import type { CommitEvents } from './check-events.js'
import { type CommitJournal, encodeEvent, type JournalEntry } from './commit-journal.js'
import { openOwnFile, readOwnFile, replaceOwnFile } from './own-file.js'
import { journalFileName } from './store-directory.js'

/** Bytes of forgotten entries from which on the file is written anew while others are still kept. */
const slackBytes = 4 * 1024 * 1024

/** Keeps nothing, for a store that keeps nothing either. */
export const memoryJournal: CommitJournal = { isDurable: true, keep: () => () => undefined }

/**
 * A journal in one file beside the event log, as durable as that: written in the same turn, without fsync. One line for each submission;
 * the file is emptied as soon as all it has is in the log. The process must own the directory.
 */
export class FileJournal implements CommitJournal {
  readonly isDurable = true
  readonly #path: string
  readonly #storeId: string
  readonly #schema: LiveStoreSchema
  readonly #kept = new Map<number, Buffer>()
  /** Undefined once it is closed: the number may be that of another file then. */
  #descriptor: number | undefined
  #size = 0
  #keptBytes = 0
  #count = 0

  /** Opens an empty journal; what the file has is gone. Throws as `openOwnFile`. */
  constructor(directory: string, storeId: string, schema: LiveStoreSchema) {
    this.#path = join(directory, journalFileName)
    this.#storeId = storeId
    this.#schema = schema
    this.#descriptor = openOwnFile(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
  }

  keep(events: CommitEvents, head: number): (() => void) | undefined {
    try {
      const entry = { parent: head, events: events.map((event) => encodeEvent(this.#schema, event)) }
      const line = Buffer.from(`${JSON.stringify({ store: this.#storeId, ...entry })}\n`)
      this.#append(line)
      const id = ++this.#count
      this.#kept.set(id, line)
      this.#keptBytes += line.length
      return () => this.#forget(id)
    } catch {
      return undefined
    }
  }

  /** Nothing more is kept. The file stays when it still has something. */
  close(): void {
    if (this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
    if (this.#kept.size === 0) rmSync(this.#path, { force: true })
  }

  /** A line that is cut short, on a full disk, is taken back. */
  #append(line: Buffer): void {
    const descriptor = this.#requireDescriptor()
    const written = writeSync(descriptor, line, 0, line.length, this.#size)
    if (written === line.length) this.#size += written
    else {
      ftruncateSync(descriptor, this.#size)
      throw new Error('no space left on device')
    }
  }

  #forget(id: number): void {
    this.#keptBytes -= this.#kept.get(id)?.length ?? 0
    if (!this.#kept.delete(id)) return
    try {
      if (this.#kept.size === 0) this.#empty()
      else if (this.#size - this.#keptBytes > slackBytes + this.#keptBytes) this.#rewrite()
    } catch {
      return
    }
  }

  #empty(): void {
    ftruncateSync(this.#requireDescriptor(), 0)
    this.#size = 0
  }

  #rewrite(): void {
    const before = this.#requireDescriptor()
    const content = Buffer.concat([...this.#kept.values()])
    replaceOwnFile(this.#path, content)
    this.#descriptor = openOwnFile(this.#path, constants.O_WRONLY)
    this.#size = content.length
    closeSync(before)
  }

  #requireDescriptor(): number {
    if (this.#descriptor === undefined) throw new Error('The journal is closed.')
    return this.#descriptor
  }
}

/**
 * What a journal in the directory still has, oldest first: nothing where there is none. A last line that was cut short was never kept.
 * A journal with other lines that cannot be read, or of another notebook, is left out, copied to `<name>.damaged`, and told with `process.emitWarning`.
 */
export function readJournal(directory: string, storeId: string, shownAs: string): readonly JournalEntry[] {
  const text = readOwnFile(join(directory, journalFileName)) ?? ''
  const lines = text.split('\n').slice(0, -1)
  const entries = lines.map((line) => parseLine(line, storeId))
  if (entries.includes(undefined)) {
    replaceOwnFile(join(directory, `${journalFileName}.damaged`), text)
    process.emitWarning(
      `The journal of the notebook in ${shownAs} is damaged or belongs to another notebook. What it had besides the event log was ` +
        `recovered as far as it can be read; a copy is in "${journalFileName}.damaged".`,
      { type: 'StoreWarning', code: 'STORE_JOURNAL_DAMAGED' },
    )
  }
  return entries.filter((entry) => entry !== undefined)
}

function parseLine(line: string, storeId: string): JournalEntry | undefined {
  try {
    const { store, parent, events } = JSON.parse(line) as JournalEntry & { readonly store: string }
    return store === storeId && Number.isInteger(parent) && Array.isArray(events)
      ? { parent, events }
      : undefined
  } catch {
    return undefined
  }
}
