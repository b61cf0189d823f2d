import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  agentMachine,
  defaultAgentSettings,
  executionMachine,
  failureCodes,
  registryMachine,
  type AgentState,
} from '../../machines/index.js'
import {
  actionOf,
  agentStatus,
  agentStatusStates,
  executionStatus,
  executionStatusStates,
  registryStatus,
  registryStatusStates,
  statusOf,
  type AgentAction,
  type ExecutionAction,
  type ExecutionState,
  type Status,
} from '../../src/status/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const agentSubjects = agentStatusStates.flatMap((state) =>
  [undefined, ...failureCodes].flatMap((failure) =>
    [false, true].map((isCullWarned) => ({ machine: 'agent' as const, state, failure, isCullWarned })),
  ),
)
const executionSubjects = executionStatusStates.flatMap((state) =>
  [undefined, ...failureCodes].map((failure) => ({ machine: 'execution' as const, state, failure })),
)
const registrySubjects = registryStatusStates.map((state) => ({ machine: 'registry' as const, state }))
const subjects = [...agentSubjects, ...executionSubjects, ...registrySubjects]

const enabled = <Action extends string>(status: Status<Action>) =>
  status.actions.filter((action) => action.enabled).map(({ name }) => name)

describe('every state with every failure', () => {
  test('has words, and a reason for each action that is not enabled and for no other', () => {
    for (const subject of subjects) {
      const { text, actions } = statusOf(subject)
      expect(text).toMatch(/^[A-Z][^.\n]{2,59}$/)
      for (const { enabled, reason } of actions) {
        if (enabled) expect(reason).toBeUndefined()
        else expect(reason).toMatch(/^[A-Z].+\.$/)
      }
    }
    expect(subjects.length).toBeGreaterThan(600)
  })

  test('is the same object when asked again, so that a component need not render for it', () => {
    for (const subject of subjects) expect(statusOf(subject)).toBe(statusOf({ ...subject }))
  })

  test('has the same actions in the same order in all states of a machine', () => {
    const namesOf = (group: readonly Parameters<typeof statusOf>[0][]) =>
      new Set(
        group.map((subject) =>
          statusOf(subject)
            .actions.map(({ name }) => name)
            .join(' '),
        ),
      )
    expect([...namesOf(agentSubjects)]).toEqual(['start stop restart interrupt keep'])
    expect([...namesOf(executionSubjects)]).toEqual(['run cancel interrupt force'])
    expect([...namesOf(registrySubjects)]).toEqual(['create close'])
  })
})

test('the tables have exactly the states of the machines, and what a notebook knows besides', () => {
  const sorted = (names: readonly string[]) => [...names].sort()
  expect(sorted(agentStatusStates)).toEqual(sorted(['none', ...Object.keys(agentMachine.states)]))
  expect(sorted(executionStatusStates)).toEqual(
    sorted(['none', 'queued', ...Object.keys(executionMachine.states)]),
  )
  expect(sorted(registryStatusStates)).toEqual(sorted(Object.keys(registryMachine.states)))
})

describe('an enabled action is a command that the machine takes', () => {
  const request = { executionId: 'q', cellId: 'c', executionCount: 1, requestedBy: 'u', requestSeq: 1 }
  const agent = (value: AgentState) =>
    agentMachine.resolveState({
      value,
      context: {
        ...agentMachine.getInitialSnapshot(null as never, {
          agentId: 'a',
          notebookId: 'n',
          runtimeType: 'html',
          sessionId: 's',
          settings: defaultAgentSettings,
        }).context,
        current: request,
      },
    })
  const agentCommands = {
    start: { type: 'agent.start' },
    stop: { type: 'agent.stop' },
    restart: { type: 'agent.restart' },
    interrupt: { type: 'execution.interrupt' },
  } as const
  const agentStates = Object.keys(agentMachine.states).filter((state) => state !== 'stopped') as AgentState[]
  const isCommand = (name: AgentAction): name is keyof typeof agentCommands => name in agentCommands

  test.each(agentStates)('agent %s', (state) => {
    const names = enabled(agentStatus(state)).filter(isCommand)
    for (const name of names) expect([name, agent(state).can(agentCommands[name])]).toEqual([name, true])
    const others = Object.keys(agentCommands).filter((name) => !names.includes(name as never))
    const refused = others.filter((name) => !agent(state).can(agentCommands[name as 'start']))
    const redundant: Partial<Record<AgentState, readonly string[]>> = { idle: ['restart'] }
    expect(refused).toEqual(others.filter((name) => !redundant[state]?.includes(name)))
  })

  const execution = (value: ExecutionState) =>
    executionMachine.resolveState({
      value,
      context: {
        agentId: 'a',
        epoch: 1,
        sessionId: 's',
        request,
        timeoutMs: 0,
        interruptGraceMs: 1,
        claimed: true,
        interruptCause: null,
        isInterrupted: false,
        reason: null,
        failure: null,
        stateLost: false,
      } as never,
    })
  const executionCommands: Record<
    Exclude<ExecutionAction, 'run'>,
    Parameters<ReturnType<typeof execution>['can']>[0]
  > = {
    cancel: { type: 'execution.cancel', executionId: 'q', reason: 'r' },
    interrupt: { type: 'execution.interrupt' },
    force: { type: 'execution.force' },
  }
  const executionStates = Object.keys(executionMachine.states) as ExecutionState[]

  test.each(executionStates)('execution %s', (state) => {
    const isFinal = execution(state).status === 'done'
    for (const name of enabled(executionStatus(state))) {
      const takes = name === 'run' ? isFinal : execution(state).can(executionCommands[name])
      expect([name, takes]).toEqual([name, true])
    }
    if (!isFinal) expect(enabled(executionStatus(state))).not.toContain('run')
  })
})

