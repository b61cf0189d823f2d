import { readFileSync } from 'node:fs'
import type { CaseProblem, CaseVerdict } from './judge-case.js'

/** What is expected of a notebook, and how it is run. All of it may be left out. */
export interface Expectation {
  /** The exit codes that are right. */
  readonly exitCodes?: readonly number[]
  readonly withinSeconds?: number
  /** Texts that outputs, reasons or errors must hold. */
  readonly contains?: readonly string[]
  readonly lacks?: readonly string[]
  /** More words for `run`, and more variables of its environment. */
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Expectations by the name of the notebook. */
export type Expectations = Readonly<Record<string, Expectation>>

/** Reads a JSON file of expectations; throws when it is none. */
export function readExpectations(path: string): Expectations {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Expectations
  throw new Error(`${path} is not an object of expectations by the name of the notebook.`)
}

/** Where a run is not as expected; `text` is all that it said. */
export function unmetExpectations(
  { exitCode, durationMs }: Pick<CaseVerdict, 'exitCode' | 'durationMs'>,
  text: string,
  { exitCodes, withinSeconds = Infinity, contains = [], lacks = [] }: Expectation,
): CaseProblem[] {
  const has = (part: string) => text.includes(part) || text.includes(JSON.stringify(part).slice(1, -1))
  const unmet = [
    ...(exitCodes && !exitCodes.includes(exitCode ?? -1)
      ? [`exit code ${exitCode}, not ${exitCodes.join(' or ')}`]
      : []),
    ...(durationMs > withinSeconds * 1000 ? [`took longer than ${withinSeconds} s`] : []),
    ...contains.filter((part) => !has(part)).map((part) => `nowhere says "${part}"`),
    ...lacks.filter(has).map((part) => `says "${part}"`),
  ]
  return unmet.map((what) => ({ kind: 'unexpected', text: what }))
}
