import { createPythonExecutionHandler } from '../../src/handlers/python/handler.js'
import { isTrue, type Check, type Finding } from './finding.js'
import { withLiveNotebook, type LiveNotebook } from './live-notebook.js'

interface WorkerFault {
  readonly source: string
  /** How the cell's error output is named. */
  readonly failure: 'WorkerCrashed' | 'OutOfMemory'
}

const faults: Readonly<Record<string, WorkerFault>> = {
  osExit: { source: 'import os\nos._exit(7)', failure: 'WorkerCrashed' },
  outOfMemory: {
    source: "import js\njs.eval('const all = []; for (;;) all.push(new Array(100000).fill(1.5))')",
    failure: 'OutOfMemory',
  },
  processExit: { source: 'import js\njs.process.exit(3)', failure: 'WorkerCrashed' },
}
const quickFaults = ['outOfMemory']
const names = Object.keys(faults)
const nextCell = `c${names.length}`
const memoryCell = `c${names.length + 1}`
const looseCell = `c${names.length + 2}`

/** Megabytes of JavaScript heap of the worker; Pyodide itself needs some 40. */
const heapLimitMb = 128

/** Python workers that end by themselves: the row says why, and the next cell runs in a new life of the runtime. */
export const endWorker: Check = ({ quick }) =>
  withLiveNotebook(
    [
      ...Object.values(faults).map(({ source }) => source),
      "print('alive')",
      'all = []\nwhile True: all.append(bytearray(2 ** 26))',
      'import js\njs.eval(\'setTimeout(() => { throw new Error("loose") }, 0)\')\nimport asyncio\nawait asyncio.sleep(1)',
    ],
    {
      handler: createPythonExecutionHandler({ resourceLimits: { maxOldGenerationSizeMb: heapLimitMb } }),
      settings: { stableAfterMs: 10 },
    },
    async (notebook) => {
      const findings: Finding[] = []
      for (const name of quick ? quickFaults : names) findings.push(...(await breakWorker(notebook, name)))
      return quick
        ? findings
        : [...findings, ...(await exhaustPython(notebook)), ...(await throwLoose(notebook))]
    },
  )

async function breakWorker(notebook: LiveNotebook, name: string): Promise<Finding[]> {
  const fault = faults[name] as WorkerFault
  const cellId = `c${names.indexOf(name)}`
  const row = await notebook.ended(await notebook.request(cellId))
  const shown = notebook.text(cellId)
  const next = await notebook.run(nextCell)
  return [
    isTrue(
      `worker.${name}`,
      row.status === 'failed' && shown.includes(fault.failure),
      `failed, ${fault.failure}`,
      `${row.status}, ${row.error}`,
    ),
    isTrue(`worker.${name}NextCellRuns`, next.includes('alive'), 'alive', next.trim()),
  ]
}

/** Python's own memory has an end too, and reaching it is a matter of the cell alone. */
async function exhaustPython(notebook: LiveNotebook): Promise<Finding[]> {
  const epoch = notebook.agent.getSnapshot().context.epoch
  const row = await notebook.ended(await notebook.request(memoryCell))
  const shown = notebook.text(memoryCell)
  const next = await notebook.run(nextCell)
  const sameLife = notebook.agent.getSnapshot().context.epoch === epoch
  return [
    isTrue(
      'worker.memoryError',
      row.status === 'failed' && shown.includes('MemoryError'),
      'MemoryError',
      row.error,
    ),
    isTrue('worker.memoryErrorKeepsRuntime', sameLife && next.includes('alive'), 'the same life', sameLife),
  ]
}

/** An error of a timer of the cell's own is told, and nothing ends by it. */
async function throwLoose(notebook: LiveNotebook): Promise<Finding[]> {
  const row = await notebook.ended(await notebook.request(looseCell))
  const shown = notebook.text(looseCell)
  const isTold = row.status === 'completed' && shown.includes('loose')
  return [isTrue('worker.loose', isTold, 'completed, loose', `${row.status}, ${shown.trim()}`)]
}
