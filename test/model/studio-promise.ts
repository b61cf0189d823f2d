import type { ModelContext, ModelEvent, ModelRow } from '../../src/testing/agent.model.js'
import type { AgentModelSnapshot } from './agent-check.js'

/**
 * What the studio promises to show, written down here once more, in the words that a person reads: where the page or its table of
 * texts says something else, one of the two is wrong.
 */

/** What a person sees of an agent. */
export interface ShownAgent {
  readonly badge: string
  readonly hint: string | null
  readonly isCountingDown: boolean
  readonly waiting: { readonly toolbar: string | null; readonly fact: string }
  readonly buttons: Readonly<Record<string, true | string>>
}

const texts: Readonly<Record<string, string>> = {
  idle: 'Idle',
  starting: 'Starting',
  running: 'Ready',
  executing: 'Running',
  restarting: 'Restarting',
  failed: 'Failed',
  stopped: 'Not started',
}

const nothingRuns = 'No cell is running.'
const isDown = 'It is not running.'
const isRunning = 'It is running already.'
const isStarting = 'It is starting already.'

type Reason = true | string

const row = (start: Reason, stop: Reason, restart: Reason, interrupt: Reason = nothingRuns) => ({
  Start: start,
  Stop: stop,
  Restart: restart,
  Interrupt: interrupt,
  'toolbar: Restart': restart,
  'toolbar: Interrupt': interrupt,
})

const buttons: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  idle: row(true, true, isDown),
  starting: row(isStarting, true, isStarting),
  running: row(isRunning, true, true),
  executing: row(isRunning, true, true, true),
  restarting: row(true, true, true),
  failed: row(true, true, true),
  stopped: row(true, isDown, isDown),
}

const isGone = 'The store of the notebook is gone. Open the notebook again.'
const withoutStore = { Start: isGone, Restart: isGone, 'toolbar: Restart': isGone }

/** Why a runtime is down: what stands behind the state, and what a person can do. */
export interface Cause {
  readonly text: string
  readonly hint: string
}

const crashed = {
  text: 'crashed',
  hint: 'Wait for the restart, then run the cells that define your variables again.',
}

const displaced: Cause = { text: 'another session took over', hint: '' }

/** Events that end a runtime. */
export const causes: Readonly<Partial<Record<ModelEvent['type'], Cause>>> = {
  START_FAILED: { text: 'could not be started', hint: 'Restart it.' },
  START_TIMED_OUT: { text: 'did not start in time', hint: 'Restart it, or raise startTimeoutMs.' },
  CRASH: crashed,
  DISPLACED: displaced,
  HANDLER_CRASHED: crashed,
  HANDLER_GONE: {
    text: 'had to be ended by force',
    hint: 'Run the cells that define your variables again.',
  },
}

const storeDied: Cause = {
  text: 'the store shut down',
  hint: 'Open the notebook again; what was recorded is kept.',
}

const crashLoop: Cause = {
  text: 'crashed too often',
  hint: 'Look at the last failure, then restart the runtime.',
}

/** The cause that is shown: none while the runtime is not down for one. */
export function shownCause(
  { value, context }: AgentModelSnapshot,
  last: Cause | undefined,
): Cause | undefined {
  if (value === 'failed') return context.isStoreDead ? storeDied : crashLoop
  return value === 'restarting' ? last : undefined
}

/** What the model lets a person expect to see. */
export function shownAgent({ value, context }: AgentModelSnapshot, cause: Cause | undefined): ShownAgent {
  const state = String(value)
  const waits = context.rows.filter((one) => one === 'pending').length
  const text = cause ? `${texts[state]}: ${cause.text}` : (texts[state] ?? state)
  return {
    badge: context.isCullNear ? `${text}, stops soon` : text,
    hint: cause?.hint ?? null,
    isCountingDown: state === 'restarting',
    waiting: {
      toolbar: waits === 0 ? null : `${waits} waiting`,
      fact: waits === 0 ? 'nothing' : waits === 1 ? '1 cell' : `${waits} cells`,
    },
    buttons: {
      ...buttons[state],
      ...(state === 'failed' && context.isStoreDead && withoutStore),
      'toolbar: Cancel what waits': waits === 0 ? 'No cell waits.' : true,
      ...(context.isCullNear && { 'Keep it': true }),
      ...(state !== 'stopped' && {
        [context.isPinned ? 'Pinned: stays when idle' : 'Pin: stay when idle']: true,
      }),
    },
  }
}

const cellTexts: Readonly<Record<ModelRow, string>> = {
  pending: 'Queued',
  executing: 'Running',
  completed: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** The state of a cell by its latest row; `cause` is that of its failure, when it was not the cell's own. */
export function shownCell(context: ModelContext, index: number, cause: Cause | undefined): string {
  if (index === context.current && context.ending !== 'nothing') return 'Stopping'
  const status = context.rows[index] as ModelRow
  if (status !== 'failed' || !cause) return cellTexts[status]
  return `${cause === displaced ? 'Lost' : 'Failed'}: ${cause.text}`
}
