import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { recordingContext, type RecordedOutput } from '../support/recording-context.js'
import { startPythonSession, type TestSession } from './python-session.js'

type ErrorOutput = RecordedOutput & { output_type: 'error' }

interface RecordedGroup {
  title: string
  cells: { source: string; count: number | null; outputs: object[] }[]
}

/** What differs from run to run, and what stands for it: the same as in fixtures/record.py. */
const VARYING: [RegExp, string][] = [
  [/0x[0-9a-f]+/g, '0x0'],
  [/ipykernel_\d+/g, 'ipykernel_0'],
  [/[\d.e+]+ (ns|µs|ms|s)\b/g, '0 s'],
  [/\(\d+ times\)/g, '(0 times)'],
]

/** Parts of a traceback that are left out: frames in a file, which each Python has its own, calls of magics, own hints. */
const LEFT_OUT = /^(?:\nHint: |File |Cell In\[\d+\], line 1\n-+> 1 get_ipython\(\))/

const file = new URL('./fixtures/recorded.json', import.meta.url)
const groups = JSON.parse(readFileSync(file, 'utf8')) as RecordedGroup[]

/** Groups that would see what an earlier one has set; the others share a session, whose variables are forgotten between them. */
const WITH_OWN_SESSION = ['results of everyday code', 'what public notebooks do', 'display handles']

describe('cells show what a Jupyter kernel shows', () => {
  let shared: TestSession | undefined
  afterAll(() => shared?.instance.dispose(true))

  const sessionFor = async (title: string): Promise<TestSession> => {
    if (shared && !WITH_OWN_SESSION.includes(title)) {
      await shared.run('exit')
      return shared
    }
    await shared?.instance.dispose(true)
    shared = await startPythonSession()
    return shared
  }

  it.each(groups.map((group) => [group.title, group] as const))('%s', async (_, group) => {
    const session = await sessionFor(group.title)
    const shown = []
    for (const cell of group.cells) {
      const recording = recordingContext(cell.source, { count: cell.count ?? 0 })
      await session.instance.execute(recording.context)
      shown.push({
        ...cell,
        outputs: recording.outputs.map((output, place) => comparable(output, cell.outputs[place])),
      })
    }
    expect(shown).toEqual(group.cells)
  })
})

function comparable(output: RecordedOutput, recorded: object | undefined): unknown {
  let text = JSON.stringify(output.output_type === 'error' ? withTraceback(output, recorded) : output)
  for (const [pattern, replacement] of VARYING) text = text.replace(pattern, replacement)
  return JSON.parse(text)
}

function withTraceback({ traceback, ...error }: ErrorOutput, recorded: object | undefined): object {
  if (!recorded || !('traceback' in recorded)) return error
  return { ...error, traceback: traceback.filter((part) => !LEFT_OUT.test(part)) }
}
