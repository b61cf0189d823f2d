import { memo, Profiler } from 'react'
import { createRoot } from 'react-dom/client'
import {
  createExternalExecutionHandler,
  defineExecutionHandler,
  openNotebookStore,
  RuntimeAgentRegistry,
} from '../../../src/browser.js'
import { RuntimeAgentProvider, useAgents, useRuntimeAgent } from '../../../src/react/index.js'
import type { FrameFigures } from './figures.js'

/** What the address of the page says. */
const parameters = new URLSearchParams(location.search)
const rows = Number(parameters.get('rows'))
/** `none`; `external`: agents that write nothing; `local`: agents that record each transition in a store of this thread. */
const agents = parameters.get('agents') as 'none' | 'external' | 'local'
const hasAgents = agents !== 'none'
const seconds = Number(parameters.get('seconds'))
/** A start is two transitions: to `starting`, and to what comes of it. */
const startsPerSecond = 25

const registry = new RuntimeAgentRegistry()
const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
registry.registerRuntimeType({
  type: agents,
  displayName: 'Quiet',
  description: 'Does nothing',
  icon: '',
  capabilities,
  priority: 1,
  isAvailable: true,
  executionHandler:
    agents === 'external'
      ? createExternalExecutionHandler()
      : defineExecutionHandler({
          name: 'quiet',
          capabilities,
          create: () => ({ execute: async () => ({ success: true }), dispose: async () => undefined }),
        }),
})

const ids = Array.from({ length: rows }, (_, index) => `n${index}`)
const renders = new Map<string, number>()
const note = (id: string) => renders.set(id, (renders.get(id) ?? 0) + 1)

const LiveRow = memo(function LiveRow({ id }: { id: string }) {
  const { status } = useRuntimeAgent(id)
  return <Line id={id} text={status.text} />
})

const Line = ({ id, text }: { id: string; text: string }) => (
  <li>
    <b>{id}</b> <output>{text}</output> <progress max={rows} value={Number(id.slice(1))} />
  </li>
)

function Count() {
  return <h1>{useAgents().length} agents</h1>
}

function Page() {
  return (
    <RuntimeAgentProvider userId="ada" authToken="token" registry={registry}>
      <Count />
      <ul>
        {ids.map((id) => (
          <Profiler key={id} id={id} onRender={note}>
            {hasAgents ? <LiveRow id={id} /> : <Line id={id} text="Failed: no runtime is connected" />}
          </Profiler>
        ))}
      </ul>
    </RuntimeAgentProvider>
  )
}

async function createAgents(): Promise<void> {
  for (const notebookId of ids) {
    const store = await openNotebookStore({ notebookId, storage: 'memory' })
    await registry.getOrCreateAgent(notebookId, agents, { store }).catch(() => undefined)
  }
}

/** Starts one agent after the other anew, and takes the time of every frame meanwhile. */
async function measure(): Promise<FrameFigures> {
  renders.clear()
  let transitions = 0
  const touched = new Set<string>()
  for (const id of hasAgents ? ids : []) {
    let state = registry.getAgent(id)?.getSnapshot().value
    registry.getAgent(id)?.subscribe(({ value }) => {
      if (value !== state) transitions++
      state = value
    })
  }
  const frames: number[] = []
  const startedAt = performance.now()
  let last = startedAt
  let starts = 0
  while (last - startedAt < seconds * 1_000) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    frames.push(now - last)
    last = now
    while (hasAgents && starts < ((now - startedAt) / 1_000) * startsPerSecond) {
      const id = ids[(starts++ * 7) % (rows / 2)] ?? ''
      touched.add(id)
      registry.getAgent(id)?.restart()
    }
  }
  const rendered = [...renders.keys()]
  return {
    frames,
    transitionsPerSecond: transitions / seconds,
    rowsTouched: touched.size,
    rowsRenderedUntouched: rendered.filter((id) => !touched.has(id)).length,
    rendersPerTransition: transitions && [...renders.values()].reduce((sum, n) => sum + n, 0) / transitions,
  }
}

if (hasAgents) await createAgents()
createRoot(document.getElementById('root') as HTMLElement).render(<Page />)
Object.assign(globalThis, { measure })
