import { describeCommand } from './commands.js'
import { allTransitions } from './coverage.js'
import type { ChaosFailure, ChaosResult } from './run-seeds.js'
import { invariants } from './verdict.js'

/** Steps of a shrunk failure that are printed; all of them are in the JSON. */
const mostPrinted = 60

/** What a person has to know about a failure: what broke, the shortest way there, and how to see it again. */
export function describeFailure({ seed, step, violation, commands }: ChaosFailure, flags: string): string {
  return [
    `seed ${seed}, step ${step}: it does not hold that ${invariants[violation.invariant]}`,
    `  ${violation.message}`,
    `the shortest sequence that was found, ${commands.length} of ${step} steps, then the end of the world:`,
    ...commands.slice(0, mostPrinted).map((command) => `  ${describeCommand(command)}`),
    ...(commands.length > mostPrinted ? [`  and ${commands.length - mostPrinted} more`] : []),
    `repeat it: npm run chaos${flags} --seed ${seed} --steps ${step}`,
    ...(commands.length > mostPrinted
      ? []
      : [
          `or only the shortest: npm run chaos${flags} --seed ${seed} --play '${commands.map(describeCommand).join('; ')}'`,
        ]),
  ].join('\n')
}

export function describeResult({ seeds, steps, runs, ms, coverage }: ChaosResult): string {
  const share = `${coverage.taken.size} of ${allTransitions.length} transitions`
  return `${seeds} seeds, ${steps} steps, ${runs} handlers run, ${share}, ${(ms / 1000).toFixed(1)} s`
}

/** The figures, as one line of JSON. */
export const toJson = (ok: boolean, depth: string, { coverage, failure, ...figures }: ChaosResult): string =>
  JSON.stringify({
    ok,
    depth,
    ...figures,
    transitionsCovered: coverage.taken.size,
    transitions: allTransitions.length,
    transitionsMissing: coverage.missing,
    invariants: Object.keys(invariants),
    failure: failure && { ...failure, commands: failure.commands.map(describeCommand) },
  })
