import { failureCodes, type FailureCode } from '../../machines/index.js'
import { codeFaults } from './code-faults.js'
import { withLiveNotebook } from './live-notebook.js'
import { isTrue, type Check, type Finding } from './finding.js'

/** Every failure code, produced by a fault of its own. */
export const produceCodes: Check = async () => {
  const findings: Finding[] = []
  for (const code of failureCodes) findings.push(await produce(code))
  return [...findings, await watchBadly()]
}

async function produce(code: FailureCode): Promise<Finding> {
  const seen = await codeFaults[code]().catch((error: unknown) => ({ code: 'threw', message: String(error) }))
  const holds = seen.code === code && seen.message.length > 0
  return isTrue(`codes.${code}`, holds, code, `${seen.code}: ${seen.message.slice(0, 90)}`)
}

/** An inspector is called in the middle of transitions; what it throws may harm nobody. */
function watchBadly(): Promise<Finding> {
  const inspect = () => {
    throw new Error('a bug in the inspector')
  }
  return withLiveNotebook([''], { config: { inspect } }, async ({ ended, request }) => {
    const { status } = await ended(await request('c0'))
    return isTrue('codes.throwingInspector', status === 'completed', 'completed', status)
  })
}
