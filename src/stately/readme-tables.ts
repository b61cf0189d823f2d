import type { Failure, FailureCode } from '../../machines/index.js'
import type { GraphTransition, MachineGraph } from './machine-graph.js'

/** A machine under the name that the tables give it. */
export interface NamedGraph {
  readonly name: string
  readonly graph: MachineGraph
}

/** A failure code, with what a person is told. */
export interface FailureEntry {
  readonly code: FailureCode
  readonly failure: Failure
  readonly nextAction: string
}

/** The parts of the README that are generated, by the name in their marks. */
export type ReadmeTables = Readonly<Record<'states' | 'events' | 'failures', string>>

/** The tables of the README: states with their descriptions, events with where they lead, failure codes with their words. */
export function readmeTables(
  machines: readonly NamedGraph[],
  failures: readonly FailureEntry[],
): ReadmeTables {
  return {
    states: table(['Machine', 'State', 'Meaning'], machines.flatMap(stateRows)),
    events: table(['Machine', 'Event', 'Where, and where to'], machines.flatMap(eventRows)),
    failures: table(
      ['Code', 'Message', 'Next action'],
      failures.map(({ code, failure, nextAction }) => [`\`${code}\``, failure.message, nextAction]),
    ),
  }
}

/**
 * A text with its generated parts renewed: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * @throws Error when the text lacks the marks of a part.
 */
export function withTables(text: string, tables: ReadmeTables): string {
  return Object.entries(tables).reduce((renewed, [name, content]) => {
    const mark = `<!-- generated: ${name} -->`
    const start = renewed.indexOf(mark)
    const end = renewed.indexOf('<!-- end -->', start)
    if (start === -1 || end === -1) {
      throw new Error(
        `The README has no "${mark}" with "<!-- end -->" behind it; the ${name} table belongs there.`,
      )
    }
    return `${renewed.slice(0, start)}${mark}\n\n${content}\n\n${renewed.slice(end)}`
  }, text)
}

const stateRows = ({ name, graph }: NamedGraph): string[][] =>
  graph.states
    .filter(({ path }) => path !== '')
    .map(({ path, description = '' }, index) => [index === 0 ? name : '', `\`${path}\``, description])

/** One row for each event that somebody sends; what actors and timers of the machine report is left to the diagrams. */
function eventRows({ name, graph }: NamedGraph): string[][] {
  const sent = graph.transitions.filter(({ event }) => event !== '' && !event.startsWith('xstate.'))
  return [...new Set(sent.map(({ event }) => event))].map((event, index) => {
    const ways = sent.filter((transition) => transition.event === event)
    return [index === 0 ? name : '', `\`${event}\``, leads(ways)]
  })
}

/** States with the same target stand together: `idle, failed → starting; stays in running`. */
function leads(ways: readonly GraphTransition[]): string {
  const sourcesOf = new Map<string, Set<string>>()
  for (const { source, targets } of ways) {
    const where = source === '' ? 'any state' : source
    for (const target of targets.length === 0 ? [''] : targets) {
      const to = target === source ? '' : target
      sourcesOf.set(to, (sourcesOf.get(to) ?? new Set()).add(where))
    }
  }
  const stays = sourcesOf.get('')
  const moves = [...sourcesOf].filter(([to]) => to !== '')
  return [
    ...moves.map(([to, sources]) => `${[...sources].join(', ')} → ${to}`),
    ...(stays ? [`stays in ${stays.has('any state') ? 'any state' : [...stays].join(', ')}`] : []),
  ].join('; ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