describe('words', () => {
  test('a failure says why, and what to do', () => {
    expect(agentStatus('failed', { failure: 'outOfMemory' })).toMatchObject({
      text: 'Failed: ran out of memory',
      tone: 'danger',
      hint: 'Use less memory in the cell, then restart the runtime.',
    })
    expect(agentStatus('restarting', { failure: 'workerCrashed' }).text).toBe('Restarting: crashed')
    expect(executionStatus('lost', { failure: 'sessionLost' }).text).toBe('Lost: its session is gone')
  })

  test('a failure of earlier changes nothing while the runtime is up', () => {
    expect(agentStatus('running', { failure: 'workerCrashed' })).toEqual(agentStatus('running'))
    expect(executionStatus('handling', { failure: 'workerCrashed' })).toEqual(executionStatus('handling'))
  })

  test('what cannot help is not offered', () => {
    const start = actionOf(agentStatus('failed', { failure: 'storeDied' }), 'start')
    expect(start).toEqual({
      name: 'start',
      enabled: false,
      reason: 'The store of the notebook is gone. Open the notebook again.',
    })
    expect(enabled(executionStatus('failed', { failure: 'cellMissing' }))).toEqual([])
  })

  test('keep is offered on a warning only', () => {
    expect(enabled(agentStatus('running'))).not.toContain('keep')
    expect(agentStatus('running', { isCullWarned: true })).toMatchObject({ text: 'Ready, stops soon' })
    expect(enabled(agentStatus('running', { isCullWarned: true }))).toContain('keep')
    expect(enabled(agentStatus('shuttingDown', { isCullWarned: true }))).toEqual([])
  })

  test('a registry that closes takes nothing more', () => {
    expect(enabled(registryStatus('active'))).toEqual(['create', 'close'])
    expect(enabled(registryStatus('draining'))).toEqual([])
  })
})

describe('what is new in a machine and not in the table is a compile error', () => {
  const insertions = [
    [
      'machines/vocabulary.ts',
      "  | 'unknown'\n",
      "  | 'unknown'\n  | 'brandNew'\n",
      'src/status/failure-rows.ts',
    ],
    [
      'machines/agent.machine.ts',
      '    stopped: {\n',
      '    brandNew: {},\n    stopped: {\n',
      'src/status/agent-status.ts',
    ],
    [
      'machines/execution.machine.ts',
      '    succeeded: {\n',
      '    brandNew: {},\n    succeeded: {\n',
      'src/status/execution-status.ts',
    ],
    [
      'machines/registry.machine.ts',
      '    stopped: {\n',
      '    brandNew: {},\n    stopped: {\n',
      'src/status/registry-status.ts',
    ],
  ] as const

  test.each(insertions)('%s', (file, anchor, replacement, table) => {
    const copy = mkdtempSync(join(tmpdir(), 'status-'))
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
    for (const part of ['machines', 'src/status', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const text = readFileSync(join(copy, file), 'utf8')
    expect(text).toContain(anchor)
    writeFileSync(join(copy, file), text.replace(anchor, replacement))
    expect(typeErrors(copy)).toMatch(new RegExp(`${table}.*\\n?.*brandNew`))
  })
})

/** What the compiler says about the copy. */
function typeErrors(folder: string): string {
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', '.'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
