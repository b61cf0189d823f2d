import { createPythonExecutionHandler } from '../../src/handlers/python/handler.js'
import { waitUntil } from '../support/wait-for.js'
import { atMost, isTrue, type Check, type Finding } from './finding.js'
import { withLiveNotebook, type LiveNotebook } from './live-notebook.js'

/** From the interrupt to the durable end of the execution: the requirement. */
const limitMs = 1_000

const loops: Readonly<Record<string, string>> = {
  busyLoop: "print('begun')\nwhile True: pass",
  timeSleep: "import time\nprint('begun')\ntime.sleep(600)",
  asyncioSleep: "import asyncio\nprint('begun')\nawait asyncio.sleep(600)",
  printFlood: "print('begun')\nwhile True: print('x')",
}
const define = 'kept = 41'
const look = "print('kept is', globals().get('kept'))"
const deaf = `print('begun')
while True:
    try:
        while True: pass
    except BaseException: pass`

const names = Object.keys(loops)
const quickNames = ['timeSleep', 'printFlood']
const cellOf = (name: string) => `c${1 + names.indexOf(name)}`
const lookCell = `c${1 + names.length}`
const deafCell = `c${2 + names.length}`

/** Cells that do not end by themselves, stopped through the agent; and one that cannot be stopped but by force. */
export const interruptCells: Check = ({ quick }) =>
  withLiveNotebook(
    [define, ...Object.values(loops), look, deaf],
    { handler: createPythonExecutionHandler(), settings: { interruptGraceMs: 1_000 } },
    async (notebook) => {
      await notebook.run('c0')
      const findings: Finding[] = []
      for (const name of quick ? quickNames : names) findings.push(...(await interruptOne(notebook, name)))
      return [...findings, ...(await interruptDeafCell(notebook))]
    },
  )

async function interruptOne(notebook: LiveNotebook, name: string): Promise<Finding[]> {
  const { elapsedMs, row } = await beginAndInterrupt(notebook, cellOf(name))
  const seen = await notebook.run(lookCell)
  return [
    atMost(`interrupt.${name}Ms`, elapsedMs, limitMs),
    isTrue(`interrupt.${name}Outcome`, row.status === 'cancelled', 'cancelled', row.status),
    isTrue(`interrupt.${name}KeepsVariables`, seen.includes('kept is 41'), 'kept is 41', seen.trim()),
  ]
}

async function interruptDeafCell(notebook: LiveNotebook): Promise<Finding[]> {
  const before = notebook.facts.length
  const { row } = await beginAndInterrupt(notebook, deafCell)
  const seen = await notebook.run(lookCell)
  const facts = notebook.facts.slice(before)
  const end = facts.find((fact) => fact.type === 'execution.finished')?.end
  const sessions = new Set(facts.flatMap((fact) => (fact.type === 'agent.started' ? [fact.sessionId] : [])))
  return [
    isTrue('interrupt.deafOutcome', row.status === 'cancelled', 'cancelled', row.status),
    isTrue(
      'interrupt.deafStateLost',
      end?.stateLost === true && end.failure?.code === 'forcedStop',
      'stateLost, forcedStop',
      {
        stateLost: end?.stateLost,
        code: end?.failure?.code,
      },
    ),
    isTrue('interrupt.deafNewSession', sessions.size === 1, 'one new session', sessions.size),
    isTrue('interrupt.deafNextCellRuns', seen.includes('kept is None'), 'kept is None', seen.trim()),
  ]
}

async function beginAndInterrupt(notebook: LiveNotebook, cellId: string) {
  const executionId = await notebook.request(cellId)
  await waitUntil(`${cellId} to begin`, () => notebook.text(cellId).includes('begun'))
  const interruptedAt = performance.now()
  notebook.agent.interrupt()
  const row = await notebook.ended(executionId)
  return { row, elapsedMs: performance.now() - interruptedAt }
}
