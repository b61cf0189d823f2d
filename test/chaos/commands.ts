import { createRandom } from '../schema/random.js'
import { profileOf, type Profile } from './profile.js'

/** What can happen, and how often compared with the others. */
const weights = {
  spawn: 14,
  start: 5,
  stop: 0.5,
  restart: 0.6,
  keep: 0.5,
  pin: 0.3,
  unpin: 0.5,
  interrupt: 1.5,
  force: 1,
  request: 26,
  requestMany: 3,
  requestAgain: 4,
  cancel: 4,
  cancelAll: 0.4,
  deleteCell: 0.5,
  changeCell: 2,
  deliver: 40,
  repeat: 5,
  delay: 3,
  commit: 45,
  push: 30,
  pushSome: 4,
  sync: 25,
  succeed: 70,
  fail: 2.5,
  crash: 0.6,
  lateCrash: 1,
  displace: 0.4,
  passTime: 4,
  passToNextTimer: 3,
  approval: 5,
  foreignStart: 3,
  foreignClaim: 14,
  foreignFinish: 14,
  foreignLeave: 1.5,
  breakAgent: 0.4,
  breakExecution: 0.2,
  breakIntake: 0.4,
  storeDies: 0.15,
  storeStalls: 0.2,
  closeDeadStore: 2,
  processDies: 0.3,
  drain: 0.1,
  closeStore: 3,
  foreignStore: 3,
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

const resolution = 1_000_000

const onlyIfShared: readonly CommandName[] = [
  'sync',
  'foreignStart',
  'foreignClaim',
  'foreignFinish',
  'foreignLeave',
]
const onlyIfUnfaithful: readonly CommandName[] = ['deliver', 'delay']
const onlyOverStores: readonly CommandName[] = ['closeStore', 'foreignStore']

/** The steps of a seed; always the same ones. */
export function commandsOf(seed: number, steps: number, isOverStores = false): Command[] {
  const random = createRandom(seed)
  const names = commandNames(profileOf(seed)).filter((name) => isOverStores || !onlyOverStores.includes(name))
  const total = names.reduce((sum, name) => sum + weights[name], 0)
  return Array.from({ length: steps }, () => ({
    name: nameAt(names, (random.below(resolution) / resolution) * total),
    where: random.below(resolution),
    pick: random.below(resolution),
    how: random.below(resolution),
  }))
}

const commandNames = ({ isShared, isFaithful }: Profile): CommandName[] =>
  (Object.keys(weights) as CommandName[]).filter(
    (name) => (isShared || !onlyIfShared.includes(name)) && (!isFaithful || !onlyIfUnfaithful.includes(name)),
  )

function nameAt(names: readonly CommandName[], place: number): CommandName {
  let rest = place
  return names.find((name) => (rest -= weights[name]) < 0) ?? 'request'
}

export const describeCommand = ({ name, where, pick, how }: Command): string =>
  `${name} ${where} ${pick} ${how}`

/** Reads what `describeCommand` wrote: one command a line, or separated by semicolons. */
export const parseCommands = (text: string): Command[] =>
  text
    .split(/[;\n]/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([name]) => name !== '')
    .map(parseCommand)

function parseCommand(words: readonly string[]): Command {
  const [name, where, pick, how] = words
  const known = (Object.keys(weights) as CommandName[]).find((candidate) => candidate === name)
  if (known === undefined) {
    throw new Error(`There is no command "${name}". Known: ${Object.keys(weights).join(', ')}.`)
  }
  return { name: known, where: Number(where), pick: Number(pick), how: Number(how) }
}
