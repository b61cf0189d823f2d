import { createRandom } from '../schema/random.js'

/** What can happen, and how often compared with the others. */
const weights = {
  spawn: 6,
  start: 2,
  stop: 1,
  restart: 1,
  interrupt: 3,
  force: 2,
  request: 24,
  requestMany: 3,
  requestAgain: 4,
  cancel: 8,
  cancelAll: 1,
  deleteCell: 1,
  changeCell: 1,
  deliver: 30,
  repeat: 5,
  delay: 3,
  commit: 40,
  push: 14,
  pushSome: 4,
  sync: 14,
  succeed: 40,
  fail: 10,
  crash: 4,
  lateCrash: 2,
  passTime: 12,
  passToNextTimer: 14,
  approval: 3,
  foreignStart: 1,
  foreignClaim: 3,
  foreignFinish: 3,
  foreignLeave: 1,
  breakAgent: 0.3,
  breakExecution: 0.3,
  storeDies: 0.3,
  storeStalls: 0.2,
  closeDeadStore: 2,
  processDies: 0.4,
  drain: 0.15,
} as const

export type CommandName = keyof typeof weights

/** One step. The numbers choose among what there is when it is carried out, so that steps before it can be left out. */
export interface Command {
  readonly name: CommandName
  /** Which notebook. */
  readonly where: number
  /** Which row, operation or event. */
  readonly pick: number
  /** How: a kind of failure, a length of time. */
  readonly how: number
}

const names = Object.keys(weights) as CommandName[]
const total = names.reduce((sum, name) => sum + weights[name], 0)
const resolution = 1_000_000

/** The steps of a seed; always the same ones. */
export function commandsOf(seed: number, steps: number): Command[] {
  const random = createRandom(seed)
  return Array.from({ length: steps }, () => ({
    name: nameAt((random.below(resolution) / resolution) * total),
    where: random.below(resolution),
    pick: random.below(resolution),
    how: random.below(resolution),
  }))
}

function nameAt(place: number): CommandName {
  let rest = place
  return names.find((name) => (rest -= weights[name]) < 0) ?? 'request'
}

export const describeCommand = ({ name, where, pick, how }: Command): string =>
  `${name} ${where} ${pick} ${how}`
