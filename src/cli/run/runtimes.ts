import type { ParsedNotebook } from '../../notebook/index.js'
import { CliProblem } from '../problem.js'
import { closestWord } from '../text/closest-word.js'

/** Names of the runtimes that a run can use, with the kernel names that mean the same. */
const knownRuntimes: Readonly<Record<'python' | 'html', readonly string[]>> = {
  python: ['python3', 'pyodide', 'ipython'],
  html: [],
}

/** A runtime that a run can use. */
export type RuntimeName = keyof typeof knownRuntimes

const names = Object.keys(knownRuntimes) as readonly RuntimeName[]

/** The list of runtimes for messages: `python (also python3, pyodide), html`. */
export const knownRuntimesText = 'python (also: python3, pyodide), html'

/**
 * The runtime of a run: what the user asked for, else what the notebook says (its language before its kernel, since kernels
 * may have any name), else python. Throws `UNKNOWN_KERNEL`.
 */
export function chooseRuntime(asked: string | undefined, notebook: ParsedNotebook): RuntimeName {
  if (asked !== undefined) {
    const chosen = findRuntime(asked)
    if (chosen !== undefined) return chosen
    const meant = closestWord(asked, names)
    const question = meant === undefined ? '' : ` Did you mean "${meant}"?`
    throw new CliProblem(
      'UNKNOWN_KERNEL',
      `There is no kernel "${asked}".${question} Known: ${knownRuntimesText}.`,
    )
  }
  const wanted = [notebook.language, notebook.kernelName].filter((name) => name !== null)
  const found = wanted.map(findRuntime).find((name) => name !== undefined)
  if (found !== undefined || wanted.length === 0) return found ?? 'python'
  throw new CliProblem(
    'UNKNOWN_KERNEL',
    `${notebook.name} asks for the kernel "${notebook.kernelName ?? wanted[0]}", which is not known here. ` +
      `Known: ${knownRuntimesText}. Choose one with --kernel.`,
  )
}

function findRuntime(name: string): RuntimeName | undefined {
  const wanted = name.toLowerCase()
  return names.find((known) => known === wanted || knownRuntimes[known].includes(wanted))
}
